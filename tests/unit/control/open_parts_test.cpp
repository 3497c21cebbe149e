#include "control/open_parts.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

OriginTable world() {
    const CountryId kp = *find_country("KP"), de = *find_country("DE");
    OriginTable table;
    table.origins.resize(kFirstTableOrigin);
    table.origins.push_back({131279, kp});
    table.origins.push_back({3320, de});
    const OriginId korea{kFirstTableOrigin}, germany{kFirstTableOrigin + 1};
    for (uint32_t i = 0; i < 4; ++i) {
        table.routes4.push_back({0xaf2db000 + i * 256, 24, korea});
    }
    for (uint32_t i = 0; i < 20; ++i) {
        table.routes4.push_back({0x50000000 + i * 65536, 16, germany});
    }
    return table;
}

Directory directory(OriginTable& table) {
    std::vector<NetworkOrigin> networks = tell_networks_apart(table);
    Directory directory = directory_of(table, "world.lut", 1);
    directory.networks = std::move(networks);
    return directory;
}

TEST(FewNetworks, get_an_id_each_and_many_keep_theirs) {
    OriginTable table = world();
    const std::vector<NetworkOrigin> networks = tell_networks_apart(table);
    ASSERT_EQ(networks.size(), 4u);
    EXPECT_EQ(format_prefix(networks[3].prefix), "175.45.179.0/24");
    EXPECT_EQ(table.routes4[3].origin, networks[3].id);
    EXPECT_EQ(table.origins[index_of(networks[3].id)].asn, 131279u);
    EXPECT_EQ(index_of(table.routes4[4].origin), kFirstTableOrigin + 1);
}

TEST(FewNetworks, are_still_one_origin_of_the_country) {
    OriginTable table = world();
    const Directory known = directory(table);
    const CountryNetworks& korea = known.countries[index_of(*find_country("KP"))];
    EXPECT_EQ(korea.networks4, 4u);
    EXPECT_EQ(korea.origins, 1u);
}

TEST(OpenParts, tell_networks_of_a_small_country_and_origins_of_a_large_one) {
    OriginTable table = world();
    const Directory known = directory(table);
    OpenParts parts(2);
    const OpenParts::Ids ids = parts.adopt(known);
    parts.add(1, ids[index_of(known.networks[2].id)], 3);
    parts.add(1, ids[index_of(known.networks[2].id)], 1);
    parts.add(1, ids[kFirstTableOrigin + 1], 7);
    const auto told = parts.close_tick();
    EXPECT_TRUE(told[0].empty());
    ASSERT_EQ(told[1].size(), 2u);
    EXPECT_EQ(part_name(told[1][0].id), "AS3320");
    EXPECT_EQ(told[1][0].flows, 7);
    EXPECT_EQ(part_name(told[1][1].id), "175.45.178.0/24");
    EXPECT_EQ(told[1][1].flows, 4);
    EXPECT_TRUE(parts.close_tick()[1].empty());
}

TEST(OpenParts, a_network_is_the_same_in_the_next_table) {
    OriginTable table = world();
    const Directory known = directory(table);
    OpenParts parts(1);
    const OpenParts::Ids before = parts.adopt(known);
    const OpenParts::Ids after = parts.adopt(known);
    EXPECT_EQ(before, after);
}

TEST(OpenParts, what_the_table_no_longer_has_or_tells_is_known_as_such) {
    const CountryId kp = *find_country("KP"), de = *find_country("DE");
    OriginTable table = world();
    OpenParts parts(1);
    parts.adopt(directory(table));
    const PartId fourth{131279, true, *parse_prefix("175.45.179.0/24")};
    EXPECT_TRUE(parts.has(kp, fourth));
    EXPECT_FALSE(parts.has(kp, {.asn = 131279}));  // its networks are told instead
    EXPECT_TRUE(parts.has(de, {.asn = 3320}));
    EXPECT_FALSE(parts.has(de, {.asn = 3321}));

    OriginTable next = world();
    next.routes4.erase(next.routes4.begin() + 3);
    parts.adopt(directory(next));
    EXPECT_FALSE(parts.has(kp, fourth));
    EXPECT_TRUE(parts.has(kp, {131279, true, *parse_prefix("175.45.176.0/24")}));
}

}  // namespace
}  // namespace lull
