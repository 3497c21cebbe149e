#include "control/recent_addresses.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lull {
namespace {

SeenAddress seen4(uint32_t address, OriginId origin = OriginId{2}) {
    return {Family::kIpv4, address, {}, origin};
}

const SeenAddress* find4(const RecentAddresses& recent, uint32_t address) {
    const auto& all = recent.addresses();
    const auto at = std::find_if(all.begin(), all.end(), [&](const SeenAddress& seen) {
        return seen.family == Family::kIpv4 && seen.address4 == address;
    });
    return at == all.end() ? nullptr : &*at;
}

TEST(RecentAddresses, an_address_is_kept_once_with_what_was_last_said_of_it) {
    RecentAddresses recent;
    recent.add(std::vector{seen4(7), seen4(8), seen4(7, kOriginUnmatched)});
    ASSERT_EQ(recent.addresses().size(), 2u);
    EXPECT_EQ(find4(recent, 7)->origin, kOriginUnmatched);
    EXPECT_EQ(find4(recent, 8)->origin, OriginId{2});
}

TEST(RecentAddresses, private_space_is_left_out) {
    RecentAddresses recent;
    recent.add(std::vector{seen4(0x0a000001, kOriginPrivate)});
    EXPECT_TRUE(recent.addresses().empty());
}

TEST(RecentAddresses, families_are_apart) {
    RecentAddresses recent;
    recent.add(std::vector{seen4(0), SeenAddress{Family::kIpv6, 0, {}, OriginId{2}},
                           SeenAddress{Family::kIpv6, 0, {0x2a}, OriginId{2}}});
    EXPECT_EQ(recent.addresses().size(), 3u);
}

TEST(RecentAddresses, the_oldest_makes_room_and_the_bound_holds) {
    RecentAddresses recent;
    for (uint32_t i = 0; i < 3 * kRecentAddresses + 5; ++i) {
        recent.add(std::vector{seen4(i)});
        ASSERT_LE(recent.addresses().size(), kRecentAddresses);
    }
    EXPECT_EQ(recent.addresses().size(), kRecentAddresses);
    EXPECT_EQ(find4(recent, 2 * kRecentAddresses + 4), nullptr);
    EXPECT_NE(find4(recent, 2 * kRecentAddresses + 5), nullptr);
    EXPECT_NE(find4(recent, 3 * kRecentAddresses + 4), nullptr);
    // One that had to leave may come back.
    recent.add(std::vector{seen4(0, kOriginUnmatched)});
    EXPECT_EQ(find4(recent, 0)->origin, kOriginUnmatched);
    EXPECT_EQ(recent.addresses().size(), kRecentAddresses);
}

}  // namespace
}  // namespace lull
