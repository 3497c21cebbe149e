// How much each country talks, hour by hour.
#include "control/drill/world.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/time_text.h"
#include "tests/support/drill_world.h"

namespace lull {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;

int64_t noon_ns() {
    return parse_time_ns("2014-12-21T12:00:00Z").value();
}

TEST(World, no_country_falls_below_its_floor_at_any_hour) {
    const TrafficPlan plan{.flows_per_second = 1, .floor_flows_per_second = 0.2, .scan_share = 0};
    const World world = World::build(test::small_table(), plan, 3).value();
    for (const char* code : {"KP", "VA", "TV", "US", "MT"}) {
        const CountryId id = find_country(code).value();
        for (int hour = 0; hour < 24; ++hour) {
            ASSERT_GE(world.rate_per_s(id, noon_ns() + hour * kHour), 0.2 * 0.999)
                << code << " at hour " << hour;
        }
    }
}

TEST(World, a_countrys_day_follows_its_own_clock) {
    const TrafficPlan plan{.flows_per_second = 100, .floor_flows_per_second = 0};
    const World world = World::build(test::small_table(), plan, 3).value();
    for (const char* code : {"KP", "US", "DE", "BR"}) {
        const CountryId id = find_country(code).value();
        double least = 1e9;
        double most = 0;
        double sum = 0;
        int quietest_utc = 0;
        for (int half = 0; half < 48; ++half) {
            const double rate = world.rate_per_s(id, noon_ns() + half * kHour / 2);
            sum += rate / 48;
            most = std::max(most, rate);
            if (rate < least) {
                least = rate;
                quietest_utc = half;
            }
        }
        EXPECT_NEAR(sum, world.mean_rate_per_s(id), 0.01 * sum) << code;
        EXPECT_GT(most / least, 1.5) << code;
        EXPECT_LT(most / least, 4) << code;
        const int64_t at_s = noon_ns() / kSecond + quietest_utc * 1800;
        const double local = static_cast<double>((at_s + utc_offset_s(id, at_s)) % 86'400) / 3600;
        EXPECT_GE(local, 2.5) << code;
        EXPECT_LE(local, 7.5) << code;
    }
}

}  // namespace
}  // namespace lull
