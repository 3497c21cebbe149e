// Tunnels that a tap arrives in: taken off on ports that say so and nowhere else, left alone where
// they are something different, rejected where they end inside their own headers.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "dataplane/limits.h"
#include "tests/support/parse_check.h"

namespace lull {
namespace {

using testing::address4;
using testing::Bytes;
using testing::check;
using testing::ethernet;
using testing::expect_tcp_packet;
using testing::kDestination;
using testing::kDestination6;
using testing::kSource;
using testing::kSource6;
using testing::kTapDestination;
using testing::kTapSource;
using testing::PacketBuilder;
using testing::Parsed;
using testing::tcp_packet;

enum class Decap : uint8_t { kNone, kGre, kErspan, kVxlan };

ParseRules decap(Decap what) {
    ParseRules rules;
    rules.decap_gre = what == Decap::kGre;
    rules.decap_erspan = what == Decap::kErspan;
    rules.decap_vxlan = what == Decap::kVxlan;
    return rules;
}

PacketBuilder transport() {
    return ethernet().ipv4(kTapSource, kTapDestination);
}

TEST(ParseTunnel, tunnels_are_taken_off_only_where_the_port_says_so) {
    struct Case {
        Decap decap;
        PacketBuilder packet;
    };
    Case cases[] = {
        {Decap::kGre, transport().gre()},
        {Decap::kGre, transport().gre(0xb000)},  // checksum, key, sequence
        {Decap::kGre, transport().gre(0x2000).ethernet()},
        {Decap::kGre, transport().gre().ethernet().vlan(0x8100, 5)},
        {Decap::kGre, ethernet().ipv6(kSource6, kDestination6).extension(60).gre()},
        {Decap::kErspan, transport().erspan1().ethernet()},
        {Decap::kErspan, transport().erspan2().ethernet()},
        {Decap::kErspan, transport().erspan3().ethernet()},
        {Decap::kErspan, transport().erspan3(1).ethernet().vlan(0x8100, 5)},
        {Decap::kVxlan, transport().vxlan().ethernet()},
        {Decap::kVxlan, transport().vxlan(8472).ethernet()},
        {Decap::kVxlan, ethernet().ipv6(kSource6, kDestination6).vxlan().ethernet()},
    };
    int number = 0;
    for (Case& each : cases) {
        SCOPED_TRACE(number++);
        const Bytes frame = tcp_packet(each.packet).build();
        expect_tcp_packet(check(frame, decap(each.decap)));
        const Decap all[] = {Decap::kNone, Decap::kGre, Decap::kErspan, Decap::kVxlan};
        for (const Decap other : all) {
            const Parsed parsed = check(frame, decap(other));
            EXPECT_EQ(parsed.reject, Reject::kNone);
            EXPECT_EQ(parsed.view.ip_bytes == 140, other == each.decap);
        }
    }
}

TEST(ParseTunnel, the_ingress_bit_beside_the_erspan_frame_type_changes_nothing) {
    PacketBuilder packet = transport().erspan3().ethernet();
    Bytes frame = tcp_packet(packet).build();
    constexpr std::size_t kFrameTypeAt = 14 + 20 + 8 + 10;
    frame[kFrameTypeAt] = 0x83;  // P set, frame type 0, two bits of the hardware id
    expect_tcp_packet(check(frame, decap(Decap::kErspan)));
}

TEST(ParseTunnel, what_is_not_such_a_tunnel_is_counted_as_it_is) {
    struct Case {
        Decap decap;
        PacketBuilder packet;
    };
    const auto patched = [](PacketBuilder packet, std::size_t at, uint8_t value) {
        Bytes bytes = packet.build();
        bytes[at] = value;
        return PacketBuilder().raw(bytes);
    };
    constexpr std::size_t kBehindIp = 14 + 20;
    Case cases[] = {
        {Decap::kGre, transport().gre().type(0x880b).payload(40)},        // PPP
        {Decap::kGre, transport().gre(0x0001).type(0x0800).payload(40)},  // version 1
        {Decap::kGre, transport().gre(0x4000).type(0x0800).payload(40)},  // source routing
        {Decap::kErspan, patched(transport().erspan2().payload(40), kBehindIp + 8, 0x30)},
        {Decap::kErspan, patched(transport().erspan3().payload(40), kBehindIp + 8, 0x10)},
        {Decap::kErspan, patched(transport().erspan3().payload(40), kBehindIp + 18, 0x08)},
        {Decap::kVxlan, patched(transport().vxlan().payload(40), kBehindIp + 8, 0x00)},
        {Decap::kVxlan, transport().udp(4789, 4790).payload(40)},
        {Decap::kGre, ethernet().ipv4(kTapSource, kTapDestination, {.fragment = 5}).gre()},
    };
    int number = 0;
    for (Case& each : cases) {
        SCOPED_TRACE(number++);
        const Parsed parsed = check(each.packet.build(), decap(each.decap));
        EXPECT_EQ(parsed.reject, Reject::kNone);
        EXPECT_EQ(parsed.view.source4, address4(kTapSource));
    }
}

TEST(ParseTunnel, a_tunnel_that_ends_inside_its_headers_is_truncated) {
    struct Case {
        Decap decap;
        PacketBuilder packet;
        std::size_t cut;
    };
    Case cases[] = {
        {Decap::kGre, transport().gre(), 1},
        {Decap::kGre, transport().gre(0x2000).type(0x0800), 1},
        {Decap::kErspan, transport().erspan2(), 1},
        {Decap::kErspan, transport().erspan3(), 1},
        {Decap::kErspan, transport().erspan3(1), 1},
        {Decap::kVxlan, transport().vxlan(), 1},
    };
    for (Case& each : cases) {
        Bytes frame = each.packet.build();
        frame.resize(frame.size() - each.cut);
        EXPECT_EQ(reject_name(check(frame, decap(each.decap)).reject), "tunnel_truncated");
    }
}

TEST(ParseTunnel, the_mirrored_frame_is_judged_like_any_other) {
    const auto mirrored = [] { return transport().erspan2().ethernet(); };
    EXPECT_EQ(check(mirrored().type(0x0806).payload(28).build(), decap(Decap::kErspan)).reject,
              Reject::kNotIp);
    EXPECT_EQ(check(transport().erspan2().payload(13).build(), decap(Decap::kErspan)).reject,
              Reject::kFrameTooShort);
    PacketBuilder tagged = mirrored().vlan(0x8100, 7);
    const std::array<uint16_t, 1> vlans = {7};
    ParseRules rules = decap(Decap::kErspan);
    rules.excludes_vlans = true;
    rules.excluded_vlans = vlans;
    EXPECT_EQ(check(tcp_packet(tagged).build(), rules).reject, Reject::kExcluded);
}

TEST(ParseTunnel, padding_behind_the_transport_is_not_the_mirrored_packets) {
    const Bytes frame =
        transport().gre().ipv4(kSource, kDestination, {.total_length = 0}).icmp().build_padded(90);
    const Parsed parsed = check(frame, decap(Decap::kGre));
    EXPECT_EQ(parsed.view.source4, address4(kSource));
    EXPECT_EQ(parsed.view.ip_bytes, 28u);
}

TEST(ParseTunnel, one_tunnel_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i < kMaxTunnels; ++i) {
        packet.ipv4(kTapSource, kTapDestination).gre();
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build(), decap(Decap::kGre)));
    deeper.ipv4(kTapSource, kTapDestination).gre();
    EXPECT_EQ(check(tcp_packet(deeper).build(), decap(Decap::kGre)).reject, Reject::kTunnelTooDeep);
}

}  // namespace
}  // namespace lull
