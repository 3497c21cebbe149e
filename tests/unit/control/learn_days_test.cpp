// What a history can teach: flows, and where there are several port groups the day of each country,
// so that expectation follows it from the first hours on.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "control/series_ticks.h"
#include "tests/support/detect_world.h"

namespace lull {
namespace {

constexpr double kTick_s = 300;
constexpr int64_t kDays = 8;
constexpr int64_t kTicksADay = 288;

/// How far expectation stands beside what is seen, over a day after the first hours.
double beside(Detector detector, test::World world) {
    double sum = 0;
    int count = 0;
    for (int64_t tick = 0; tick < kTicksADay; ++tick) {
        detector.step(world.next());
        for (const CountryVerdict& verdict : detector.verdicts()) {
            if (tick > kTicksADay / 4 && verdict.expected_life_per_s.value_or(0) > 1 &&
                verdict.observed_life_per_s > 0) {
                sum +=
                    std::abs(std::log(verdict.observed_life_per_s / *verdict.expected_life_per_s));
                ++count;
            }
        }
    }
    EXPECT_GT(count, kTicksADay);
    return sum / count;
}

TEST(LearnDays, expectation_follows_the_day_from_the_first_hours_on) {
    // Days unlike the common one: seven hours beside it at the most.
    test::WorldConfig config{.tick_s = kTick_s, .phase_h = 7};
    test::World history(config);
    Detector taught = history.detector(12);
    for (int64_t tick = 0; tick < kDays * kTicksADay; ++tick) taught.step(history.next());
    config.start_s = history.now_s();
    config.groups = 2;
    const test::World world(config);
    Detector warm = world.detector(12);
    warm.learn_days(taught);
    EXPECT_FALSE(warm.verdicts()[60].expected_life_per_s);  // levels begin anew
    const double with = beside(std::move(warm), world);
    const double without = beside(world.detector(12), world);
    EXPECT_LT(with, 0.8 * without) << with << " of " << without;
}

TEST(LearnDays, signals_that_a_history_does_not_know_are_learned_of_live_ticks) {
    constexpr std::size_t kCountry = 60;
    test::WorldConfig config{.tick_s = kTick_s, .ipv6_share = 0.3};
    test::World past(config);
    past.per_tick[kCountry] = 6000;
    Series history;
    history.step_ns = static_cast<int64_t>(kTick_s) * test::kNs;
    history.countries.resize(test::kWorldCountries);
    for (int64_t tick = 0; tick < kDays * kTicksADay; ++tick) {
        const TickFacts& facts = past.next();
        for (uint16_t country = 0; country < test::kWorldCountries; ++country) {
            const CountryFacts& seen = facts.groups[0].countries[country];
            history.rows.push_back({.start_ns = facts.start_ns,
                                    .deciding = seen.flows,
                                    .sources = static_cast<float>(seen.sources),
                                    .country = country});
        }
    }
    Detector detector = past.detector(12);
    std::vector<std::size_t> places(test::kWorldCountries);
    std::iota(places.begin(), places.end(), std::size_t{0});
    give_ticks(history, places, places.size(), Teaches::kFlows,
               [&](const TickFacts& facts) { detector.step(facts); });
    config.start_s = past.now_s();
    config.tick_s = 10;
    test::World now(config);
    now.per_tick[kCountry] = 200;
    double observed = 0, expected = 0;
    for (int tick = 0; tick < 360; ++tick) {
        detector.step(now.next());
        const Grounds& grounds = detector.verdicts()[kCountry].grounds;
        for (const Signal& signal : {grounds.life, grounds.sources, grounds.demand}) {
            ASSERT_TRUE(tick == 0 || signal.expected > 0.3 * signal.observed) << tick;
        }
        observed += grounds.flows6.observed;
        expected += grounds.flows6.expected;
    }
    EXPECT_NEAR(expected / observed, 1, 0.2);
    EXPECT_TRUE(detector.incidents().empty()) << test::describe(detector, config.start_s);
}

}  // namespace
}  // namespace lull
