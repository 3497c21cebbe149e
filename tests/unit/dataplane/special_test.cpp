#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "control/origins/prefix.h"
#include "dataplane/tables.h"

namespace lull {
namespace {

bool is_special_address(const char* text) {
    const auto address = parse_address(text);
    EXPECT_TRUE(address.has_value()) << text;
    return address && is_special(*address);
}

template <typename Route>
void expect_sorted_and_disjoint(std::span<const Route> routes) {
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const IpPrefix prefix = to_prefix(routes[i]);
        EXPECT_EQ(shortened(prefix, prefix.length), prefix) << "host bits: " << i;
        EXPECT_EQ(routes[i].origin, kOriginPrivate);
        if (i == 0) continue;
        EXPECT_LT(to_prefix(routes[i - 1]), prefix);
        EXPECT_FALSE(contains(to_prefix(routes[i - 1]), prefix)) << i;
    }
}

TEST(Special, ranges_are_sorted_disjoint_and_private) {
    expect_sorted_and_disjoint(special_routes4());
    expect_sorted_and_disjoint(special_routes6());
}

TEST(Special, edges_of_every_ipv4_range_are_inside_and_their_neighbours_outside) {
    const struct {
        const char *before, *first, *last, *after;
    } ranges[] = {
        {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
        {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
        {"223.255.255.255", "224.0.0.0", "255.255.255.255", nullptr},
    };
    for (const auto& range : ranges) {
        EXPECT_TRUE(is_special_address(range.first)) << range.first;
        EXPECT_TRUE(is_special_address(range.last)) << range.last;
        if (range.before != nullptr) {
            EXPECT_FALSE(is_special_address(range.before));
        }
        if (range.after != nullptr) {
            EXPECT_FALSE(is_special_address(range.after));
        }
    }
}

TEST(Special, ipv6_ranges_hold_what_never_crosses_a_border) {
    for (const char* inside :
         {"::", "::1", "::ffff:8.8.8.8", "64:ff9b:1::1", "100::1", "2001:2::1", "2001:db8::1",
          "3fff::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1"}) {
        EXPECT_TRUE(is_special_address(inside)) << inside;
    }
    for (const char* outside : {"::2", "64:ff9b::1", "2001::1", "2001:db7::1", "2001:db9::1",
                                "2a00::1", "100:0:0:1::1", "fbff::1", "4000::1"}) {
        EXPECT_FALSE(is_special_address(outside)) << outside;
    }
}

TEST(Special, a_prefix_that_only_overlaps_special_space_is_not_special) {
    EXPECT_FALSE(is_special(*parse_prefix("8.0.0.0/6")));
    EXPECT_TRUE(is_special(*parse_prefix("10.0.0.0/8")));
    EXPECT_TRUE(is_special(*parse_prefix("10.1.0.0/16")));
    EXPECT_FALSE(is_special(*parse_prefix("192.0.0.0/8")));
}

}  // namespace
}  // namespace lull
