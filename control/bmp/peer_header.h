// Whose routes a BMP message is about, and which of a router's tables they stand in: the per-peer
// header (RFC 7854 §4.2), with Adj-RIB-Out (RFC 8671 §4) and Loc-RIB (RFC 9069 §4):
//
//   peer type 1 octet, flags 1, distinguisher 8, address 16 (an IPv4 one in the last 4), AS 4,
//   BGP identifier 4, seconds 4, microseconds 4
#pragma once

#include <cstdint>
#include <string_view>

#include "control/bgp/as_path.h"
#include "control/bgp/octets.h"
#include "control/bgp/problem.h"
#include "control/origins/prefix.h"

namespace lull {

/// A table of the router: what a neighbour sent it before and after policy, what it chose itself,
/// what it sends a neighbour.
enum class RibView : uint8_t {
    kAdjRibInPre,
    kAdjRibInPost,
    kLocRib,
    kAdjRibOutPre,
    kAdjRibOutPost,
};
inline constexpr std::size_t kRibViews = static_cast<std::size_t>(RibView::kAdjRibOutPost) + 1;
std::string_view view_name(RibView view);  // "adj_rib_in_pre"

struct BmpPeerHeader {
    RibView view = RibView::kAdjRibInPre;
    AsWidth as_width = AsWidth::kFour;
    uint64_t distinguisher = 0;  // a VRF's route distinguisher, or a number of the router's own
    IpPrefix address;            // /32 or /128; 0.0.0.0 of a Loc-RIB
    uint32_t asn = 0;
    uint32_t bgp_id = 0;
    int64_t time_ns = 0;  // unix, by the router's clock; 0: the router does not say
};

/// kRecordCut when the header is not whole, kPeerType when lull does not know who is meant.
RouteProblem read_peer_header(Octets& in, BmpPeerHeader& out);

}  // namespace lull
