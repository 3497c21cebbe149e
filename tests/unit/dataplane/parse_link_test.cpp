// What stands before the IP header: tags, labels, PPPoE and LLC lead to the same packet, everything
// else is not IP, and each limit has a frame on either side of it.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string_view>

#include "dataplane/limits.h"
#include "tests/support/parse_check.h"

namespace lull {
namespace {

using testing::address6;
using testing::Bytes;
using testing::check;
using testing::ethernet;
using testing::expect_tcp_packet;
using testing::kDestination6;
using testing::kSource6;
using testing::PacketBuilder;
using testing::Parsed;
using testing::PppField;
using testing::tcp_packet;

TEST(ParseLink, every_link_header_leads_to_the_same_ip_packet) {
    PacketBuilder links[] = {
        ethernet(),
        ethernet().vlan(0x8100, 5),
        ethernet().vlan(0x88a8, 5).vlan(0x8100, 6),
        ethernet().vlan(0x9100, 5).vlan(0x8100, 6).vlan(0x8100, 7),
        ethernet().llc_snap(),
        ethernet().llc_snap(0xf8),
        ethernet().llc_ip(),
        ethernet().vlan(0x8100, 5).llc_snap(),
        ethernet().etag(),
        ethernet().vntag().vlan(0x8100, 5),
        ethernet().fabric_path().ethernet().vlan(0x8100, 5),
        ethernet().mpls(16),
        ethernet().mpls(16, 0x8848),
        ethernet().vlan(0x8100, 5).mpls(16).mpls(17).mpls(18),
        ethernet().mpls(16).control_word().ethernet(),
        ethernet().mpls(16).control_word().ethernet().vlan(0x8100, 5),
        ethernet().mpls(16).ethernet("02:00:00:00:00:01", "00:11:22:33:44:55"),
        ethernet().mpls(16).ethernet("02:00:00:00:00:01", "a0:11:22:33:44:55"),
        ethernet().pppoe(),
        ethernet().pppoe(PppField::kCompressed),
        ethernet().vlan(0x88a8, 5).vlan(0x8100, 6).pppoe(),
    };
    int number = 0;
    for (PacketBuilder& link : links) {
        SCOPED_TRACE(number++);
        expect_tcp_packet(check(tcp_packet(link).build()));
    }
}

TEST(ParseLink, ipv6_behind_every_kind_of_link_header_is_found) {
    PacketBuilder links[] = {
        ethernet(),          ethernet().vlan(0x8100, 5), ethernet().llc_snap(),
        ethernet().mpls(16), ethernet().pppoe(),         ethernet().pppoe(PppField::kCompressed)};
    for (PacketBuilder& link : links) {
        const Parsed parsed =
            check(link.ipv6(kSource6, kDestination6).udp(5353, 53).payload(30).build());
        ASSERT_EQ(reject_name(parsed.reject), "none");
        EXPECT_EQ(parsed.view.family, Family::kIpv6);
        EXPECT_EQ(parsed.view.source6, address6(kSource6));
        EXPECT_EQ(parsed.view.destination6, address6(kDestination6));
        EXPECT_EQ(parsed.view.ip_bytes, 78u);
        EXPECT_EQ(parsed.view.payload_bytes, 30u);
        EXPECT_EQ(parsed.view.source_port, 5353);
        EXPECT_EQ(parsed.view.destination_port, 53);
    }
}

TEST(ParseLink, frames_without_ip_are_not_ip) {
    const Bytes frames[] = {
        ethernet().type(0x0806).payload(46).build(),                     // ARP
        ethernet().type(0x88cc).payload(46).build(),                     // LLDP
        ethernet().type(0x8863).payload(46).build(),                     // PPPoE discovery
        ethernet().type(1501).payload(46).build(),                       // neither type nor length
        ethernet().type(3).raw({0x42, 0x42, 0x03}).payload(40).build(),  // spanning tree
        ethernet().llc_snap(0x00000c).payload(40).build(),               // CDP
        ethernet().llc_snap().type(38).payload(40).build(),              // a length inside SNAP
        ethernet().pppoe().payload(40).build(),                          // PPP protocol 0
        ethernet().mpls(16).raw({0x10, 0, 0, 7}).payload(40).build(),    // an associated channel
        ethernet().mpls(16).raw({0x20}).payload(40).build(),
        ethernet().mpls(16).control_word().ethernet().type(0x0806).payload(28).build(),
        ethernet().mpls(16).raw({0x00}).build(),
    };
    for (const Bytes& frame : frames) {
        EXPECT_EQ(reject_name(check(frame).reject), "not_ip") << frame.size();
    }
}

TEST(ParseLink, frames_that_end_inside_a_link_header_say_which) {
    struct Case {
        Bytes frame;
        std::size_t cut;
        Reject reject;
    };
    const Case cases[] = {
        {ethernet().build(), 1, Reject::kFrameTooShort},
        {{}, 0, Reject::kFrameTooShort},
        {ethernet().llc_snap().build(), 1, Reject::kFrameTooShort},
        {ethernet().llc_ip().build(), 1, Reject::kFrameTooShort},
        {ethernet().vlan(0x8100, 5).build(), 1, Reject::kVlanTruncated},
        {ethernet().etag().build(), 1, Reject::kVlanTruncated},
        {ethernet().fabric_path().build(), 1, Reject::kVlanTruncated},
        {ethernet().fabric_path().ethernet().build(), 1, Reject::kFrameTooShort},
        {ethernet().mpls(16).build(), 1, Reject::kMplsTruncated},
        {ethernet().mpls(16).build(), 0, Reject::kMplsTruncated},
        {ethernet().pppoe().build(), 1, Reject::kPppoeTruncated},
        {ethernet().pppoe().build(), 2, Reject::kPppoeTruncated},
        {ethernet().pppoe().build(), 5, Reject::kPppoeTruncated},
    };
    for (const Case& each : cases) {
        Bytes frame = each.frame;
        frame.resize(frame.size() - each.cut);
        EXPECT_EQ(reject_name(check(frame).reject), reject_name(each.reject)) << frame.size();
    }
}

TEST(ParseLink, one_tag_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint16_t i = 0; i < kMaxVlanTags; ++i) {
        packet.vlan(0x8100, i);
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build()));
    EXPECT_EQ(check(tcp_packet(deeper.vlan(0x8100, 9)).build()).reject, Reject::kVlanTooDeep);
}

TEST(ParseLink, frames_nested_in_frames_end_at_the_tag_limit) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i <= kMaxVlanTags; ++i) {
        packet.fabric_path().ethernet();
    }
    EXPECT_EQ(check(tcp_packet(packet).build()).reject, Reject::kVlanTooDeep);
}

TEST(ParseLink, one_label_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i < kMaxMplsLabels; ++i) {
        packet.mpls(100 + i);
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build()));
    EXPECT_EQ(check(tcp_packet(deeper.mpls(99)).build()).reject, Reject::kMplsTooDeep);
}

TEST(ParseLink, labels_of_nested_pseudowires_count_together) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i <= kMaxMplsLabels; ++i) {
        packet.mpls(100 + i).control_word().ethernet();
    }
    EXPECT_EQ(check(tcp_packet(packet).build()).reject, Reject::kMplsTooDeep);
}

// ---- what a port excludes ----

TEST(ParseLink, an_excluded_mac_counts_in_either_direction) {
    const std::array<std::array<uint8_t, 6>, 2> macs = {{{2, 0, 0, 0, 0, 8}, {2, 0, 0, 0, 0, 9}}};
    ParseRules rules;
    rules.excludes_macs = true;
    rules.excluded_macs = macs;
    PacketBuilder from = PacketBuilder().ethernet("02:00:00:00:00:09");
    PacketBuilder to = PacketBuilder().ethernet("02:00:00:00:00:01", "02:00:00:00:00:08");
    PacketBuilder neither = ethernet();
    EXPECT_EQ(check(tcp_packet(from).build(), rules).reject, Reject::kExcluded);
    EXPECT_EQ(check(tcp_packet(to).build(), rules).reject, Reject::kExcluded);
    expect_tcp_packet(check(tcp_packet(neither).build(), rules));
}

TEST(ParseLink, an_excluded_vlan_counts_on_any_tag_and_ignores_priority_bits) {
    const std::array<uint16_t, 2> vlans = {7, 9};
    ParseRules rules;
    rules.excludes_vlans = true;
    rules.excluded_vlans = vlans;
    PacketBuilder outer = ethernet().vlan(0x8100, 0xe007);
    PacketBuilder inner = ethernet().vlan(0x88a8, 1).vlan(0x8100, 9);
    PacketBuilder neither = ethernet().vlan(0x8100, 8);
    EXPECT_EQ(check(tcp_packet(outer).build(), rules).reject, Reject::kExcluded);
    EXPECT_EQ(check(tcp_packet(inner).build(), rules).reject, Reject::kExcluded);
    expect_tcp_packet(check(tcp_packet(neither).build(), rules));
}

}  // namespace
}  // namespace lull
