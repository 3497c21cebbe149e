// What parse_frame makes of IP headers and of layer 4, sound, lying and cut.
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>

#include "dataplane/limits.h"
#include "tests/support/parse_check.h"

namespace lull {
namespace {

using testing::Bytes;
using testing::check;
using testing::ethernet;
using testing::expect_tcp_packet;
using testing::kDestination;
using testing::kDestination6;
using testing::kSource;
using testing::kSource6;
using testing::kTcpAck;
using testing::kTcpSyn;
using testing::MoreFragments;
using testing::PacketBuilder;
using testing::parse_once;
using testing::Parsed;
using testing::tcp_packet;

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

TEST(Parse, frame_bytes_below_the_bytes_given_are_raised_to_them) {
    PacketBuilder packet = ethernet();
    expect_tcp_packet(parse_once(tcp_packet(packet).build(), 0, {}));
}

}  // namespace
}  // namespace lull
