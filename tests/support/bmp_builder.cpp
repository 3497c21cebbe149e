#include "tests/support/bmp_builder.h"

namespace lull::testing {
namespace {

unsigned size_of(const Octetstring& bytes) {
    return static_cast<unsigned>(bytes.size());
}

Octetstring zeros(std::size_t count) {
    return Octetstring(count, 0);
}

Octetstring per_peer(const BuiltBmpPeer& peer) {
    const bool ipv6 = peer.address.find(':') != std::string::npos;
    OctetWriter writer;
    writer.u8(peer.type).u8(peer.flags | (ipv6 ? 0x80U : 0U)).u32(0).u32(peer.distinguisher);
    if (!ipv6) writer.octets(zeros(12));
    return writer.address(peer.address)
        .u32(peer.asn)
        .u32(0x0a000001)
        .u32(peer.time_s)
        .u32(0)
        .bytes();
}

}  // namespace

Octetstring bmp(unsigned type, const Octetstring& body, unsigned version) {
    return OctetWriter().u8(version).u32(6 + size_of(body)).u8(type).octets(body).bytes();
}

Octetstring bmp_tlv(unsigned type, std::string_view value) {
    const Octetstring octets(value.begin(), value.end());
    return OctetWriter().u16(type).u16(size_of(octets)).octets(octets).bytes();
}

Octetstring bmp_initiation(std::string_view name, std::string_view description) {
    return bmp(4, bmp_tlv(2, name) + bmp_tlv(1, description));
}

Octetstring bmp_termination(unsigned reason) {
    return bmp(5, OctetWriter().u16(1).u16(2).u16(reason).bytes());
}

Octetstring bmp_peer_up(const BuiltBmpPeer& peer, const Octetstring& sent,
                        const Octetstring& received, const Octetstring& tlvs) {
    return bmp(3, per_peer(peer) + zeros(20) + sent + received + tlvs);
}

Octetstring bmp_peer_down(const BuiltBmpPeer& peer, unsigned reason, const Octetstring& data) {
    return bmp(2, per_peer(peer) + OctetWriter().u8(reason).octets(data).bytes());
}

Octetstring bmp_routes(const BuiltBmpPeer& peer, const Octetstring& update_body) {
    return bmp(0, per_peer(peer) + message(update_body));
}

Octetstring bmp_statistics(const BuiltBmpPeer& peer,
                           const std::vector<std::pair<unsigned, uint32_t>>& gauges) {
    OctetWriter writer;
    writer.u32(static_cast<uint32_t>(gauges.size()));
    for (const auto& [type, value] : gauges) writer.u16(type).u16(8).u32(0).u32(value);
    return bmp(1, per_peer(peer) + writer.bytes());
}

Octetstring add_path_capability(unsigned afi, unsigned offer) {
    return OctetWriter().u8(69).u8(4).u16(afi).u8(1).u8(offer).bytes();
}

Octetstring bgp_open(uint32_t asn, const Octetstring& capabilities) {
    const Octetstring all = OctetWriter().u8(65).u8(4).u32(asn).octets(capabilities).bytes();
    OctetWriter body;
    body.u8(4).u16(asn > 0xffff ? kAsTrans : asn).u16(180).u32(0x0a000001);
    body.u8(size_of(all) + 2).u8(2).u8(size_of(all)).octets(all);
    return message(body.bytes(), 1);
}

Octetstring one_bmp_message_of_each() {
    const BuiltBmpPeer peer;
    const Octetstring routes =
        update(nlri("172.16.0.0/12"), path_attribute(sequence({64501, 64502})),
               nlri("10.0.0.0/8") + nlri("192.168.0.0/16"));
    return bmp_initiation("edge1", "a router") +
           bmp_peer_up(peer, bgp_open(64500), bgp_open(64501), bmp_tlv(3, "main")) +
           bmp_routes(peer, routes) + bmp_statistics(peer, {{7, 2}}) + bmp(6, {}) + bmp(99, {}) +
           bmp_routes(peer, update({}, {}, {})) + bmp_peer_down(peer, 4) + bmp_termination(0);
}

}  // namespace lull::testing
