// Countries whose flows come all at once, each minute or by chance about once a minute: their
// expectation is what they bring, gaps between bursts are no falls, and an outage is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr std::size_t kBursty = 40;  // countries 1 to kBursty
constexpr int64_t kTick_s = 10;
constexpr double kQuiet_h = 2 * 24;

enum class When : uint8_t { kEachMinute, kByChance };

class BurstWorld {
  public:
    explicit BurstWorld(When when)
        : world({.seed = 11, .tick_s = kTick_s}),
          detector(world.detector(12)),
          from(world.now_s()),
          when_(when),
          held_(kBursty + 1) {
        for (std::size_t country = 1; country <= kBursty; ++country) {
            // From 0.1 a second to 40.
            world.per_tick[country] =
                std::pow(400.0, static_cast<double>(country) / static_cast<double>(kBursty));
        }
        world.sensor = [this](TickFacts& facts, int64_t t) { gather(facts, t); };
    }
    [[nodiscard]] double hours() const { return static_cast<double>(world.now_s() - from) / 3600; }
    void run_until(double until_h) {
        while (hours() < until_h) {
            const TickFacts& facts = world.next();
            detector.step(facts);
            if (hours() > until_h - 24) count(facts);
        }
    }
    /// What was expected of a country in the last day, as a share of what came.
    [[nodiscard]] double expected_share(std::size_t country) const {
        return expected_[country] / seen_[country];
    }

    World world;
    Detector detector;
    int64_t from;

  private:
    void gather(TickFacts& facts, int64_t t) {
        for (std::size_t country = 1; country <= kBursty; ++country) {
            CountryFacts& seen = facts.groups.front().countries[country];
            held_[country] += seen.flows;
            const bool now = when_ == When::kEachMinute
                                 ? (t / kTick_s + static_cast<int64_t>(country)) % 6 == 0
                                 : uniform_(random_) < kTick_s / 60.0;
            const double flows = now ? std::exchange(held_[country], 0) : 0;
            seen.flows = seen.life = flows;
            seen.sources = std::ceil(flows * 0.6);
        }
    }
    void count(const TickFacts& facts) {
        expected_.resize(kBursty + 1);
        seen_.resize(kBursty + 1);
        for (std::size_t country = 1; country <= kBursty; ++country) {
            expected_[country] +=
                detector.verdicts()[country].expected_life_per_s.value_or(0) * kTick_s;
            seen_[country] += facts.groups.front().countries[country].flows;
        }
    }

    When when_;
    std::vector<double> held_;
    std::vector<double> expected_;
    std::vector<double> seen_;
    std::mt19937_64 random_{5};
    std::uniform_real_distribution<double> uniform_{0, 1};
};

class Bursts : public ::testing::TestWithParam<When> {};

TEST_P(Bursts, are_expected_in_full_gaps_are_no_falls_and_an_outage_is_one) {
    BurstWorld bursts(GetParam());
    const auto fall_h = [](std::size_t country) {  // one after another: together is another kind
        return kQuiet_h + 1 + static_cast<double>(country) * 0.1;
    };
    bursts.world.script = [&](std::size_t country, int64_t t) {
        const double hours = static_cast<double>(t - bursts.from) / 3600 - fall_h(country);
        return Effect{.life = country <= kBursty && hours >= 0 && hours < 2 ? 0.0 : 1.0};
    };
    bursts.run_until(kQuiet_h);
    EXPECT_TRUE(bursts.detector.incidents().empty()) << describe(bursts.detector, bursts.from);
    for (std::size_t country = 1; country <= kBursty; ++country) {
        EXPECT_NEAR(bursts.expected_share(country), 1, 0.3) << "country " << country;
    }
    bursts.run_until(fall_h(kBursty) + 2);
    std::vector<double> delays_min;
    for (const Incident& incident : bursts.detector.incidents()) {
        ASSERT_TRUE(incident.country && index_of(*incident.country) <= kBursty)
            << describe(bursts.detector, bursts.from);
        const double fell_min = fall_h(index_of(*incident.country)) * 60;
        const auto at_min = [&](int64_t at_ns) {
            return static_cast<double>(at_ns / kNs - bursts.from) / 60 - fell_min;
        };
        EXPECT_NEAR(at_min(incident.start_ns), 0, 5);
        delays_min.push_back(at_min(incident.detected_ns));
    }
    ASSERT_EQ(delays_min.size(), kBursty);
    std::sort(delays_min.begin(), delays_min.end());
    std::printf("found after %.1f to %.1f min, half of them within %.1f\n", delays_min.front(),
                delays_min.back(), delays_min[kBursty / 2]);
}

INSTANTIATE_TEST_SUITE_P(Habits, Bursts, ::testing::Values(When::kEachMinute, When::kByChance));

}  // namespace
}  // namespace lull::test
