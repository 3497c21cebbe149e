// Many new TCP flows that nobody follows up: who scans, who is flooded, and who is only busy.
#include "dataplane/inspect/surge.h"

#include <gtest/gtest.h>

#include <functional>

#include "dataplane/headers.h"

namespace lull {
namespace {

constexpr uint32_t kAttacker = 0xc6336401, kVictim = 0xcb007107;
// Well above what makes a surge, well below what two people do.
constexpr uint32_t kMany = 1000, kFew = 100;

PacketView syn(uint32_t from, uint32_t to, uint8_t flags = kTcpSyn) {
    PacketView view{};
    view.family = Family::kIpv4;
    view.protocol = kProtocolTcp;
    view.source4 = from;
    view.destination4 = to;
    view.tcp_flags = flags;
    return view;
}

/// Spread over addresses without a pattern that buckets could share.
uint32_t somebody(uint32_t i) {
    return 0x0a000000 + i * 7919;
}

using ViewOf = std::function<PacketView(uint32_t)>;
PacketView scan(uint32_t i) {
    return syn(kAttacker, somebody(i));
}
PacketView flood(uint32_t i) {
    return syn(somebody(i), kVictim);
}
PacketView reflected(uint32_t i) {
    return syn(somebody(i), kVictim, kTcpSyn | kTcpAck);
}

/// The mark of the last of `count` flows, `per_beat` of them opened in a quarter of a second; every
/// `follow_each`-th is followed up, none for 0.
Mark last_of(const ViewOf& view_of, uint32_t count, uint32_t per_beat, uint32_t follow_each = 0) {
    Surge surge;
    Mark last = Mark::kNone;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t beat = 8 + i / per_beat;
        last = surge.opened(view_of(i), beat);
        if (follow_each != 0 && i % follow_each == 0) {
            surge.followed_up(view_of(i), beat);
        }
    }
    return last;
}

TEST(InspectSurge, who_opens_many_flows_scans_and_who_gets_many_is_flooded) {
    EXPECT_EQ(last_of(scan, kMany, 200), Mark::kSynScan);
    EXPECT_EQ(last_of(flood, kMany, 200), Mark::kSynFlood);
    EXPECT_EQ(last_of(reflected, kMany, 200), Mark::kSynAckFlood);
    EXPECT_EQ(last_of([](uint32_t) { return syn(kAttacker, kVictim); }, kMany, 200), Mark::kSynScan)
        << "one to one: who sends is told";
}

TEST(InspectSurge, few_or_slow_ones_are_neither) {
    for (const ViewOf& view_of : {ViewOf(scan), ViewOf(flood), ViewOf(reflected)}) {
        EXPECT_EQ(last_of(view_of, kFew, 100), Mark::kNone);
        EXPECT_EQ(last_of(view_of, kMany, 5), Mark::kNone) << "20 a second";
    }
    EXPECT_EQ(last_of([](uint32_t i) { return syn(somebody(i), somebody(i + 7)); }, kMany, 200),
              Mark::kNone)
        << "everybody to everybody";
}

TEST(InspectSurge, who_is_answered_is_busy) {
    for (const ViewOf& view_of : {ViewOf(scan), ViewOf(flood), ViewOf(reflected)}) {
        EXPECT_EQ(last_of(view_of, kMany, 200, 1), Mark::kNone) << "each is followed up";
        EXPECT_EQ(last_of(view_of, kMany, 200, 4), Mark::kNone) << "a quarter is";
        EXPECT_NE(last_of(view_of, kMany, 200, 50), Mark::kNone) << "one in fifty is";
    }
}

TEST(InspectSurge, a_surge_is_over_when_two_windows_have_passed) {
    Surge surge;
    for (uint32_t i = 0; i < kMany; ++i) {
        surge.opened(flood(i), 8);
    }
    EXPECT_EQ(surge.opened(flood(kMany), 9), Mark::kSynFlood);
    EXPECT_EQ(surge.opened(flood(kMany), 16), Mark::kSynFlood) << "the next window remembers";
    EXPECT_EQ(surge.opened(flood(kMany), 200), Mark::kNone);
}

TEST(InspectSurge, ipv6_addresses_surge_too) {
    const auto sixth = [](uint32_t i) {
        PacketView view = syn(0, 0);
        view.family = Family::kIpv6;
        view.source6 = {0x20, 0x01, 0x0d, 0xb8, 1};
        view.destination6 = {0x20, 0x01, 0x0d, 0xb8, 2};
        view.destination6[14] = static_cast<uint8_t>(i >> 8);
        view.destination6[15] = static_cast<uint8_t>(i);
        return view;
    };
    EXPECT_EQ(last_of(sixth, kMany, 200), Mark::kSynScan);
    EXPECT_EQ(last_of(sixth, kMany, 200, 2), Mark::kNone);
}

TEST(InspectSurge, other_packets_are_none_of_it) {
    EXPECT_EQ(last_of([](uint32_t i) { return syn(kAttacker, somebody(i), kTcpAck); }, kMany, 200),
              Mark::kNone)
        << "a flow that was open before";
    const auto datagram = [](uint32_t i) {
        PacketView view = scan(i);
        view.protocol = kProtocolUdp;
        return view;
    };
    EXPECT_EQ(last_of(datagram, kMany, 200, 3), Mark::kNone);
}

TEST(InspectSurge, passers_by_do_not_take_a_busy_addresss_place) {
    Surge surge;
    Mark last = Mark::kNone;
    for (uint32_t i = 0; i < 20'000; ++i) {
        // Twenty strangers for each flow of the flood: five times as many as there are buckets.
        for (uint32_t j = 0; j < 20; ++j) {
            surge.opened(syn(somebody(i * 20 + j), somebody(i * 20 + j + 3)), 8 + i / 400);
        }
        last = surge.opened(flood(i), 8 + i / 400);
    }
    EXPECT_EQ(last, Mark::kSynFlood);
}

}  // namespace
}  // namespace lull
