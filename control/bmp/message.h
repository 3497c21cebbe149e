// What BMP messages say besides routes (RFC 7854 §4.3-§4.10, RFC 9069 §5): who the router is, when
// a peer came and went and why, and how much the router holds. Pure: octets in, facts out. Each
// reader gives kRecordCut for fields beyond the message and keeps what stands before a problem.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/bgp/octets.h"
#include "control/bgp/open.h"
#include "control/bgp/problem.h"

namespace lull {

/// Texts of a router are cut to this: RFC 1213 gives sysName and sysDescr 255 octets.
inline constexpr std::size_t kMaxBmpTextBytes = 255;

struct BmpInitiation {
    std::string name;         // sysName
    std::string description;  // sysDescr
};
RouteProblem read_initiation(Bytes body, BmpInitiation& out);

/// Why the router ends a BMP session (RFC 7854 §4.5).
enum class BmpTermination : uint8_t {
    kAdministrative,
    kUnspecified,
    kOutOfResources,
    kRedundant,
    kPermanentlyAdministrative,
};
/// kUnspecified where no known reason is given.
RouteProblem read_termination(Bytes body, BmpTermination& out);

/// Behind the per-peer header. Equal ones are of the same BGP session: another one has other ports.
struct BmpPeerUp {
    uint16_t local_port = 0;
    uint16_t remote_port = 0;
    BgpOpen sent;      // by the router
    BgpOpen received;  // from the peer; for a Loc-RIB the same again (RFC 9069 §5.2)
    bool operator==(const BmpPeerUp&) const = default;
};
RouteProblem read_peer_up(Octets& in, BmpPeerUp& out);

/// Why a peer is gone (RFC 7854 §4.9, RFC 9069 §5.3); the last two are lull's own.
enum class PeerDownReason : uint8_t {
    kLocalNotification = 1,
    kLocal,  // by its state machine
    kRemoteNotification,
    kRemote,        // the connection was lost
    kNotMonitored,  // the peer lives, but the router no longer tells of it
    kLocalTlv,      // a Loc-RIB's end
    kUnknown,
    kUpAgain,  // no Peer Down came, but another Peer Up did
};
std::string_view peer_down_name(PeerDownReason reason);  // "local_notification"
RouteProblem read_peer_down(Octets& in, PeerDownReason& out);

/// How many routes the router says it holds (types 7, 8, 14 and 15 of RFC 7854 §4.8 and RFC 8671
/// §6.1), by which a receiver sees that it has all of them.
struct BmpGauges {
    std::optional<uint64_t> adj_rib_in;
    std::optional<uint64_t> loc_rib;
    std::optional<uint64_t> adj_rib_out_pre;
    std::optional<uint64_t> adj_rib_out_post;
};
/// Replaces what the report names and leaves the others.
RouteProblem read_statistics(Octets& in, BmpGauges& out);

}  // namespace lull
