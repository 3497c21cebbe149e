// What the stages behind the parser know of a packet.
#pragma once

#include <cstdint>

#include "dataplane/types.h"

namespace lull {

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
    uint16_t ip_offset;  // of the IP header in the frame
    uint8_t link_bytes;  // before it: Ethernet, tags, labels; 0: none, a tunnel carries bare IP
    Family family;
    uint8_t protocol;     // of layer 4 behind extension headers; 59 (none) when unknown
    uint8_t tcp_flags;    // 0 when unknown
    bool later_fragment;  // not the first fragment: no layer 4 here
    bool truncated;       // the frame ends before the IP length says, or `bytes` do inside
                          // an option, extension or layer-4 header that the packet has
};
static_assert(sizeof(PacketView) == 64);

}  // namespace lull
