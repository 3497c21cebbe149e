// What parse_frame makes of frames built by hand. check() compares every frame with the slow
// reference as well, whole and cut at every byte, in heap buffers of their exact size, so that
// AddressSanitizer sees one byte read too many.
#include "dataplane/parse.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>

#include "dataplane/limits.h"
#include "tests/support/packet_builder.h"
#include "tests/support/reference_parse.h"

namespace lull {
namespace {

using testing::address4;
using testing::address6;
using testing::Bytes;
using testing::kTcpAck;
using testing::kTcpSyn;
using testing::MoreFragments;
using testing::PacketBuilder;
using testing::PppField;

constexpr const char* kSource = "192.0.2.1";
constexpr const char* kDestination = "198.51.100.2";
constexpr const char* kSource6 = "2001:db8::1";
constexpr const char* kDestination6 = "2001:db8:ffff::2";
// What a mirror's transport is addressed with, in tests of decapsulation.
constexpr const char* kTapSource = "10.0.0.1";
constexpr const char* kTapDestination = "10.0.0.2";

struct Parsed {
    Reject reject = Reject::kNone;
    PacketView view;
};

/// Parses a copy of exact size and expects the reference to agree.
Parsed parse_once(const Bytes& frame, uint32_t wire_bytes, const ParseRules& rules) {
    const auto exact = std::make_unique<uint8_t[]>(frame.size());
    std::copy(frame.begin(), frame.end(), exact.get());
    Parsed parsed;
    std::memset(&parsed.view, 0xa5, sizeof parsed.view);
    parsed.reject = parse_frame({exact.get(), frame.size()}, wire_bytes, rules, parsed.view);
    const reference::Outcome wanted = reference::parse(frame, wire_bytes, rules);
    EXPECT_EQ(reference::difference(wanted, parsed.reject, parsed.view), "")
        << frame.size() << " bytes of " << wire_bytes;
    return parsed;
}

/// The whole frame's result; every truncation of it, on the wire and by the capture alone, with and
/// without decapsulation, is compared with the reference on the way.
Parsed check(const Bytes& frame, const ParseRules& rules = {}) {
    const auto wire_bytes = static_cast<uint32_t>(frame.size());
    ParseRules all = rules;
    all.decap_gre = all.decap_erspan = all.decap_vxlan = true;
    ParseRules sliced = all;
    sliced.trust_ip_length = true;
    const std::size_t cuts = std::min<std::size_t>(frame.size(), 400);
    for (std::size_t size = 0; size < cuts; ++size) {
        const Bytes cut(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
        for (const ParseRules& variant : {rules, all, sliced}) {
            parse_once(cut, static_cast<uint32_t>(size), variant);
            parse_once(cut, wire_bytes, variant);
        }
    }
    return parse_once(frame, wire_bytes, rules);
}

PacketBuilder tcp_packet(PacketBuilder& packet) {
    return packet.ipv4(kSource, kDestination).tcp(49152, 443, kTcpSyn).payload(100);
}

/// Counted as the IPv4 packet that tcp_packet() makes.
void expect_tcp_packet(const Parsed& parsed) {
    ASSERT_EQ(reject_name(parsed.reject), "none");
    EXPECT_EQ(parsed.view.family, Family::kIpv4);
    EXPECT_EQ(parsed.view.source4, address4(kSource));
    EXPECT_EQ(parsed.view.destination4, address4(kDestination));
    EXPECT_EQ(parsed.view.ip_bytes, 140u);
    EXPECT_EQ(parsed.view.payload_bytes, 100u);
    EXPECT_EQ(parsed.view.source_port, 49152);
    EXPECT_EQ(parsed.view.destination_port, 443);
    EXPECT_EQ(parsed.view.protocol, 6);
    EXPECT_EQ(parsed.view.tcp_flags, kTcpSyn);
    EXPECT_FALSE(parsed.view.later_fragment);
    EXPECT_FALSE(parsed.view.truncated);
}

PacketBuilder ethernet() {
    return PacketBuilder().ethernet();
}

// ---- link headers ----

TEST(Parse, every_link_header_leads_to_the_same_ip_packet) {
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

TEST(Parse, ipv6_behind_every_kind_of_link_header_is_found) {
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

TEST(Parse, frames_without_ip_are_not_ip) {
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

TEST(Parse, frames_that_end_inside_a_link_header_say_which) {
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

TEST(Parse, one_tag_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint16_t i = 0; i < kMaxVlanTags; ++i) {
        packet.vlan(0x8100, i);
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build()));
    EXPECT_EQ(check(tcp_packet(deeper.vlan(0x8100, 9)).build()).reject, Reject::kVlanTooDeep);
}

TEST(Parse, frames_nested_in_frames_end_at_the_tag_limit) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i <= kMaxVlanTags; ++i) {
        packet.fabric_path().ethernet();
    }
    EXPECT_EQ(check(tcp_packet(packet).build()).reject, Reject::kVlanTooDeep);
}

TEST(Parse, one_label_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i < kMaxMplsLabels; ++i) {
        packet.mpls(100 + i);
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build()));
    EXPECT_EQ(check(tcp_packet(deeper.mpls(99)).build()).reject, Reject::kMplsTooDeep);
}

TEST(Parse, labels_of_nested_pseudowires_count_together) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i <= kMaxMplsLabels; ++i) {
        packet.mpls(100 + i).control_word().ethernet();
    }
    EXPECT_EQ(check(tcp_packet(packet).build()).reject, Reject::kMplsTooDeep);
}

// ---- what a port excludes ----

TEST(Parse, an_excluded_mac_counts_in_either_direction) {
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

TEST(Parse, an_excluded_vlan_counts_on_any_tag_and_ignores_priority_bits) {
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

// ---- IPv4 ----

TEST(Parse, an_unsound_ipv4_header_is_rejected_by_its_fault) {
    PacketBuilder packet = ethernet();
    const Bytes good = tcp_packet(packet).build();
    Bytes version = good;
    version[14] = 0x65;
    EXPECT_EQ(check(version).reject, Reject::kIpv4Version);
    Bytes short_header = good;
    short_header[14] = 0x44;
    EXPECT_EQ(check(short_header).reject, Reject::kIpv4HeaderLength);
    const Bytes long_header = ethernet().ipv4(kSource, kDestination).build();
    Bytes beyond = long_header;
    beyond[14] = 0x4f;
    EXPECT_EQ(check(beyond).reject, Reject::kIpv4HeaderLength);
    Bytes total = good;
    total[16] = 0;
    total[17] = 19;
    EXPECT_EQ(check(total).reject, Reject::kIpv4TotalLength);
    Bytes truncated = good;
    truncated.resize(14 + 19);
    EXPECT_EQ(check(truncated).reject, Reject::kIpv4Truncated);
}

TEST(Parse, ipv4_options_are_stepped_over) {
    const Parsed parsed = check(ethernet()
                                    .ipv4(kSource, kDestination, {.option_words = 10})
                                    .udp(1000, 2000)
                                    .payload(12)
                                    .build());
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.destination_port, 2000);
    EXPECT_EQ(parsed.view.ip_bytes, 80u);
    EXPECT_EQ(parsed.view.payload_bytes, 12u);
}

TEST(Parse, ethernet_padding_is_neither_counted_nor_read) {
    const Parsed parsed = check(
        ethernet().ipv4(kSource, kDestination).protocol(6).raw({0xff, 0xff}).build_padded(60));
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.ip_bytes, 22u);
    EXPECT_EQ(parsed.view.source_port, 0);
    EXPECT_EQ(parsed.view.tcp_flags, 0);
    EXPECT_FALSE(parsed.view.truncated);
}

TEST(Parse, bytes_are_never_more_than_the_frame_had) {
    const Bytes lying = ethernet()
                            .ipv4(kSource, kDestination, {.total_length = 1500})
                            .udp(1000, 2000)
                            .payload(18)
                            .build();
    const Parsed parsed = check(lying);
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.ip_bytes, 46u);
    EXPECT_TRUE(parsed.view.truncated);

    ParseRules sliced;
    sliced.trust_ip_length = true;
    const Parsed trusted = check(lying, sliced);
    EXPECT_EQ(trusted.view.ip_bytes, 1500u);
    EXPECT_EQ(trusted.view.destination_port, 2000);
    EXPECT_TRUE(trusted.view.truncated);
}

TEST(Parse, a_capture_that_kept_only_the_head_counts_the_wire) {
    const Bytes whole =
        ethernet().ipv4(kSource, kDestination).tcp(1, 2, kTcpAck).payload(1400).build();
    const Bytes head(whole.begin(), whole.begin() + 64);
    const Parsed parsed = parse_once(head, static_cast<uint32_t>(whole.size()), {});
    EXPECT_EQ(parsed.view.ip_bytes, 1440u);
    EXPECT_EQ(parsed.view.payload_bytes, 1400u);
    EXPECT_EQ(parsed.view.tcp_flags, kTcpAck);
    EXPECT_FALSE(parsed.view.truncated);
}

TEST(Parse, total_length_zero_is_the_frames) {
    const Parsed parsed = check(ethernet()
                                    .ipv4(kSource, kDestination, {.total_length = 0})
                                    .tcp(1, 2, kTcpAck)
                                    .payload(70000)
                                    .build());
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.ip_bytes, 70040u);
    EXPECT_EQ(parsed.view.payload_bytes, 70000u);
    EXPECT_FALSE(parsed.view.truncated);
}

TEST(Parse, ipv4_fragments_have_ports_only_in_the_first) {
    const Bytes first = ethernet()
                            .ipv4(kSource, kDestination, {.fragment = 0x2000})
                            .udp(1000, 2000)
                            .payload(24)
                            .build();
    const Parsed head = check(first);
    EXPECT_FALSE(head.view.later_fragment);
    EXPECT_EQ(head.view.destination_port, 2000);
    EXPECT_EQ(head.view.payload_bytes, 24u);
    const Bytes second = ethernet()
                             .ipv4(kSource, kDestination, {.fragment = 0x0004})
                             .udp(1000, 2000)
                             .payload(24)
                             .build();
    const Parsed tail = check(second);
    EXPECT_EQ(tail.reject, Reject::kNone);
    EXPECT_TRUE(tail.view.later_fragment);
    EXPECT_EQ(tail.view.protocol, 17);
    EXPECT_EQ(tail.view.source_port, 0);
    EXPECT_EQ(tail.view.destination_port, 0);
    EXPECT_EQ(tail.view.payload_bytes, 0u);
    EXPECT_EQ(tail.view.ip_bytes, 52u);
}

// ---- layer 4 ----

TEST(Parse, truncated_layer_four_is_counted_with_what_is_there) {
    const Bytes whole =
        ethernet().ipv4(kSource, kDestination).tcp(1000, 2000, kTcpSyn).payload(10).build();
    Bytes cut = whole;
    cut.resize(14 + 20 + 3);
    Parsed parsed = check(cut);
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_TRUE(parsed.view.truncated);
    EXPECT_EQ(parsed.view.source_port, 0);
    cut = whole;
    cut.resize(14 + 20 + 19);
    parsed = check(cut);
    EXPECT_TRUE(parsed.view.truncated);
    EXPECT_EQ(parsed.view.destination_port, 2000);
    EXPECT_EQ(parsed.view.tcp_flags, 0);
    EXPECT_EQ(parsed.view.payload_bytes, 0u);
    // Cut by the capture only: the wire had it, but layer 4 is still not known.
    parsed = parse_once(cut, static_cast<uint32_t>(whole.size()), {});
    EXPECT_TRUE(parsed.view.truncated);
    EXPECT_EQ(parsed.view.ip_bytes, 50u);
}

TEST(Parse, payload_is_what_the_headers_leave) {
    const Parsed tcp =
        check(ethernet().ipv4(kSource, kDestination).tcp(1, 2, kTcpAck, 3).payload(5).build());
    EXPECT_EQ(tcp.view.payload_bytes, 5u);
    const Parsed sctp =
        check(ethernet().ipv4(kSource, kDestination).sctp(36412, 36413).payload(16).build());
    EXPECT_EQ(sctp.view.source_port, 36412);
    EXPECT_EQ(sctp.view.destination_port, 36413);
    EXPECT_EQ(sctp.view.payload_bytes, 16u);
    const Parsed ping = check(ethernet().ipv4(kSource, kDestination).icmp().payload(56).build());
    EXPECT_EQ(ping.view.source_port, 0);
    EXPECT_EQ(ping.view.destination_port, 0);
    EXPECT_EQ(ping.view.payload_bytes, 56u);
    const Parsed esp =
        check(ethernet().ipv4(kSource, kDestination).protocol(50).payload(56).build());
    EXPECT_EQ(esp.view.protocol, 50);
    EXPECT_EQ(esp.view.payload_bytes, 0u);
}

TEST(Parse, lying_layer_four_lengths_stay_within_the_packet) {
    Bytes udp = ethernet().ipv4(kSource, kDestination).udp(1, 2).payload(10).build();
    const auto with_length = [&udp](uint8_t high, uint8_t low) {
        udp[38] = high;
        udp[39] = low;
        return check(udp).view.payload_bytes;
    };
    EXPECT_EQ(with_length(0xff, 0xff), 10u);
    EXPECT_EQ(with_length(0, 7), 0u);
    EXPECT_EQ(with_length(0, 12), 4u);
    EXPECT_EQ(with_length(0, 0), 10u);
    Bytes tcp = ethernet().ipv4(kSource, kDestination).tcp(1, 2, kTcpSyn).payload(10).build();
    for (const uint8_t offset : std::initializer_list<uint8_t>{0x00, 0x40, 0xf0}) {
        tcp[14 + 20 + 12] = offset;
        EXPECT_EQ(check(tcp).view.payload_bytes, 0u) << int{offset};
    }
}

// ---- IPv6 ----

TEST(Parse, an_unsound_ipv6_header_is_rejected_by_its_fault) {
    const Bytes good = ethernet().ipv6(kSource6, kDestination6).icmpv6().build();
    Bytes version = good;
    version[14] = 0x45;
    EXPECT_EQ(check(version).reject, Reject::kIpv6Version);
    Bytes truncated = good;
    truncated.resize(14 + 39);
    EXPECT_EQ(check(truncated).reject, Reject::kIpv6Truncated);
}

TEST(Parse, every_extension_header_is_stepped_over) {
    for (const uint8_t kind : std::initializer_list<uint8_t>{0, 43, 51, 60, 135, 139, 140}) {
        for (const uint8_t words : std::initializer_list<uint8_t>{0, 1, 4}) {
            const Parsed parsed = check(ethernet()
                                            .ipv6(kSource6, kDestination6)
                                            .extension(kind, words)
                                            .tcp(1000, 2000, kTcpAck)
                                            .payload(9)
                                            .build());
            EXPECT_EQ(parsed.reject, Reject::kNone);
            EXPECT_EQ(parsed.view.protocol, 6) << int{kind} << " " << int{words};
            EXPECT_EQ(parsed.view.destination_port, 2000);
            EXPECT_EQ(parsed.view.payload_bytes, 9u);
        }
    }
}

TEST(Parse, extension_headers_beyond_the_limit_hide_layer_four_but_count) {
    PacketBuilder packet = ethernet().ipv6(kSource6, kDestination6);
    for (uint32_t i = 0; i < kMaxExtensionHeaders; ++i) {
        packet.extension(60);
    }
    PacketBuilder deeper = packet;
    EXPECT_EQ(check(packet.udp(1, 2000).build()).view.destination_port, 2000);
    const Parsed parsed = check(deeper.extension(60).udp(1, 2000).build());
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.protocol, 59);
    EXPECT_EQ(parsed.view.destination_port, 0);
    EXPECT_FALSE(parsed.view.truncated);
}

TEST(Parse, truncated_ipv6_extension_is_counted_without_layer_four) {
    Bytes frame = ethernet()
                      .ipv6(kSource6, kDestination6)
                      .extension(60, 3)
                      .udp(1000, 2000)
                      .payload(8)
                      .build();
    frame.resize(14 + 40 + 16);
    const Parsed parsed = check(frame);
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.protocol, 59);
    EXPECT_EQ(parsed.view.source_port, 0);
    EXPECT_EQ(parsed.view.ip_bytes, 56u);
    EXPECT_TRUE(parsed.view.truncated);
}

TEST(Parse, an_extension_longer_than_its_packet_is_a_fault_but_not_a_truncation) {
    Bytes frame = ethernet().ipv6(kSource6, kDestination6).extension(60).udp(1, 2).build();
    frame[14 + 40 + 1] = 200;
    const Parsed parsed = check(frame);
    EXPECT_EQ(parsed.reject, Reject::kNone);
    EXPECT_EQ(parsed.view.protocol, 59);
    EXPECT_FALSE(parsed.view.truncated);
}

TEST(Parse, ipv6_fragments_have_ports_only_in_the_first) {
    const auto fragment = [](uint16_t offset_words, uint8_t kind) {
        PacketBuilder packet = ethernet().ipv6(kSource6, kDestination6).extension(0);
        packet.fragment6(offset_words, MoreFragments::kYes);
        return kind == 17 ? check(packet.udp(1000, 2000).payload(16).build())
                          : check(packet.extension(kind).udp(1000, 2000).payload(16).build());
    };
    EXPECT_EQ(fragment(0, 17).view.destination_port, 2000);
    EXPECT_FALSE(fragment(0, 17).view.later_fragment);
    const Parsed later = fragment(3, 17);
    EXPECT_TRUE(later.view.later_fragment);
    EXPECT_EQ(later.view.protocol, 17);
    EXPECT_EQ(later.view.destination_port, 0);
    EXPECT_EQ(fragment(3, 60).view.protocol, 59);  // layer 4 is behind a header of another fragment
}

TEST(Parse, payload_length_zero_with_a_jumbogram_option_is_the_frames) {
    for (const uint8_t paddings : std::initializer_list<uint8_t>{0, 1, 7}) {
        const Parsed parsed = check(ethernet()
                                        .ipv6(kSource6, kDestination6, {.payload_length = 0})
                                        .jumbogram(80000, paddings)
                                        .tcp(1000, 2000, kTcpAck)
                                        .payload(80000)
                                        .build());
        EXPECT_EQ(parsed.reject, Reject::kNone);
        const uint32_t option_bytes = paddings == 0 ? 8 : 16;
        EXPECT_EQ(parsed.view.ip_bytes, 40 + option_bytes + 20 + 80000);
        EXPECT_EQ(parsed.view.destination_port, 2000);
        EXPECT_EQ(parsed.view.payload_bytes, 80000u);
    }
}

TEST(Parse, a_jumbogram_option_behind_too_many_paddings_is_not_sought) {
    const Parsed parsed = check(ethernet()
                                    .ipv6(kSource6, kDestination6, {.payload_length = 0})
                                    .jumbogram(80000, 8)
                                    .tcp(1000, 2000, kTcpAck)
                                    .build());
    EXPECT_EQ(parsed.view.ip_bytes, 40u);
    EXPECT_EQ(parsed.view.protocol, 59);
}

TEST(Parse, payload_length_zero_is_big_tcp_only_where_tcp_follows) {
    const auto bytes_with = [](PacketBuilder packet) {
        return check(packet.build()).view.ip_bytes;
    };
    const auto zero = [] {
        return ethernet().ipv6(kSource6, kDestination6, {.payload_length = 0});
    };
    EXPECT_EQ(bytes_with(zero().tcp(1, 2, kTcpAck).payload(70000)), 70060u);
    EXPECT_EQ(bytes_with(zero().payload(6)), 40u);               // no next header: padding
    EXPECT_EQ(bytes_with(zero().protocol(6).payload(10)), 40u);  // too little for TCP: padding
    EXPECT_EQ(bytes_with(zero().udp(1, 2).payload(100)), 40u);
    EXPECT_EQ(bytes_with(zero().extension(0).payload(100)), 40u);  // options, but no jumbogram
}

// ---- tunnels ----

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

TEST(Parse, tunnels_are_taken_off_only_where_the_port_says_so) {
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

TEST(Parse, what_is_not_such_a_tunnel_is_counted_as_it_is) {
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

TEST(Parse, a_tunnel_that_ends_inside_its_headers_is_truncated) {
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

TEST(Parse, the_mirrored_frame_is_judged_like_any_other) {
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

TEST(Parse, padding_behind_the_transport_is_not_the_mirrored_packets) {
    const Bytes frame =
        transport().gre().ipv4(kSource, kDestination, {.total_length = 0}).icmp().build_padded(90);
    const Parsed parsed = check(frame, decap(Decap::kGre));
    EXPECT_EQ(parsed.view.source4, address4(kSource));
    EXPECT_EQ(parsed.view.ip_bytes, 28u);
}

TEST(Parse, one_tunnel_beyond_the_limit_is_too_deep) {
    PacketBuilder packet = ethernet();
    for (uint32_t i = 0; i < kMaxTunnels; ++i) {
        packet.ipv4(kTapSource, kTapDestination).gre();
    }
    PacketBuilder deeper = packet;
    expect_tcp_packet(check(tcp_packet(packet).build(), decap(Decap::kGre)));
    deeper.ipv4(kTapSource, kTapDestination).gre();
    EXPECT_EQ(check(tcp_packet(deeper).build(), decap(Decap::kGre)).reject, Reject::kTunnelTooDeep);
}

TEST(Parse, frame_bytes_below_the_bytes_given_are_raised_to_them) {
    PacketBuilder packet = ethernet();
    expect_tcp_packet(parse_once(tcp_packet(packet).build(), 0, {}));
}

}  // namespace
}  // namespace lull
