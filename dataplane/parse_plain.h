// The frames that most of the traffic is made of, in one straight line: Ethernet, IPv4 without
// options or IPv6 without extensions, TCP or UDP, as long as it says it is. Everything else is left
// to the stages of parse.cpp, which would make the same view of these as well: the fuzz target and
// the captures hold both against one reference.
#pragma once

#include <cstring>

#include "dataplane/cursor.h"
#include "dataplane/headers.h"
#include "dataplane/packet_view.h"

namespace lull {

inline constexpr uint32_t kPlainBytes4 = kEthernetBytes + kIpv4Bytes + kTcpBytes;
inline constexpr uint32_t kPlainBytes6 = kEthernetBytes + kIpv6Bytes + kTcpBytes;
inline constexpr uint8_t kIpv4PlainStart = 0x45;  // version 4, five words of header

/// Of the layer 4 header at `header`, whole in memory, and `layer4_bytes` long with its payload.
/// Writes nothing if it returns false: not TCP or UDP, or too short by the IP header's word.
inline bool read_plain_layer4(const uint8_t* header, uint32_t layer4_bytes, PacketView& view) {
    uint32_t payload = 0, sequence = 0;
    uint8_t flags = 0;
    if (view.protocol == kProtocolTcp && layer4_bytes >= kTcpBytes) [[likely]] {
        const uint32_t header_bytes = (header[12] >> 4) * 4u;
        payload = header_bytes >= kTcpBytes && header_bytes < layer4_bytes
                      ? layer4_bytes - header_bytes
                      : 0;
        sequence = load_be32(header + 4);
        flags = header[13];
    } else if (view.protocol == kProtocolUdp && layer4_bytes >= kUdpBytes) {
        const uint32_t declared = load_be16(header + 4);
        const uint32_t bytes = declared == 0 || declared > layer4_bytes ? layer4_bytes : declared;
        payload = bytes > kUdpBytes ? bytes - kUdpBytes : 0;
    } else {
        return false;
    }
    const uint32_t ports = load_be32(header);
    view.source_port = static_cast<uint16_t>(ports >> 16);
    view.destination_port = static_cast<uint16_t>(ports);
    view.payload_bytes = payload;
    view.tcp_sequence = sequence;
    view.tcp_flags = flags;
    return true;
}

/// Whether the frame is such a one; `view` is then complete.
inline bool parse_plain(Cursor frame, PacketView& view) {
    if (!frame.has(kPlainBytes4)) [[unlikely]] {
        return false;
    }
    const uint8_t* const ip = frame.data() + kEthernetBytes;
    const uint32_t wire_bytes = frame.wire_bytes() - kEthernetBytes;
    const uint16_t type = load_be16(frame.data() + kEthernetTypeOffset);
    uint32_t ip_bytes = 0, header_bytes = 0;
    if (type == kEtherTypeIpv4 && ip[0] == kIpv4PlainStart) [[likely]] {
        if ((load_be16(ip + 6) & kIpv4OffsetMask) != 0) [[unlikely]] {
            return false;
        }
        ip_bytes = load_be16(ip + 2);
        header_bytes = kIpv4Bytes;
        view.family = Family::kIpv4;
        view.protocol = ip[9];
        view.source4 = load_be32(ip + 12);
        view.destination4 = load_be32(ip + 16);
    } else if (type == kEtherTypeIpv6 && ip[0] >> 4 == 6 && frame.has(kPlainBytes6)) {
        const uint32_t payload_bytes = load_be16(ip + 4);
        ip_bytes = payload_bytes != 0 ? kIpv6Bytes + payload_bytes : 0;
        header_bytes = kIpv6Bytes;
        view.family = Family::kIpv6;
        view.protocol = ip[6];
        std::memcpy(view.source6.data(), ip + 8, view.source6.size());
        std::memcpy(view.destination6.data(), ip + 24, view.destination6.size());
    } else {
        return false;
    }
    view.ip_bytes = ip_bytes;
    view.ip_offset = kEthernetBytes;
    view.link_bytes = kEthernetBytes;
    view.later_fragment = false;
    view.truncated = false;
    return ip_bytes > header_bytes && ip_bytes <= wire_bytes &&
           read_plain_layer4(ip + header_bytes, ip_bytes - header_bytes, view);
}

}  // namespace lull
