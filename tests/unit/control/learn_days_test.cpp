// What a history can teach where there are several port groups: the day of each country, so that
// expectation follows it from the first hours on.
#include <gtest/gtest.h>

#include <cmath>

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

}  // namespace
}  // namespace lull
