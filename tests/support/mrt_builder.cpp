#include "tests/support/mrt_builder.h"

#include <gtest/gtest.h>

#include "control/origins/prefix.h"

namespace lull::testing {
namespace {

IpPrefix prefix_of_text(std::string_view text) {
    const auto prefix = parse_prefix(text);
    EXPECT_TRUE(prefix.has_value()) << text;
    return prefix.value_or(IpPrefix{});
}

/// The address of a prefix, or as much of it as `octets` says.
Octetstring address_octets(const IpPrefix& prefix, std::size_t octets) {
    OctetWriter writer;
    for (const uint64_t half : {prefix.high, prefix.low}) {
        writer.u32(static_cast<uint32_t>(half >> 32)).u32(static_cast<uint32_t>(half));
    }
    Octetstring bytes = writer.bytes();
    bytes.resize(octets);
    return bytes;
}

bool is_ipv6(std::string_view text) {
    return text.find(':') != std::string_view::npos;
}

}  // namespace

OctetWriter& OctetWriter::number(uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) bytes_.push_back(static_cast<uint8_t>(value >> 8 * i));
    return *this;
}

OctetWriter& OctetWriter::octets(const Octetstring& more) {
    // Not insert(): g++ 12 sees an overflow in it that is none.
    for (const uint8_t octet : more) bytes_.push_back(octet);
    return *this;
}

OctetWriter& OctetWriter::address(std::string_view text) {
    const auto address = parse_address(text);
    EXPECT_TRUE(address.has_value()) << text;
    return octets(address_octets(address.value_or(IpPrefix{}), is_ipv6(text) ? 16 : 4));
}

Path sequence(std::vector<uint32_t> asns) {
    return {{AsPath::SegmentType::kSequence, std::move(asns)}};
}

Octetstring as_path(const Path& path, AsWidth width) {
    OctetWriter writer;
    for (const PathSegment& segment : path) {
        writer.u8(static_cast<unsigned>(segment.type));
        writer.u8(static_cast<unsigned>(segment.asns.size()));
        for (const uint32_t asn : segment.asns) {
            if (width == AsWidth::kFour) {
                writer.u32(asn);
            } else {
                writer.u16(asn > 0xffff ? kAsTrans : asn);
            }
        }
    }
    return writer.bytes();
}

Octetstring attribute(unsigned type, const Octetstring& content, unsigned flags) {
    OctetWriter writer;
    constexpr unsigned kExtendedLength = 0x10;
    const auto size = static_cast<unsigned>(content.size());
    if (size > 255) {
        writer.u8(flags | kExtendedLength).u8(type).u16(size);
    } else {
        writer.u8(flags).u8(type).u8(size);
    }
    return writer.octets(content).bytes();
}

Octetstring path_attribute(const Path& path, AsWidth width) {
    return attribute(2, as_path(path, width));
}

Octetstring nlri(std::string_view text, std::optional<uint32_t> path_id) {
    const IpPrefix prefix = prefix_of_text(text);
    OctetWriter writer;
    if (path_id) writer.u32(*path_id);
    return writer.u8(prefix.length)
        .octets(address_octets(prefix, (std::size_t{prefix.length} + 7) / 8))
        .bytes();
}

Octetstring mp_reach(unsigned afi, unsigned safi, const Octetstring& routes) {
    OctetWriter writer;
    writer.u16(afi).u8(safi).u8(16).address("2001:db8::1").u8(0).octets(routes);
    return attribute(14, writer.bytes(), 0x80);
}

Octetstring mp_unreach(unsigned afi, unsigned safi, const Octetstring& routes) {
    OctetWriter writer;
    writer.u16(afi).u8(safi).octets(routes);
    return attribute(15, writer.bytes(), 0x80);
}

Octetstring operator+(Octetstring a, const Octetstring& b) {
    for (const uint8_t octet : b) a.push_back(octet);
    return a;
}

Octetstring update(const Octetstring& withdrawn, const Octetstring& attributes,
                   const Octetstring& announced) {
    OctetWriter writer;
    writer.u16(static_cast<unsigned>(withdrawn.size())).octets(withdrawn);
    writer.u16(static_cast<unsigned>(attributes.size())).octets(attributes);
    return writer.octets(announced).bytes();
}

Octetstring message(const Octetstring& body, unsigned type) {
    OctetWriter writer;
    for (int i = 0; i < 16; ++i) writer.u8(0xff);
    writer.u16(static_cast<unsigned>(19 + body.size())).u8(type).octets(body);
    return writer.bytes();
}

MrtBuilder& MrtBuilder::at(uint32_t time_s) {
    time_s_ = time_s;
    return *this;
}

MrtBuilder& MrtBuilder::record(unsigned type, unsigned subtype, const Octetstring& body) {
    OctetWriter writer;
    writer.u32(time_s_).u16(type).u16(subtype).u32(static_cast<uint32_t>(body.size()));
    bytes_ = bytes_ + writer.octets(body).bytes();
    return *this;
}

MrtBuilder& MrtBuilder::peers(const std::vector<BuiltPeer>& peers) {
    OctetWriter writer;
    writer.address("192.0.2.254").u16(4).octets({'v', 'i', 'e', 'w'});
    writer.u16(static_cast<unsigned>(peers.size()));
    for (const BuiltPeer& peer : peers) {
        const bool wide = peer.asn > 0xffff;
        writer.u8((is_ipv6(peer.address) ? 1u : 0u) | (wide ? 2u : 0u));
        writer.address("192.0.2.253").address(peer.address);
        if (wide) {
            writer.u32(peer.asn);
        } else {
            writer.u16(peer.asn);
        }
    }
    return record(13, 1, writer.bytes());
}

Octetstring rib_entries(const std::vector<BuiltEntry>& entries) {
    OctetWriter writer;
    writer.u16(static_cast<unsigned>(entries.size()));
    for (const BuiltEntry& entry : entries) {
        writer.u16(entry.peer).u32(kBuiltTime_s);
        if (entry.path_id) writer.u32(*entry.path_id);
        const Octetstring attributes = attribute(1, {0}) + path_attribute(entry.path);
        writer.u16(static_cast<unsigned>(attributes.size())).octets(attributes);
    }
    return writer.bytes();
}

MrtBuilder& MrtBuilder::rib(std::string_view prefix, const std::vector<BuiltEntry>& entries) {
    OctetWriter writer;
    writer.u32(0).octets(nlri(prefix)).octets(rib_entries(entries));
    const bool add_path = !entries.empty() && entries.front().path_id.has_value();
    return record(13, (is_ipv6(prefix) ? 4u : 2u) + (add_path ? 6u : 0u), writer.bytes());
}

MrtBuilder& MrtBuilder::table_dump(std::string_view text, const BuiltPeer& peer, const Path& path) {
    const IpPrefix prefix = prefix_of_text(text);
    const Octetstring attributes = attribute(1, {0}) + path_attribute(path, AsWidth::kTwo) +
                                   attribute(17, as_path(path, AsWidth::kFour));
    OctetWriter writer;
    writer.u16(0).u16(0).octets(address_octets(prefix, is_ipv6(text) ? 16 : 4)).u8(prefix.length);
    writer.u8(1).u32(kBuiltTime_s).address(peer.address).u16(peer.asn);
    writer.u16(static_cast<unsigned>(attributes.size())).octets(attributes);
    return record(12, is_ipv6(text) ? 2 : 1, writer.bytes());
}

MrtBuilder& MrtBuilder::bgp4mp(const BuiltPeer& peer, const Octetstring& bgp_message,
                               unsigned subtype, unsigned type) {
    OctetWriter writer;
    if (type == 17) writer.u32(250'000);
    const bool wide = subtype == 4 || subtype == 5 || subtype == 7 || subtype == 9 || subtype == 11;
    if (wide) {
        writer.u32(peer.asn).u32(64999);
    } else {
        writer.u16(peer.asn).u16(64999);
    }
    const bool ipv6 = is_ipv6(peer.address);
    writer.u16(0).u16(ipv6 ? 2 : 1).address(peer.address);
    writer.address(ipv6 ? "2001:db8::ffff" : "192.0.2.254").octets(bgp_message);
    return record(type, subtype, writer.bytes());
}

MrtBuilder& MrtBuilder::state_change(const BuiltPeer& peer, unsigned before, unsigned after) {
    return bgp4mp(peer, OctetWriter().u16(before).u16(after).bytes(), 5);
}

MrtBuilder& MrtBuilder::old_update(const BuiltPeer& peer, const Octetstring& body) {
    OctetWriter writer;
    writer.u16(peer.asn).address(peer.address).u16(64999).address("192.0.2.254").octets(body);
    return record(5, 1, writer.bytes());
}

MrtBuilder one_of_everything() {
    const BuiltPeer old_peer{"192.0.2.9", 64500};
    const BuiltPeer peer6{"2001:db8::9", 70000};
    const Path path = sequence({64500, 4837, 131279});
    MrtBuilder file;
    file.peers({{"192.0.2.1", 64500}, {"2001:db8::1", 70000}});
    file.rib("175.45.176.0/24", {{0, path, {}}, {1, sequence({70000, 131279}), {}}});
    file.rib("2a00:1450::/32", {{1, sequence({70000, 15169}), {}}});
    file.rib("1.1.1.0/24", {{0, sequence({64500, 13335}), 1}, {0, sequence({64500, 13336}), 2}});
    file.table_dump("175.45.177.0/24", old_peer, path);
    file.table_dump("2001:4860::/32", {"2001:db8::9", 64500}, sequence({64500, 15169}));
    file.bgp4mp(old_peer, message(update(nlri("8.8.8.0/24"), path_attribute(path),
                                         nlri("175.45.178.0/24") + nlri("175.45.179.0/24"))));
    file.bgp4mp(
        peer6,
        message(update({}, mp_reach(2, 1, nlri("2a02:26f0::/32")) + path_attribute(path), {})), 4,
        17);
    file.bgp4mp(old_peer, message({}, 4));  // KEEPALIVE
    file.state_change(old_peer, 6, 1);
    file.bgp4mp(old_peer, message(update({}, path_attribute(path), nlri("9.9.9.0/24", 7))), 9);
    file.old_update(old_peer, update({}, path_attribute(path, AsWidth::kTwo), nlri("9.9.8.0/24")));
    file.record(13, 3, {1, 2, 3});  // multicast
    file.record(99, 1, {1, 2, 3});  // OSPF, say
    return file;
}

}  // namespace lull::testing
