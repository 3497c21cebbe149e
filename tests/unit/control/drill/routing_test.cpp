// The routing part of a drill, read back as any MRT file is.
#include "control/drill/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "control/drill/in_process_routes.h"
#include "control/origins/build.h"
#include "control/routes/mrt_feed.h"
#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

constexpr const char* kRoutingScenario = R"(
name: routes
from: 2014-12-22T16:00:00Z
until: 2014-12-22T18:00:00Z
upstreams: [{country: KP, asn: 4837}]
events:
  - {kind: outage, at: 2014-12-22T16:15:00Z, for: 30m, target: {country: KP}, ramp: 10m}
)";
constexpr int64_t kMinute = 60'000'000'000;

OriginTable table_of_kp() {
    BuildInput input;
    for (const char* prefix : {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24",
                               "175.45.179.0/24", "2a00:5::/32"}) {
        input.prefixes.push_back(record(prefix, 131279, "KP"));
    }
    input.prefixes.push_back(record("1.0.0.0/16", 4837, "CN"));
    return build_table(std::move(input))->table;
}

TEST(DrillRouting, networks_go_with_the_ramp_and_come_back_at_the_end) {
    const auto scenario = parse_scenario(kRoutingScenario, "routes.yaml");
    ASSERT_TRUE(scenario) << scenario.error().message;
    const TemporaryFolder folder;
    auto routing = DrillRouting::open(folder.path().string(), *scenario, table_of_kp());
    ASSERT_TRUE(routing) << routing.error().message;
    Rib rib;
    MrtFeed feed({folder.path().string()}, rib);
    const auto now_s = static_cast<int64_t>(::time(nullptr)) + 60;
    const auto withdrawn_at = [&](int64_t minute) {
        EXPECT_TRUE((*routing)->advance(scenario->from_ns + minute * kMinute));
        feed.look(now_s);
        std::size_t count = 0;
        for (const Rib::Entry& entry : rib.entries()) {
            count += rib.presence(entry) == Presence::kWithdrawn ? 1 : 0;
        }
        return count;
    };
    EXPECT_EQ(withdrawn_at(10), 0U);
    EXPECT_EQ(rib.prefixes(), 6U);
    EXPECT_EQ((*routing)->files(), 1U);
    const std::size_t half_way = withdrawn_at(20);
    EXPECT_GT(half_way, 0U);
    EXPECT_LT(half_way, 5U);
    EXPECT_EQ(withdrawn_at(30), 5U);
    EXPECT_EQ(withdrawn_at(60), 0U);
    EXPECT_EQ(feed.counts().records_rejected, 0U);
    EXPECT_EQ(rib.prefixes(), 6U);
}

TEST(DrillRouting, in_process_its_files_become_the_witness_of_scenario_time) {
    const auto scenario = parse_scenario(kRoutingScenario, "routes.yaml");
    ASSERT_TRUE(scenario);
    const TemporaryFolder folder;
    auto routes = InProcessRoutes::create(folder.path().string(), *scenario,
                                          std::make_shared<const OriginTable>(table_of_kp()));
    ASSERT_TRUE(routes) << routes.error().message;
    const auto at = [&](int64_t minute) {
        auto witness = (*routes)->advance(scenario->from_ns + minute * kMinute);
        EXPECT_TRUE(witness) << witness.error().message;
        return witness ? *witness : std::nullopt;
    };
    const std::size_t kp = index_of(*find_country("KP"));
    const auto before = at(10);
    ASSERT_TRUE(before);
    EXPECT_TRUE(before->sees());
    EXPECT_EQ(before->at_s, scenario->from_ns / 1'000'000'000 + 600);
    EXPECT_EQ(before->countries[kp].networks4, 4U);
    ASSERT_EQ(before->countries[kp].upstreams, 1U);
    EXPECT_EQ(before->countries[kp].largest.at(0).asn, 4837U);
    EXPECT_FALSE(at(11)) << "nothing has changed";
    const auto dark = at(30);
    ASSERT_TRUE(dark);
    EXPECT_EQ(dark->countries[kp].networks(), 0U);
    EXPECT_EQ(dark->countries[kp].withdrawn, 5U);
    EXPECT_EQ(dark->countries[kp].upstreams, 0U);
    EXPECT_EQ(dark->countries[index_of(*find_country("CN"))].networks4, 1U);
    const auto back = at(60);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->countries[kp].networks(), 5U);
    EXPECT_FALSE(InProcessRoutes::create(folder.path().string(), *scenario,
                                         std::make_shared<const OriginTable>(table_of_kp())))
        << "what this drill did would come before the next one's";
}

TEST(DrillRouting, a_folder_that_is_not_there_is_refused) {
    const auto scenario = parse_scenario(kRoutingScenario, "routes.yaml");
    ASSERT_TRUE(scenario);
    const auto routing = DrillRouting::open("/nonexistent/x", *scenario, table_of_kp());
    ASSERT_FALSE(routing);
    EXPECT_THAT(routing.error().message, ::testing::HasSubstr("/nonexistent/x"));
}

}  // namespace
}  // namespace lull
