// A new origin table in a made-up world: ranges that change hands are no collapse.
#include <gtest/gtest.h>

#include <vector>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr std::size_t kMoved = 60;
constexpr double kLeft = 0.05;

// A table that leaves one country a twentieth of its networks comes after five hours.
Detector with_new_table(double factor) {
    World world({.tick_s = 60});
    Detector detector = world.detector(12);
    world.per_tick[kMoved] = 2000;
    const int64_t swapped_s = world.now_s() + 5 * 3600;
    world.script = [swapped_s](std::size_t country, int64_t t) {
        return country == kMoved && t >= swapped_s ? Effect{.life = kLeft, .demand = kLeft}
                                                   : Effect{};
    };
    while (world.now_s() < swapped_s) {
        detector.step(world.next());
    }
    std::vector<double> factors(detector.verdicts().size(), 1);
    factors[kMoved] = factor;
    detector.move_expectation(factors);
    while (world.now_s() < swapped_s + 2 * 3600) {
        detector.step(world.next());
    }
    return detector;
}

TEST(DetectTable, expectation_that_moves_with_the_ranges_raises_nothing) {
    const Detector detector = with_new_table(kLeft);
    EXPECT_TRUE(detector.incidents().empty()) << describe(detector, 1419163200);
    EXPECT_EQ(detector.verdicts()[kMoved].state, State::kNormal);
    EXPECT_NEAR(*detector.verdicts()[kMoved].ratio, 1, 0.3);
}

TEST(DetectTable, expectation_that_stays_would_be_a_false_alarm) {
    const Detector detector = with_new_table(1);
    ASSERT_EQ(detector.incidents().size(), 1U);
    EXPECT_EQ(detector.incidents()[0].country, CountryId{kMoved});
}

}  // namespace
}  // namespace lull::test
