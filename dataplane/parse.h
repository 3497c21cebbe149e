// Frame -> PacketView: the outermost IP header (after VLAN, QinQ, MPLS, PPPoE, and a tunnel the
// port takes off), and what little of layer 4 the counters need. A frame whose outermost IP header
// is sound is counted, whatever follows it; every other frame has one Reject reason.
#pragma once

#include <cstdint>
#include <span>

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
};

/// One counted packet. Addresses are copied: the frame may be freed.
struct PacketView {
    Ipv6Bytes source6;  // family kIpv6 only, network order
    Ipv6Bytes destination6;
    uint32_t source4;  // family kIpv4 only, host order
    uint32_t destination4;
    uint32_t ip_bytes;       // IP header and payload, as contract.md counts bytes
    uint32_t payload_bytes;  // of layer 4, by the headers' word; 0 when unknown
    uint32_t tcp_sequence;   // 0 when unknown
    uint16_t source_port;    // 0 when unknown (other protocols, later fragments, cut before)
    uint16_t destination_port;
    Family family;
    uint8_t protocol;     // of layer 4 behind extension headers; 59 (none) when unknown
    uint8_t tcp_flags;    // 0 when unknown
    bool later_fragment;  // not the first fragment: no layer 4 here
    bool truncated;       // the frame ends before the IP length says, or `bytes` do inside
                          // an option, extension or layer-4 header that the packet has
};

/// Parses one frame. `bytes` is its contiguous head (all of it unless it came in segments),
/// `frame_bytes` its full length on the wire as far as known, never below bytes.size(). Never
/// reads outside `bytes`; touches no other memory. `view` is valid if the result is kNone.
Reject parse_frame(std::span<const uint8_t> bytes, uint32_t frame_bytes, const ParseRules& rules,
                   PacketView& view);

}  // namespace lull
