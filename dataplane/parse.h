// Frame -> PacketView: the outermost IP header (after VLAN, QinQ, MPLS, PPPoE, and a tunnel the
// port takes off), and what little of layer 4 the counters need. A frame whose outermost IP header
// is sound is counted, whatever follows it; every other frame has one Reject reason.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/cursor.h"
#include "dataplane/packet_view.h"
#include "dataplane/parse_plain.h"
#include "dataplane/types.h"

namespace lull {

/// What a port asks of the parser; built once from PortConfig.
struct ParseRules {
    bool decap_gre = false;
    bool decap_erspan = false;
    bool decap_vxlan = false;
    bool trust_ip_length = false;  // the tap slices frames: IP bytes by the header alone
    bool excludes_macs = false;    // cheap tests that skip the rare lists
    bool excludes_vlans = false;
    std::span<const std::array<uint8_t, 6>> excluded_macs;
    std::span<const uint16_t> excluded_vlans;

    /// Whether a frame without tags is what its IP header says, and nothing to look at before it.
    [[nodiscard]] bool is_plain() const {
        return !(decap_gre | decap_erspan | decap_vxlan | excludes_macs);
    }
};

/// parse_frame's way for a frame that is not plain, and right for one that is.
Reject parse_any_frame(const Cursor& frame, const ParseRules& rules, PacketView& view);

/// Parses one frame. `bytes` is its contiguous head (all of it unless it came in segments),
/// `frame_bytes` its full length on the wire as far as known, never below bytes.size(). Never
/// reads outside `bytes`; touches no other memory. `view` is valid if the result is kNone.
inline Reject parse_frame(std::span<const uint8_t> bytes, uint32_t frame_bytes,
                          const ParseRules& rules, PacketView& view) {
    const Cursor frame(bytes, frame_bytes);
    if (rules.is_plain() && parse_plain(frame, view)) [[likely]] {
        return Reject::kNone;
    }
    return parse_any_frame(frame, rules, view);
}

/// Stands on the layer 4 header of the packet whose view parse_frame made of `frame`, and ends
/// where the IP packet does; null when that is not here, and for a later fragment.
Cursor layer4_of(std::span<const uint8_t> frame, const PacketView& view);

}  // namespace lull
