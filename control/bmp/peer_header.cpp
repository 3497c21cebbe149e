#include "control/bmp/peer_header.h"

#include <array>

#include "control/bgp/nlri.h"

namespace lull {
namespace {

constexpr std::array<std::string_view, kRibViews> kViewNames{
    "adj_rib_in_pre", "adj_rib_in_post", "loc_rib", "adj_rib_out_pre", "adj_rib_out_post"};

/// Global, RD and local instance peers differ in what their distinguisher means, not in how they
/// are read.
constexpr uint8_t kLocRibPeer = 3;
constexpr uint8_t kIpv6 = 0x80, kPostPolicy = 0x40, kTwoOctetAs = 0x20, kAdjRibOut = 0x10;
constexpr uint32_t kIpv4PaddingBytes = 12;

RibView view_of(uint8_t type, uint8_t flags) {
    if (type == kLocRibPeer) return RibView::kLocRib;
    const bool post = (flags & kPostPolicy) != 0;
    if ((flags & kAdjRibOut) != 0) return post ? RibView::kAdjRibOutPost : RibView::kAdjRibOutPre;
    return post ? RibView::kAdjRibInPost : RibView::kAdjRibInPre;
}

}  // namespace

std::string_view view_name(RibView view) {
    return kViewNames[static_cast<std::size_t>(view)];
}

RouteProblem read_peer_header(Octets& in, BmpPeerHeader& out) {
    const uint8_t type = in.u8();
    const uint8_t flags = in.u8();
    out.view = view_of(type, flags);
    // Flags of a Loc-RIB mean other things: its one flag, F for a filtered table, stands where V
    // is.
    const bool neighbour = type != kLocRibPeer;
    out.as_width = neighbour && (flags & kTwoOctetAs) != 0 ? AsWidth::kTwo : AsWidth::kFour;
    out.distinguisher = uint64_t{in.u32()} << 32;
    out.distinguisher |= in.u32();
    Octets address(in.take(16));
    if (neighbour && (flags & kIpv6) != 0) {
        out.address = address_of(Family::kIpv6, address.rest());
    } else {
        address.take(kIpv4PaddingBytes);
        out.address = address_of(Family::kIpv4, address.rest());
    }
    out.asn = in.u32();
    out.bgp_id = in.u32();
    const int64_t seconds = in.u32();
    const int64_t microseconds = in.u32();
    out.time_ns = seconds * 1'000'000'000 + microseconds * 1'000;
    if (in.underrun()) return RouteProblem::kRecordCut;
    return type <= kLocRibPeer ? RouteProblem::kNone : RouteProblem::kPeerType;
}

}  // namespace lull
