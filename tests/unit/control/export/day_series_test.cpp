#include "control/export/day_series.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lull {
namespace {

constexpr int64_t kStart_s = 1'419'264'000;  // 2014-12-22T16:00:00Z
constexpr int64_t kSecond_ns = 1'000'000'000;

class DaySeriesTest : public testing::Test {
  protected:
    /// A tick of ten seconds that ends `after_s` after the start, in which the first country stood
    /// so and no other was ever seen.
    void tick(int64_t after_s, double observed, State state = State::kNormal) {
        View view;
        view.tick_end_ns = (kStart_s + after_s) * kSecond_ns;
        view.verdicts.resize(countries().size());
        CountryVerdict& verdict = view.verdicts.front();
        verdict.seen = true;
        verdict.state = state;
        verdict.observed_life_per_s = observed;
        verdict.expected_life_per_s = 10;
        verdict.dispersion = 100;
        days_.add(view);
    }
    nlohmann::json first() { return days_.of(CountryId{0}); }

    DaySeries days_;
};

TEST_F(DaySeriesTest, a_bin_is_the_mean_of_its_ticks_and_says_what_was_expected) {
    tick(10, 8);
    tick(20, 12);
    tick(60, 13);
    const auto day = first();
    EXPECT_EQ(day["step_seconds"], 60);
    EXPECT_EQ(day["times"], nlohmann::json({kStart_s}));
    EXPECT_DOUBLE_EQ(day["observed"][0], 11);
    EXPECT_DOUBLE_EQ(day["expected"][0], 10);
    // Chance of 600 flows a minute, and a hundredth of the square for the country's own unrest.
    const double band = 2 * std::sqrt(10.0 / 60 + 100.0 / 100);
    EXPECT_NEAR(day["low"][0], 10 - band, 1e-5);
    EXPECT_NEAR(day["high"][0], 10 + band, 1e-5);
    EXPECT_EQ(day["state"], nlohmann::json({"normal"}));
}

TEST_F(DaySeriesTest, a_minute_without_ticks_and_one_that_was_not_seen_are_gaps_and_not_zero) {
    tick(10, 8);
    tick(70, 0, State::kBlind);
    tick(190, 0, State::kOutage);
    const auto day = first();
    EXPECT_EQ(day["times"],
              nlohmann::json({kStart_s, kStart_s + 60, kStart_s + 120, kStart_s + 180}));
    EXPECT_EQ(day["observed"], nlohmann::json({8.0, nullptr, nullptr, 0.0}));
    EXPECT_EQ(day["state"], nlohmann::json({"normal", nullptr, nullptr, "outage"}));
}

TEST_F(DaySeriesTest, the_same_view_again_changes_nothing) {
    tick(10, 8);
    tick(10, 800);
    EXPECT_DOUBLE_EQ(first()["observed"][0], 8);
}

TEST_F(DaySeriesTest, after_a_day_the_oldest_bins_give_way) {
    tick(10, 8);
    tick(86'400 + 60 + 10, 9);
    const auto day = first();
    ASSERT_EQ(day["times"].size(), DaySeries::kBins);
    EXPECT_EQ(day["times"].front(), kStart_s + 120);
    EXPECT_TRUE(day["observed"].front().is_null());
    EXPECT_DOUBLE_EQ(day["observed"].back(), 9);
}

TEST_F(DaySeriesTest, of_a_country_that_was_never_seen_there_is_nothing) {
    tick(10, 8);
    EXPECT_TRUE(days_.of(CountryId{1})["times"].empty());
}

}  // namespace
}  // namespace lull
