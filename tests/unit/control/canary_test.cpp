#include "control/canary.h"

#include <gtest/gtest.h>

#include <random>

namespace lull {
namespace {

constexpr int64_t kNs = 1'000'000'000;
constexpr double kTick_s = 10;
constexpr double kThreshold = 20;

/// A country of so many flows a tick, Poisson, whose tests learn.
class Country {
  public:
    explicit Country(double mean) : counts_(mean) {
        reading_.flows.expected = mean;
        reading_.end_ns = int64_t{1'419'163'200} * kNs;
    }

    void tick() {
        reading_.start_ns = reading_.end_ns;
        reading_.end_ns += static_cast<int64_t>(kTick_s) * kNs;
        reading_.seconds = kTick_s;
        reading_.learned_s += kTick_s;
        reading_.events += reading_.flows.expected;
        reading_.flows.observed = static_cast<double>(counts_(random_));
        tests.step(reading_, kThreshold, CountryTests::Down::kNo);
        tests.learn(reading_);
        EXPECT_FALSE(tests.fall());
    }
    void days(double count) {
        for (int i = 0; i < static_cast<int>(count * 8640); ++i) tick();
    }
    /// Ticks with the canary until it has tried once; false if it did not in two hours.
    bool trial(Canary& canary, bool calm = true) {
        for (int i = 0; i < 720; ++i) {
            tick();
            canary.step(tests, calm, reading_, kThreshold, 3, 250);
            if (canary.detection_s() || canary.misses() > 0) return true;
        }
        return false;
    }
    [[nodiscard]] const Reading& reading() const { return reading_; }
    CountryTests tests;

  private:
    Reading reading_;
    std::mt19937_64 random_{7};
    std::poisson_distribution<int> counts_;
};

TEST(Canary, alarms_within_the_bound_that_is_exported_and_the_real_tests_do_not_notice) {
    for (const double mean : {100.0, 5.0, 0.5}) {
        Country country(mean);
        country.days(1);
        ASSERT_TRUE(country.tests.detectable_s()) << mean;
        Canary canary;
        ASSERT_TRUE(country.trial(canary)) << mean;
        ASSERT_TRUE(canary.detection_s()) << mean;
        EXPECT_LE(*canary.detection_s(), 2 * *country.tests.detectable_s()) << mean;
        EXPECT_EQ(canary.misses(), 0u);
        EXPECT_LT(country.tests.evidence(), 1.0 / 3);
    }
}

TEST(Canary, tries_once_an_hour_and_not_while_something_is_suspected) {
    Country country(50);
    country.days(1);
    Canary canary;
    EXPECT_FALSE(country.trial(canary, false));
    ASSERT_TRUE(country.trial(canary));
    EXPECT_GE(*canary.detection_s(), kTick_s);
    const int64_t first_ns = country.reading().end_ns;
    Canary next;
    ASSERT_TRUE(country.trial(next));
    EXPECT_NEAR(static_cast<double>(country.reading().end_ns - first_ns) / 1e9, 3600, 30);
}

TEST(Canary, what_a_gap_cuts_short_counts_for_nothing) {
    Country country(0.5);  // takes minutes
    country.days(1);
    Canary canary;
    for (int i = 0; i < 720; ++i) {
        country.tick();
        canary.step(country.tests, true, country.reading(), kThreshold, 0, 250);
        canary.cut();
    }
    EXPECT_FALSE(canary.detection_s());
    EXPECT_EQ(canary.misses(), 0u);
}

TEST(Canary, that_does_not_alarm_in_time_is_a_miss) {
    Country country(20);
    country.days(1);
    Canary canary;
    ASSERT_TRUE(country.trial(canary));
    // The canary's copy is held against a threshold that it cannot reach in time.
    uint32_t most = 0;
    for (int i = 0; i < 3 * 360; ++i) {
        country.tick();
        canary.step(country.tests, true, country.reading(), 1e9, 3, 250);
        most = std::max(most, canary.misses());
    }
    EXPECT_GE(most, 2u);
    EXPECT_FALSE(canary.detection_s());
}

}  // namespace
}  // namespace lull
