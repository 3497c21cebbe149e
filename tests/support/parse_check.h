// What the parser's tests share. check() parses a frame in a heap buffer of its exact size, so that
// AddressSanitizer sees one byte read too many, and compares the result with the slow reference,
// for the whole frame and for every truncation of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "dataplane/parse.h"
#include "tests/support/packet_builder.h"
#include "tests/support/reference_parse.h"

namespace lull::testing {

inline constexpr const char* kSource = "192.0.2.1";
inline constexpr const char* kDestination = "198.51.100.2";
inline constexpr const char* kSource6 = "2001:db8::1";
inline constexpr const char* kDestination6 = "2001:db8:ffff::2";
// What a mirror's transport is addressed with, in tests of decapsulation.
inline constexpr const char* kTapSource = "10.0.0.1";
inline constexpr const char* kTapDestination = "10.0.0.2";

struct Parsed {
    Reject reject = Reject::kNone;
    PacketView view;
};

/// Parses a copy of exact size and expects the reference to agree.
inline Parsed parse_once(const Bytes& frame, uint32_t wire_bytes, const ParseRules& rules) {
    const auto exact = std::make_unique<uint8_t[]>(frame.size());
    std::copy(frame.begin(), frame.end(), exact.get());
    Parsed parsed;
    std::memset(&parsed.view, 0xa5, sizeof parsed.view);
    parsed.reject = parse_frame({exact.get(), frame.size()}, wire_bytes, rules, parsed.view);
    const reference::Outcome wanted = reference::parse(frame, wire_bytes, rules);
    EXPECT_EQ(reference::difference(wanted, parsed.reject, parsed.view), "")
        << frame.size() << " bytes of " << wire_bytes;
    if (parsed.reject == Reject::kNone) {
        EXPECT_EQ(frame.at(parsed.view.ip_offset) >> 4,
                  parsed.view.family == Family::kIpv4 ? 4 : 6);
    }
    return parsed;
}

/// The whole frame's result; every truncation of it, on the wire and by the capture alone, with and
/// without decapsulation, is compared with the reference on the way.
inline Parsed check(const Bytes& frame, const ParseRules& rules = {}) {
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

inline PacketBuilder tcp_packet(PacketBuilder& packet) {
    return packet.ipv4(kSource, kDestination).tcp(49152, 443, kTcpSyn).payload(100);
}

/// Counted as the IPv4 packet that tcp_packet() makes.
inline void expect_tcp_packet(const Parsed& parsed) {
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

inline PacketBuilder ethernet() {
    return PacketBuilder().ethernet();
}

}  // namespace lull::testing
