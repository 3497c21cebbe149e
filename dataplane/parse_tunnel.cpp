// The tunnels a tap may arrive in: GRE with IP or Ethernet, ERSPAN I, II and III, VXLAN. Whatever
// is not plainly such a tunnel is left alone and counted as the packet it is; a tunnel that ends
// inside its own headers is rejected, because what it carried cannot be known.
#include "dataplane/headers.h"
#include "dataplane/parse_stages.h"

namespace lull {

namespace {

uint32_t gre_bytes(uint16_t flags) {
    uint32_t bytes = kGreBytes;
    for (const uint16_t option : {kGreChecksum, kGreKey, kGreSequence}) {
        bytes += (flags & option) != 0 ? kGreOptionBytes : 0;
    }
    return bytes;
}

Tunnel strip_erspan2(Cursor& layer4) {
    const uint8_t* header = layer4.take(kErspan2Bytes);
    if (header == nullptr) {
        return Tunnel::kTruncated;
    }
    return header[0] >> 4 == kErspan2Version ? Tunnel::kEthernet : Tunnel::kNone;
}

Tunnel strip_erspan3(Cursor& layer4) {
    const uint8_t* header = layer4.take(kErspan3Bytes);
    if (header == nullptr) {
        return Tunnel::kTruncated;
    }
    const bool carries_ethernet = (header[10] & 0x7c) == 0;  // frame type 0
    if (header[0] >> 4 != kErspan3Version || !carries_ethernet) {
        return Tunnel::kNone;
    }
    const bool has_subheader = (header[11] & 0x01) != 0;
    if (has_subheader && layer4.take(kErspan3SubheaderBytes) == nullptr) {
        return Tunnel::kTruncated;
    }
    return Tunnel::kEthernet;
}

Tunnel strip_gre(Cursor& layer4, const ParseRules& rules) {
    if (!layer4.has(kGreBytes)) {
        return Tunnel::kTruncated;
    }
    const uint8_t* header = layer4.data();
    const uint16_t flags = load_be16(header);
    const uint16_t type = load_be16(header + sizeof(uint16_t));
    const bool is_plain = rules.decap_gre && (type == kEtherTypeIpv4 || type == kEtherTypeIpv6 ||
                                              type == kEtherTypeBridging);
    const bool is_erspan =
        rules.decap_erspan && (type == kEtherTypeErspan || type == kEtherTypeErspan3);
    // Version 1 is PPTP's; source routing was dropped from GRE in 2000.
    if ((flags & (kGreVersionMask | kGreRouting)) != 0 || !(is_plain || is_erspan)) {
        return Tunnel::kNone;
    }
    if (layer4.take(gre_bytes(flags)) == nullptr) {
        return Tunnel::kTruncated;
    }
    switch (type) {
        case kEtherTypeIpv4:
            return Tunnel::kIpv4;
        case kEtherTypeIpv6:
            return Tunnel::kIpv6;
        case kEtherTypeErspan:
            // Type I has neither a sequence number nor a header of its own.
            return (flags & kGreSequence) != 0 ? strip_erspan2(layer4) : Tunnel::kEthernet;
        case kEtherTypeErspan3:
            return strip_erspan3(layer4);
        default:
            return Tunnel::kEthernet;
    }
}

Tunnel strip_vxlan(Cursor& layer4) {
    layer4.take(kUdpBytes);
    const uint8_t* header = layer4.take(kVxlanBytes);
    if (header == nullptr) {
        return Tunnel::kTruncated;
    }
    return (header[0] & kVxlanValid) != 0 ? Tunnel::kEthernet : Tunnel::kNone;
}

}  // namespace

Tunnel strip_tunnel(Cursor& layer4, const ParseRules& rules, const PacketView& view) {
    if (view.later_fragment) {
        return Tunnel::kNone;
    }
    if (view.protocol == kProtocolGre && (rules.decap_gre || rules.decap_erspan)) {
        return strip_gre(layer4, rules);
    }
    const bool is_vxlan = view.protocol == kProtocolUdp && (view.destination_port == kVxlanPort ||
                                                            view.destination_port == kVxlanOldPort);
    return is_vxlan && rules.decap_vxlan ? strip_vxlan(layer4) : Tunnel::kNone;
}

}  // namespace lull
