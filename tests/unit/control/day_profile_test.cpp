// A country's own day: learned from few days, told apart from workdays to weekends, and not bent by
// floods, gaps or few events.
#include "control/day_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "control/baseline.h"

namespace lull {
namespace {

constexpr int64_t kDay_s = 86400;
constexpr double kTick_s = 300;

/// Busiest at 9 in the morning, when the generic profile is still rising; quietest a twentieth.
double odd_day(int64_t local_s) {
    const double hour = static_cast<double>(local_s % kDay_s) / 3600;
    return 1 + 0.9 * std::cos(2 * std::numbers::pi * (hour - 9) / 24);
}

void teach(DayProfile& profile, double days, const std::function<double(int64_t)>& rate,
           double tick_s = kTick_s, int64_t from_s = 0) {
    for (int64_t at = 0; at < static_cast<int64_t>(days * kDay_s / tick_s); ++at) {
        const int64_t middle_s =
            from_s + static_cast<int64_t>((static_cast<double>(at) + 0.5) * tick_s);
        profile.learn(middle_s, tick_s, tick_s, rate(middle_s) * tick_s, 0);
    }
}

double worst_error(const DayProfile& profile, double tick_s = kTick_s) {
    double mean = 0;
    for (int64_t s = 450; s < kDay_s; s += 900) mean += profile.shape(s, tick_s) / 96;
    double worst = 0;
    for (int64_t s = 450; s < kDay_s; s += 900) {
        worst = std::max(worst, std::abs(profile.shape(s, tick_s) / mean / odd_day(s) - 1));
    }
    return worst;
}

TEST(DayProfile, is_the_generic_one_at_first) {
    const DayProfile profile;
    EXPECT_DOUBLE_EQ(profile.shape(30'000, kTick_s), generic_day_profile(30'000));
    EXPECT_EQ(profile.days(), 0);
}

TEST(DayProfile, half_of_the_correction_is_made_after_three_days) {
    DayProfile profile;
    teach(profile, 3, [](int64_t) { return 1.0; });  // no rhythm at all
    const double night = profile.shape(5 * 3600, kTick_s) / profile.shape(21 * 3600, kTick_s);
    EXPECT_GT(night, 0.55);  // generic: 0.4
    EXPECT_LT(night, 0.8);
}

TEST(DayProfile, comes_near_any_rhythm_in_four_weeks) {
    DayProfile profile;
    const double before = worst_error(profile);
    teach(profile, 28, odd_day);
    EXPECT_GT(before, 3);
    EXPECT_LT(worst_error(profile), 0.6) << "at the trough, a twentieth of the peak";
    EXPECT_NEAR(profile.shape(9 * 3600, kTick_s), 1.9, 0.15);
    EXPECT_GT(profile.days(), 14);
}

TEST(DayProfile, a_first_day_that_is_not_whole_bends_nothing) {
    DayProfile profile;
    teach(profile, 0.25, [](int64_t s) { return 7 * generic_day_profile(s); });
    for (int64_t s = 0; s < kDay_s; s += 3600) {
        EXPECT_NEAR(profile.shape(s, kTick_s) / generic_day_profile(s), 1, 0.01);
    }
}

TEST(DayProfile, ticks_of_two_hours_teach_all_slots_they_span) {
    DayProfile profile;
    teach(profile, 28, odd_day, 7200);
    EXPECT_LT(worst_error(profile, 7200), 1);
    EXPECT_NEAR(profile.shape(9 * 3600, 7200), 1.85, 0.2);
}

TEST(DayProfile, weekends_are_told_apart_after_two_weeks) {
    const auto rate = [](int64_t s) {
        const int64_t day = s / kDay_s % 7;  // 1970-01-01 was a Thursday
        return generic_day_profile(s) * (day == 2 || day == 3 ? 0.5 : 1.0);
    };
    DayProfile profile;
    const int64_t noon = kDay_s / 2;
    teach(profile, 13, rate);
    EXPECT_NEAR(profile.shape(2 * kDay_s + noon, kTick_s) / profile.shape(noon, kTick_s), 1, 1e-9);
    teach(profile, 22, rate, kTick_s, 13 * kDay_s);
    EXPECT_NEAR(profile.shape(2 * kDay_s + noon, kTick_s) / profile.shape(noon, kTick_s), 0.65,
                0.1);
}

TEST(DayProfile, a_flood_counts_as_three_times_the_usual) {
    DayProfile profile;
    for (int64_t at = 0; at < 14 * 288; ++at) {
        const int64_t middle_s = at * 300 + 150;
        const bool flood = at >= 13 * 288 && at < 13 * 288 + 36;
        const double usual = 100 * generic_day_profile(middle_s);
        profile.learn(middle_s, kTick_s, kTick_s, flood ? 50 * usual : usual, usual);
    }
    EXPECT_NEAR(profile.shape(3600, kTick_s) / generic_day_profile(3600), 1.15, 0.1);
}

TEST(DayProfile, few_events_do_not_make_a_ragged_day) {
    std::mt19937_64 random(1);
    DayProfile profile;
    for (int64_t at = 0; at < 28 * 288; ++at) {
        const int64_t middle_s = at * 300 + 150;
        std::poisson_distribution<int> draw(0.2 * generic_day_profile(middle_s));
        profile.learn(middle_s, kTick_s, kTick_s, draw(random), 0.2);
    }
    for (int64_t s = 0; s < kDay_s; s += 900) {
        EXPECT_NEAR(profile.shape(s, kTick_s) / generic_day_profile(s), 1, 0.35) << s;
    }
}

TEST(DayProfile, times_before_1970_have_their_slot_too) {
    DayProfile profile;
    teach(profile, 5, odd_day);
    EXPECT_DOUBLE_EQ(profile.shape(-3600, kTick_s), profile.shape(7 * kDay_s - 3600, kTick_s));
}

}  // namespace
}  // namespace lull
