// parse_any_frame: frames that are not plain (parse_plain.h), and all where a rule looks deeper.
// One without tags goes straight to its IP header; tags and tunnels take the slower stages of
// parse_stages.h. Hot code: no allocation, no exception, no virtual call, and every byte is read
// through a Cursor. IP options, padding and whatever a header promises beyond the frame are never
// touched.
#include "dataplane/parse.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

#include "dataplane/headers.h"
#include "dataplane/limits.h"
#include "dataplane/parse_stages.h"

namespace lull {

namespace {

// A jumbogram's option comes first in practice; a header full of one-byte paddings (2,046 of them)
// must not buy a thousand branches.
constexpr uint32_t kMaxHopByHopOptions = 8;

/// The IP bytes that are counted, of the `declared` ones and those behind the link headers.
uint32_t counted_bytes(uint32_t declared, const Cursor& packet, const ParseRules& rules) {
    return rules.trust_ip_length ? declared : std::min(declared, packet.wire_bytes());
}

/// The ports, and the fixed header of `header_bytes`; null when that is not whole. Its fields and
/// the payload are then unknown, but ports that are there still name the conversation.
inline const uint8_t* read_ports(const Cursor& layer4, uint32_t header_bytes, PacketView& view) {
    if (!layer4.has(kPortsBytes)) [[unlikely]] {
        view.truncated |= layer4.is_cut_before(header_bytes);
        return nullptr;
    }
    const uint8_t* header = layer4.data();
    view.source_port = load_be16(header);
    view.destination_port = load_be16(header + 2);
    if (!layer4.has(header_bytes)) [[unlikely]] {
        view.truncated |= layer4.is_cut_before(header_bytes);
        return nullptr;
    }
    return header;
}

/// Bytes behind a header that says it is `header_bytes` long; 0 when that is not possible.
inline uint32_t bytes_behind(uint32_t layer4_bytes, uint32_t header_bytes) {
    return layer4_bytes > header_bytes ? layer4_bytes - header_bytes : 0;
}

/// `layer4` ends where the IP packet does. The view's layer-4 fields are zero beforehand.
inline void read_layer4(const Cursor& layer4, PacketView& view) {
    const uint32_t layer4_bytes = layer4.wire_bytes();
    switch (view.protocol) {
        case kProtocolTcp: {
            const uint8_t* header = read_ports(layer4, kTcpBytes, view);
            if (header != nullptr) [[likely]] {
                view.tcp_flags = header[13];
                view.tcp_sequence = load_be32(header + 4);
                const uint32_t header_bytes = (header[12] >> 4) * 4u;
                view.payload_bytes =
                    header_bytes >= kTcpBytes ? bytes_behind(layer4_bytes, header_bytes) : 0;
            }
            return;
        }
        case kProtocolUdp: {
            const uint8_t* header = read_ports(layer4, kUdpBytes, view);
            if (header != nullptr) [[likely]] {
                const uint32_t declared = load_be16(header + 4);
                // 0: a jumbogram (RFC 2675 §4); then the IP length decides.
                view.payload_bytes = bytes_behind(
                    declared == 0 ? layer4_bytes : std::min(declared, layer4_bytes), kUdpBytes);
            }
            return;
        }
        case kProtocolSctp:
            if (read_ports(layer4, kSctpBytes, view) != nullptr) {
                view.payload_bytes = bytes_behind(layer4_bytes, kSctpBytes);
            }
            return;
        case kProtocolIcmp:
        case kProtocolIcmpv6:
            view.payload_bytes = bytes_behind(layer4_bytes, kIcmpBytes);
            return;
        default:
            return;
    }
}

/// On success `packet` stands behind the IP header and ends where the IP packet does; it is null
/// when there is no layer 4 to read.
inline Reject parse_ipv4(Cursor& packet, const ParseRules& rules, PacketView& view) {
    if (!packet.has(kIpv4Bytes)) {
        return Reject::kIpv4Truncated;
    }
    const uint8_t* header = packet.data();
    if (header[0] >> 4 != 4) {
        return Reject::kIpv4Version;
    }
    const uint32_t header_bytes = (header[0] & 0x0f) * 4u;
    if (header_bytes < kIpv4Bytes || header_bytes > packet.wire_bytes()) {
        return Reject::kIpv4HeaderLength;
    }
    // 0: captured before segmentation (TSO), or IPv4 BIG TCP; the frame's length is the packet's.
    const uint32_t total = load_be16(header + 2);
    const uint32_t declared = total != 0 ? total : packet.wire_bytes();
    if (declared < header_bytes) {
        return Reject::kIpv4TotalLength;
    }
    view.family = Family::kIpv4;
    view.source4 = load_be32(header + 12);
    view.destination4 = load_be32(header + 16);
    view.protocol = header[9];
    view.later_fragment = (load_be16(header + 6) & kIpv4OffsetMask) != 0;
    view.truncated = declared > packet.wire_bytes();
    view.ip_bytes = counted_bytes(declared, packet, rules);
    packet.end_after(view.ip_bytes);
    if (view.later_fragment) {
        packet = Cursor();
        return Reject::kNone;
    }
    if (packet.take(header_bytes) == nullptr) [[unlikely]] {
        view.truncated = true;  // the options are cut off, and all behind them
    }
    return Reject::kNone;
}

bool is_extension(uint8_t next) {
    switch (next) {
        case kProtocolHopByHop:
        case kProtocolRouting:
        case kProtocolFragment:
        case kProtocolAuthentication:
        case kProtocolDestinationOptions:
        case kProtocolMobility:
        case kProtocolHip:
        case kProtocolShim6:
            return true;
        default:
            return false;
    }
}

/// The protocol is not to be found: the chain is too long, or ends before it.
void give_up_chain(Cursor& packet, PacketView& view) {
    view.protocol = kProtocolNone;
    packet = Cursor();
}

/// Steps `packet` over its extension headers, the first of which is of kind `view.protocol`.
void walk_extensions(Cursor& packet, PacketView& view) {
    for (uint32_t count = 0; is_extension(view.protocol); ++count) {
        if (count == kMaxExtensionHeaders || !packet.has(kExtensionBytesMin)) {
            view.truncated |=
                count < kMaxExtensionHeaders && packet.is_cut_before(kExtensionBytesMin);
            return give_up_chain(packet, view);
        }
        const uint8_t* header = packet.data();
        const uint8_t kind = view.protocol;
        view.protocol = header[0];
        uint32_t header_bytes = (header[1] + 1u) * 8u;
        if (kind == kProtocolAuthentication) {
            header_bytes = (header[1] + 2u) * 4u;
        } else if (kind == kProtocolFragment) {
            header_bytes = kExtensionBytesMin;
            view.later_fragment = load_be16(header + 2) >> 3 != 0;
            if (view.later_fragment) {
                view.protocol = is_extension(view.protocol) ? kProtocolNone : view.protocol;
                packet = Cursor();
                return;
            }
        }
        const bool is_cut = packet.is_cut_before(header_bytes);
        if (packet.take(header_bytes) == nullptr) {
            view.truncated |= is_cut;
            return give_up_chain(packet, view);
        }
    }
}

/// Whether a hop-by-hop header behind the IPv6 header at `packet` has a jumbo payload option.
bool has_jumbo_option(const Cursor& packet) {
    Cursor options = packet;
    options.take(kIpv6Bytes);
    if (!options.has(kExtensionBytesMin)) {
        return false;
    }
    options.end_after((options.data()[1] + 1u) * 8u);
    options.take(2);
    for (uint32_t count = 0; count < kMaxHopByHopOptions; ++count) {
        const uint8_t* type = options.take(1);
        if (type == nullptr) {
            return false;
        }
        if (type[0] == 0) {
            continue;  // Pad1 has no length
        }
        const uint8_t* length = options.take(1);
        if (length == nullptr) {
            return false;
        }
        const uint8_t* value = options.take(length[0]);
        if (type[0] == kJumboOption) {
            return value != nullptr && length[0] == kJumboOptionLength;
        }
    }
    return false;
}

/// The length of an IPv6 packet whose payload length field is 0: the frame's if it is a jumbogram,
/// or TCP of which 16 bits could not hold the length (BIG TCP, TSO); else the bare header.
uint32_t length_of_zero_payload(const Cursor& packet, uint8_t next) {
    const bool is_big_tcp = next == kProtocolTcp && packet.wire_bytes() >= kIpv6Bytes + kTcpBytes;
    const bool is_jumbogram = next == kProtocolHopByHop && has_jumbo_option(packet);
    return is_big_tcp || is_jumbogram ? packet.wire_bytes() : kIpv6Bytes;
}

/// As parse_ipv4.
inline Reject parse_ipv6(Cursor& packet, const ParseRules& rules, PacketView& view) {
    if (!packet.has(kIpv6Bytes)) {
        return Reject::kIpv6Truncated;
    }
    const uint8_t* header = packet.data();
    if (header[0] >> 4 != 6) {
        return Reject::kIpv6Version;
    }
    const uint32_t payload = load_be16(header + 4);
    view.family = Family::kIpv6;
    std::memcpy(view.source6.data(), header + 8, view.source6.size());
    std::memcpy(view.destination6.data(), header + 24, view.destination6.size());
    view.protocol = header[6];
    view.later_fragment = false;
    const uint32_t declared =
        payload != 0 ? kIpv6Bytes + payload : length_of_zero_payload(packet, view.protocol);
    view.truncated = declared > packet.wire_bytes();
    view.ip_bytes = counted_bytes(declared, packet, rules);
    packet.end_after(view.ip_bytes);
    packet.take(kIpv6Bytes);
    if (is_extension(view.protocol)) [[unlikely]] {
        Cursor walked = packet;  // as in to_ip
        walk_extensions(walked, view);
        packet = walked;
    }
    return Reject::kNone;
}

inline Reject parse_ip(Cursor& packet, Family family, const ParseRules& rules, PacketView& view) {
    view.payload_bytes = 0;
    view.source_port = 0;
    view.destination_port = 0;
    view.tcp_flags = 0;
    view.tcp_sequence = 0;
    const Reject reject =
        family == Family::kIpv4 ? parse_ipv4(packet, rules, view) : parse_ipv6(packet, rules, view);
    if (reject == Reject::kNone) [[likely]] {
        read_layer4(packet, view);
    }
    return reject;
}

/// The link headers, by the shortest way when there is only a plain Ethernet header.
inline Reject to_ip(Cursor& frame, const ParseRules& rules, Family& family) {
    if (frame.has(kEthernetBytes) && !rules.excludes_macs) [[likely]] {
        const uint16_t type = load_be16(frame.data() + kEthernetTypeOffset);
        if (type == kEtherTypeIpv4 || type == kEtherTypeIpv6) [[likely]] {
            family = type == kEtherTypeIpv4 ? Family::kIpv4 : Family::kIpv6;
            frame.take(kEthernetBytes);
            return Reject::kNone;
        }
    }
    // A copy goes out of this function's sight, so that the fast path's cursor stays in registers.
    Cursor walked = frame;
    const Reject reject = strip_link(walked, rules, family);
    frame = walked;
    return reject;
}

/// What lies between an Ethernet header and the IP header; a walk longer than any sane one has
/// none.
inline uint8_t link_bytes(const uint8_t* ethernet, const uint8_t* ip) {
    const std::ptrdiff_t bytes = ip - ethernet;
    return bytes > std::numeric_limits<uint8_t>::max() ? uint8_t{0} : static_cast<uint8_t>(bytes);
}

/// Takes tunnels off `packet`, which stands behind the IP headers of `view`, until none is left.
Reject parse_tunnels(Cursor packet, const uint8_t* frame, const ParseRules& rules,
                     PacketView& view) {
    for (uint32_t depth = 0;; ++depth) {
        const Tunnel tunnel = strip_tunnel(packet, rules, view);
        if (tunnel == Tunnel::kNone) {
            return Reject::kNone;
        }
        if (depth == kMaxTunnels) {
            return Reject::kTunnelTooDeep;
        }
        if (tunnel == Tunnel::kTruncated) {
            return Reject::kTunnelTruncated;
        }
        Family family = tunnel == Tunnel::kIpv6 ? Family::kIpv6 : Family::kIpv4;
        Reject reject = Reject::kNone;
        const uint8_t* const inner = packet.data();
        if (tunnel == Tunnel::kEthernet) {
            reject = to_ip(packet, rules, family);
        }
        if (reject == Reject::kNone) {
            view.ip_offset = static_cast<uint16_t>(packet.data() - frame);
            view.link_bytes = link_bytes(inner, packet.data());
            reject = parse_ip(packet, family, rules, view);
        }
        if (reject != Reject::kNone) {
            return reject;
        }
    }
}

}  // namespace

Reject parse_any_frame(const Cursor& whole, const ParseRules& rules, PacketView& view) {
    Cursor frame = whole;
    Family family = Family::kIpv4;
    Reject reject = to_ip(frame, rules, family);
    if (reject == Reject::kNone) [[likely]] {
        view.ip_offset = static_cast<uint16_t>(frame.data() - whole.data());
        view.link_bytes = link_bytes(whole.data(), frame.data());
        reject = parse_ip(frame, family, rules, view);
    }
    const bool takes_tunnels_off = rules.decap_gre || rules.decap_erspan || rules.decap_vxlan;
    if (reject != Reject::kNone || !takes_tunnels_off) [[likely]] {
        return reject;
    }
    return parse_tunnels(frame, whole.data(), rules, view);
}

Cursor layer4_of(std::span<const uint8_t> frame, const PacketView& view) {
    Cursor packet(frame, view.ip_offset + view.ip_bytes);
    if (view.later_fragment || packet.take(view.ip_offset) == nullptr) {
        return {};
    }
    packet.end_after(view.ip_bytes);
    if (view.family == Family::kIpv4) {
        if (packet.has(kIpv4Bytes)) {
            packet.take((packet.data()[0] & 0x0f) * 4u);
            return packet;
        }
        return {};
    }
    const uint8_t* header = packet.take(kIpv6Bytes);
    if (header != nullptr && is_extension(header[6])) {
        PacketView walked = view;
        walked.protocol = header[6];
        walk_extensions(packet, walked);
    }
    return packet;
}

}  // namespace lull
