// Segments against a linear scan for the longest prefix, over random nested prefixes.
#include "control/drill/segments.h"

#include <gtest/gtest.h>

#include "control/drill/random.h"

namespace lull {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;

bool covers(const Route4& route, uint32_t address) {
    return route.length == 0 || (address ^ route.address) >> (32 - route.length) == 0;
}

uint32_t owner_by_scan(std::span<const Route4> routes, std::span<const Route4> special,
                       uint32_t address) {
    for (const Route4& route : special) {
        if (covers(route, address)) return kNobody;
    }
    uint32_t owner = kNobody;
    int longest = -1;
    for (uint32_t i = 0; i < routes.size(); ++i) {
        if (covers(routes[i], address) && routes[i].length > longest) {
            longest = routes[i].length;
            owner = i;
        }
    }
    return owner;
}

uint32_t owner_by_segment(std::span<const Segment<uint32_t>> segments, uint32_t address) {
    uint32_t owner = kNobody;
    for (const auto& segment : segments) {
        if (address < segment.first || address > segment.last) continue;
        EXPECT_EQ(owner, kNobody) << "two segments hold " << address;
        owner = segment.route;
    }
    return owner;
}

TEST(Segments, every_address_belongs_to_its_longest_prefix) {
    Random random(1);
    for (int round = 0; round < 60; ++round) {
        std::vector<Route4> routes;
        std::vector<Route4> special;
        while (routes.size() < 40) {
            // Few bits differ, at both ends of the space, so that prefixes nest and touch.
            const auto length = static_cast<uint8_t>(random.between(0, 32));
            uint32_t address = random.below32(2) == 0 ? 0xffffff00u : 0u;
            address |= random.below32(256);
            if (length < 32) address &= ~(UINT32_MAX >> length);
            const Route4 route{address, length, kOriginUnmatched};
            bool known = false;
            for (const Route4& other : routes) {
                known |= other.address == address && other.length == length;
            }
            if (known) continue;
            if (random.below32(8) == 0) special.push_back(route);
            routes.push_back(route);
        }
        const auto segments = make_segments4(routes, special);
        for (uint32_t low = 0; low < 256; ++low) {
            for (const uint32_t address : {low, 0xffffff00u | low}) {
                ASSERT_EQ(owner_by_segment(segments, address),
                          owner_by_scan(routes, special, address))
                    << "round " << round << " address " << address;
            }
        }
    }
}

TEST(Segments, a_default_route_fills_all_that_is_not_special) {
    const std::vector<Route4> routes{{0, 0, OriginId{2}}};
    const std::vector<Route4> special{{0x0a000000, 8, kOriginPrivate}};
    const auto segments = make_segments4(routes, special);
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0].first, 0u);
    EXPECT_EQ(segments[0].last, 0x09ffffffu);
    EXPECT_EQ(segments[1].first, 0x0b000000u);
    EXPECT_EQ(segments[1].last, UINT32_MAX);
}

TEST(Segments, an_ipv6_prefix_past_64_bits_takes_its_whole_64_away) {
    const Ipv6Bytes address{0x20, 0x01, 0x48, 0x60};
    const std::vector<Route6> routes{{address, 32, OriginId{2}}, {address, 128, OriginId{3}}};
    const auto segments = make_segments6(routes, {});
    ASSERT_EQ(segments.size(), 1u);
    EXPECT_EQ(segments[0].first, 0x2001486000000001u);
    EXPECT_EQ(segments[0].last, 0x20014860ffffffffu);
}

TEST(Segments, nothing_comes_of_an_empty_table) {
    EXPECT_TRUE(make_segments4({}, {}).empty());
    EXPECT_TRUE(make_segments6({}, {}).empty());
}

}  // namespace
}  // namespace lull
