// How soon a step outage is proven at ticks of 10 s, from its first instant to the verdict: onsets
// at every phase of a tick, a made-up world around it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr std::size_t kFirst = 100;
constexpr std::size_t kVictims = 40;
constexpr int64_t kApart_s = 600;
constexpr int64_t kLasts_s = 3600;

struct Trial {
    double per_s;      // answered flows a second, about
    double scatter_k;  // 0: Poisson
    double left;       // of the flows
    double p50_s;
    double most_s;
};

class StepOutage : public testing::TestWithParam<Trial> {};

TEST_P(StepOutage, is_proven_in_two_full_ticks_where_there_is_enough_to_miss) {
    const Trial& trial = GetParam();
    if (kTicksMost < 20000) GTEST_SKIP() << "SKIPPED: a world this long runs in the release build";
    const WorldConfig config{.seed = 5, .scatter_k = trial.scatter_k};
    World world(config);
    Detector detector = world.detector(12);
    const int64_t from_s = config.start_s + 86400;
    std::mt19937_64 random(17);
    std::vector<double> alive(kVictims);  // share of the first tick that is before the onset
    for (std::size_t i = 0; i < kVictims; ++i) {
        alive[i] = std::uniform_real_distribution<double>(0, 1)(random);
        world.per_tick[kFirst + i] = 15 * trial.per_s;  // times the rhythm, whose mean is 0.65
    }
    world.script = [&](std::size_t country, int64_t t) -> Effect {
        if (country < kFirst || country >= kFirst + kVictims) return {};
        const std::size_t i = country - kFirst;
        const int64_t since_s = t - from_s - static_cast<int64_t>(i) * kApart_s;
        if (since_s < 0 || since_s >= kLasts_s) return {};
        const double life = since_s == 0 ? alive[i] + (1 - alive[i]) * trial.left : trial.left;
        return {.life = life, .demand = 1};
    };
    while (world.now_s() < from_s + static_cast<int64_t>(kVictims) * kApart_s + kLasts_s) {
        detector.step(world.next());
    }
    std::vector<double> delays_s;
    for (const Incident& incident : detector.incidents()) {
        const std::size_t i = index_of(*incident.country) - kFirst;
        ASSERT_LT(i, kVictims) << describe(detector, config.start_s);
        const auto onset_s = static_cast<double>(from_s + static_cast<int64_t>(i) * kApart_s);
        delays_s.push_back(static_cast<double>(incident.detected_ns / kNs) - onset_s -
                           alive[i] * config.tick_s);
    }
    ASSERT_EQ(delays_s.size(), kVictims) << describe(detector, config.start_s);
    std::sort(delays_s.begin(), delays_s.end());
    const double p50_s = delays_s[kVictims / 2];
    std::printf("%.0f flows/s, scatter k %.0f, left %.2f: p50 %.1f s, p90 %.1f s, most %.1f s\n",
                trial.per_s, trial.scatter_k, trial.left, p50_s, delays_s[kVictims * 9 / 10],
                delays_s.back());
    EXPECT_GT(delays_s.front(), config.tick_s) << "no alarm rests on a single tick";
    EXPECT_LE(p50_s, trial.p50_s);
    EXPECT_LE(delays_s.back(), trial.most_s);
}

INSTANTIATE_TEST_SUITE_P(Sizes, StepOutage,
                         testing::Values(Trial{10, 0, 0, 30, 30}, Trial{10, 5, 0, 30, 40},
                                         Trial{100, 5, 0, 30, 30}, Trial{1000, 20, 0.02, 30, 30},
                                         Trial{3, 0, 0, 35, 50}));

}  // namespace
}  // namespace lull::test
