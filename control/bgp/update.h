// BGP messages (RFC 4271 §4): what an UPDATE takes back and what it announces, IPv4 and IPv6,
// unicast and multicast. Pure: bytes in, routes out; MRT and BMP both hand their messages to it.
//
//   header: marker 16 octets, length 2 (header included), type 1
//   UPDATE: withdrawn length 2, withdrawn routes, attributes length 2, attributes, NLRI to the end
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/bgp/as_path.h"
#include "control/bgp/nlri.h"
#include "control/bgp/octets.h"
#include "control/bgp/problem.h"

namespace lull {

/// What the two ends of a session agreed on and the message itself does not say.
struct UpdateFormat {
    AsWidth as_width = AsWidth::kFour;
    AddPath add_path4 = AddPath::kNo;
    AddPath add_path6 = AddPath::kNo;
};

struct BgpUpdate {
    std::vector<Nlri> withdrawn;
    std::vector<Nlri> announced;
    AsPath path;                  // of all that is announced; may be empty (from inside the AS)
    uint32_t other_families = 0;  // multiprotocol attributes passed over: VPN, flow rules, …
    std::optional<Family> end_of_rib;  // RFC 4724 §2
};

enum class MessageType : uint8_t { kOpen = 1, kUpdate, kNotification, kKeepalive, kRouteRefresh };

struct BgpMessage {
    MessageType type = MessageType::kUpdate;
    Bytes body;
};

/// Reads a message's header; `body` points into `bytes`, octets beyond the message are ignored. The
/// marker is not looked at: it has held authentication data.
RouteProblem read_message(Bytes bytes, BgpMessage& out);

/// Reads an UPDATE's body; `out` is replaced and keeps its memory. On a problem it holds what
/// stands before it; what should be announced and comes without a sound path is withdrawn (RFC
/// 7606).
RouteProblem read_update(Bytes body, const UpdateFormat& format, BgpUpdate& out);

}  // namespace lull
