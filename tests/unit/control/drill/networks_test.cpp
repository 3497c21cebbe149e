// Which networks a target has, how they weigh, and that hosts lie in them.
#include "control/drill/networks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "tests/support/drill_world.h"

namespace lull {
namespace {

constexpr uint32_t kCnAddresses = 0x0c01'0000;  // 12.1.0.0/16, inside the US' 12.0.0.0/8

DrillTarget country_target(std::string_view code) {
    DrillTarget target;
    target.kind = DrillTarget::Kind::kCountry;
    target.country = find_country(code).value();
    return target;
}

DrillTarget prefix_target(Family family, std::array<uint8_t, 4> first, uint8_t length) {
    DrillTarget target;
    target.kind = DrillTarget::Kind::kPrefix;
    target.family = family;
    std::copy(first.begin(), first.end(), target.address.begin());
    target.length = length;
    return target;
}

TEST(Networks, of_a_country_and_family_weigh_one_together) {
    const Networks networks(test::small_table(), 3);
    int groups = 0;
    for (const Country& each : countries()) {
        const DrillTarget target = country_target(each.code);
        for (const Family family : {Family::kIpv4, Family::kIpv6}) {
            const auto found = networks.networks_of(target, family);
            EXPECT_EQ(found.empty(), !networks.speaks(target.country, family)) << each.code;
            double sum = 0;
            for (const Network& network : found) sum += static_cast<double>(network.weight);
            if (found.empty()) continue;
            ++groups;
            EXPECT_NEAR(sum, 1, 1e-5) << each.code;
        }
    }
    EXPECT_GT(groups, 12);
}

TEST(Networks, a_prefix_has_the_part_of_each_network_that_lies_in_it) {
    const Networks networks(test::small_table(), 3);
    // Half of 12.1.0.0/16, which the table gives to CN, and none of the US around it.
    const DrillTarget half = prefix_target(Family::kIpv4, {12, 1, 128, 0}, 17);
    const auto found = networks.networks_of(half, Family::kIpv4);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].first, kCnAddresses + 0x8000u);
    EXPECT_EQ(found[0].last, kCnAddresses + 0xffffu);
    EXPECT_EQ(networks.country_of(found[0]), find_country("CN").value());
    const auto whole =
        networks.networks_of(prefix_target(Family::kIpv4, {12, 1, 0, 0}, 16), Family::kIpv4);
    ASSERT_EQ(whole.size(), 1u);
    EXPECT_FLOAT_EQ(found[0].weight * 2, whole[0].weight);
    // The /8 is the US before it, CN, and the US behind it.
    const auto all =
        networks.networks_of(prefix_target(Family::kIpv4, {12, 0, 0, 0}, 8), Family::kIpv4);
    uint64_t addresses = 0;
    for (const Network& network : all) addresses += network.last - network.first + 1;
    EXPECT_EQ(all.size(), 3u);
    EXPECT_EQ(addresses, uint64_t{1} << 24);
    EXPECT_TRUE(networks.networks_of(half, Family::kIpv6).empty());
}

TEST(Networks, hosts_of_a_target_lie_in_it_and_are_ipv4_where_it_has_any) {
    const Networks networks(test::small_table(), 3);
    Random random(5);
    DrillTarget asn;
    asn.kind = DrillTarget::Kind::kAsn;
    asn.asn = 7018;
    const struct {
        DrillTarget target;
        Family family;
    } cases[] = {
        {country_target("US"), Family::kIpv4},
        {asn, Family::kIpv4},
        {prefix_target(Family::kIpv4, {175, 45, 178, 0}, 23), Family::kIpv4},
        {prefix_target(Family::kIpv6, {0x26, 0x00, 0x03, 0x40}, 27), Family::kIpv6},
    };
    for (const auto& each : cases) {
        const auto hosts = networks.hosts_of(each.target, 100, random);
        EXPECT_EQ(hosts.size(), 100u);
        for (const Endpoint& host : hosts) {
            EXPECT_EQ(host.family, each.family);
            EXPECT_TRUE(is_in(each.target, host));
        }
    }
}

TEST(Networks, a_target_that_the_table_does_not_have_has_no_hosts) {
    const Networks networks(test::small_table(), 3);
    Random random(5);
    EXPECT_TRUE(networks.hosts_of(country_target("FR"), 4, random).empty());
    EXPECT_TRUE(networks.hosts_of(DrillTarget{}, 4, random).empty()) << "a port";
}

TEST(Networks, anywhere_is_the_other_family_where_the_table_has_but_one) {
    OriginTable table = test::small_table();
    table.routes4.clear();
    const Networks networks(table, 3);
    Random random(5);
    EXPECT_EQ(networks.count(Family::kIpv4), 0u);
    EXPECT_EQ(networks.draw_anywhere(Family::kIpv4, random).family, Family::kIpv6);
}

}  // namespace
}  // namespace lull
