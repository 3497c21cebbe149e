// The detector in a made-up world: nothing happens and nothing is said; North Korea in December
// 2014; faults of the sensor; outages of every size; floods. Everything seeded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <string>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr int64_t kHour = 3600;
constexpr int64_t kNoon = 1419163200;  // 2014-12-21T12:00:00Z
constexpr std::size_t kKorea = 100;

// ---- (1) nothing happens -------------------------------------------------------------------

struct Quiet {
    double tick_s;
    int64_t start_s;
    uint64_t seed;
    double scatter_k;
    double hours;
};

class QuietWorld : public testing::TestWithParam<Quiet> {};

TEST_P(QuietWorld, says_nothing_at_a_budget_of_a_tenth) {
    if (GetParam().hours * 3600 / GetParam().tick_s > kTicksMost) {
        GTEST_SKIP() << "SKIPPED: a world this long runs in the release build";
    }
    WorldConfig config;
    config.seed = GetParam().seed;
    config.tick_s = GetParam().tick_s;
    config.start_s = GetParam().start_s;
    config.scatter_k = GetParam().scatter_k;
    World world(config);
    Detector detector = world.detector(0.1);
    double most = 0;
    // The longest ones whole on demand, else to their half: a day and more with its night.
    const bool half = GetParam().hours * 3600 / GetParam().tick_s > 20000 && !full_length();
    const double hours = half ? GetParam().hours / 2 : GetParam().hours;
    const int64_t until = config.start_s + static_cast<int64_t>(hours * 3600);
    while (world.now_s() < until) {
        detector.step(world.next());
        for (const CountryVerdict& verdict : detector.verdicts()) {
            most = std::max(most, verdict.evidence);
        }
    }
    std::printf("largest S/h %.2f\n", most);
    EXPECT_TRUE(detector.incidents().empty())
        << describe(detector, config.start_s) << "largest S/h " << most;
    const auto normal = std::count_if(
        detector.verdicts().begin(), detector.verdicts().end(),
        [](const CountryVerdict& verdict) { return verdict.state == State::kNormal; });
    EXPECT_GE(normal, 240);
}

INSTANTIATE_TEST_SUITE_P(
    Starts, QuietWorld,
    testing::Values(Quiet{10, kNoon, 1, 0, 60}, Quiet{10, kNoon + 12 * kHour, 2, 5, 60},
                    Quiet{10, kNoon + 6 * kHour, 3, 0, 60}, Quiet{60, kNoon, 4, 0, 60},
                    Quiet{60, kNoon + 12 * kHour, 5, 0, 60},
                    Quiet{60, kNoon + 6 * kHour, 6, 10, 60}, Quiet{60, kNoon, 7, 0, 480},
                    Quiet{300, kNoon + 3 * kHour, 8, 0, 480}));

// ---- (2) North Korea, December 2014 ----------------------------------------------------------

struct Span {
    int64_t from_s;
    int64_t until_s;
    [[nodiscard]] bool holds(int64_t t) const { return t >= from_s && t < until_s; }
};

constexpr Span hours(double from, double until) {
    return {kNoon + static_cast<int64_t>(from * 3600), kNoon + static_cast<int64_t>(until * 3600)};
}

Effect north_korea(std::size_t country, int64_t t) {
    constexpr Span kFlood = hours(1, 5);            // 21 Dec 13:00-17:00
    constexpr Span kFlap = hours(6, 28);            // 18:00 for 22 h
    constexpr Span kDark = hours(28.25, 37.767);    // 22 Dec 16:15 - 23 Dec 01:46
    constexpr Span kFirst = hours(43.833, 44.25);   // 07:50 for 25 min
    constexpr Span kSecond = hours(51.683, 52.35);  // 15:41 for 40 min
    if (country != kKorea) {
        return {};
    }
    Effect effect;
    if (kFlood.holds(t)) {
        effect.demand = 50;
        effect.life = 1.1;
    }
    const bool flapped = kFlap.holds(t) && (t - kFlap.from_s) % 1200 >= 720;
    if (flapped || kDark.holds(t) || kFirst.holds(t) || kSecond.holds(t)) {
        effect.life = 0;
    }
    return effect;
}

constexpr uint64_t kAgain = 12;  // the seed of a second world of ten-second ticks

class NorthKorea : public testing::TestWithParam<std::pair<double, uint64_t>> {};

TEST_P(NorthKorea, goes_unstable_dark_and_back_in_one_incident) {
    if (60 * 3600 / GetParam().first > kTicksMost) {
        GTEST_SKIP() << "SKIPPED: ticks this short run in the release build";
    }
    if (GetParam().second == kAgain && !full_length()) {
        GTEST_SKIP() << "SKIPPED: another world of such ticks is left to LULL_FULL=1";
    }
    WorldConfig config;
    config.tick_s = GetParam().first;
    config.seed = GetParam().second;
    World world(config);
    world.per_tick[kKorea] = 0.4 * config.tick_s;  // about 2.5 in 10 s over the day
    world.script = north_korea;
    Detector detector = world.detector(0.1);
    std::vector<State> states;
    const auto end_s = kNoon + 60 * kHour;
    while (world.now_s() < end_s) {
        detector.step(world.next());
        const State state = detector.verdicts()[kKorea].state;
        if (states.empty() || states.back() != state) {
            states.push_back(state);
        }
    }
    const std::string all = describe(detector, kNoon);
    std::printf("%s", all.c_str());
    std::vector<State> wanted{State::kNormal, State::kUnstable, State::kOutage, State::kProbation};
    auto at = states.begin();
    for (const State state : wanted) {
        at = std::find(at, states.end(), state);
        ASSERT_NE(at, states.end()) << "no " << state_name(state) << " in its turn\n" << all;
    }
    ASSERT_EQ(detector.incidents().size(), 1U) << all;
    const Incident& incident = detector.incidents().front();
    EXPECT_EQ(incident.country, CountryId{kKorea});
    EXPECT_EQ(incident.kind, IncidentKind::kOutage);
    EXPECT_EQ(incident.scope, Scope::kLost);
    EXPECT_GE(incident.start_ns / kNs, kNoon + 6 * kHour);
    EXPECT_LE(incident.detected_ns / kNs, kNoon + 7 * kHour);
    EXPECT_LT(incident.lowest_ratio, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Ticks, NorthKorea,
                         testing::Values(std::pair<double, uint64_t>{10, 11},
                                         std::pair<double, uint64_t>{10, kAgain},
                                         std::pair<double, uint64_t>{30, 13},
                                         std::pair<double, uint64_t>{60, 14},
                                         std::pair<double, uint64_t>{60, 15}));

}  // namespace
}  // namespace lull::test
