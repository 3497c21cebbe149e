// Level, profile and noise: what teaches them, and what must not.
#include "control/baseline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "control/dispersion.h"

namespace lull {
namespace {

constexpr double kTick_s = 10;

void teach(Level& level, double rate_per_tick, double hours) {
    for (int i = 0; i < static_cast<int>(hours * 360); ++i) {
        level.learn(rate_per_tick, kTick_s, kTick_s);
    }
}

TEST(GenericDay, has_a_mean_of_one_and_wraps_round) {
    double sum = 0;
    for (int64_t s = 0; s < 86400; s += 60) {
        sum += generic_day_profile(s);
    }
    EXPECT_NEAR(sum / 1440, 1, 1e-3);
    EXPECT_DOUBLE_EQ(generic_day_profile(-3600), generic_day_profile(82800));
    EXPECT_NEAR(generic_day_profile(5 * 3600) / generic_day_profile(21 * 3600), 0.4, 1e-9);
}

TEST(Level, is_the_plain_mean_at_first) {
    Level level;
    EXPECT_EQ(level.expected(kTick_s), 0);
    level.learn(4, kTick_s, kTick_s);
    level.learn(8, kTick_s, kTick_s);
    EXPECT_NEAR(level.expected(kTick_s), 6, 0.01);
    EXPECT_NEAR(level.expected(2 * kTick_s), 12, 0.02);
}

TEST(Level, forgets_half_in_six_hours) {
    Level level;
    teach(level, 10, 200);
    teach(level, 20, 6);
    EXPECT_NEAR(level.expected(kTick_s), 15, 0.05);
}

TEST(Level, is_not_raised_by_a_flood_of_hours) {
    for (const double learned_h : {1.0, 6.0, 48.0}) {
        Level level;
        teach(level, 10, learned_h);
        teach(level, 500, 4);
        EXPECT_LT(level.expected(kTick_s), 11.5) << "after " << learned_h << " h";
    }
}

TEST(Level, follows_a_true_new_level_within_days) {
    Level level;
    teach(level, 10, 48);
    teach(level, 100, 72);
    EXPECT_NEAR(level.expected(kTick_s), 100, 10);
}

TEST(FallLevel, follows_a_fall_within_hours_and_a_rise_to_a_quarter_above_the_usual) {
    FallLevel level;
    const auto hours = [&level](double rate_per_tick, int count) {
        for (int i = 0; i < count * 360; ++i) level.learn(rate_per_tick, kTick_s, kTick_s);
    };
    hours(10, 28 * 24);
    EXPECT_NEAR(level.expected(kTick_s), 10, 0.01);
    hours(20, 2 * 24);
    EXPECT_NEAR(level.expected(kTick_s), 15, 0.5) << "usual: 10 x 2^(-2/7) + 20 x (1 - 2^(-2/7))";
    hours(20, 12 * 24);
    EXPECT_NEAR(level.expected(kTick_s), 20, 0.1);
    hours(6, 24);
    EXPECT_NEAR(level.expected(kTick_s), 7, 0.5);
}

TEST(Dispersion, of_poisson_counts_is_a_low_slow_noise_and_a_high_k) {
    std::mt19937_64 random(1);
    std::poisson_distribution<int> draw(50);
    Dispersion noise;
    const double prior_k = noise.tick_k(kTick_s);
    for (int64_t tick = 0; tick < 7 * 8640; ++tick) {
        noise.add(tick * 10'000'000'000, kTick_s, draw(random), 50);
    }
    EXPECT_LT(noise.slow_sigma(), 0.12);
    EXPECT_GT(noise.tick_k(kTick_s), 20 * prior_k);
    EXPECT_EQ(noise.hours(), 7U * 24 - 1);
}

TEST(Dispersion, of_wandering_hours_is_seen_as_slow_noise) {
    std::mt19937_64 random(2);
    std::normal_distribution<double> wander(0, 0.3);
    Dispersion noise;
    double level = 1;
    for (int64_t tick = 0; tick < 14 * 8640; ++tick) {
        if (tick % 360 == 0) {
            level = std::exp(wander(random) - 0.045);
        }
        noise.add(tick * 10'000'000'000, kTick_s, std::round(50 * level), 50);
    }
    EXPECT_NEAR(noise.slow_sigma(), 0.28, 0.05);
}

TEST(Dispersion, hours_far_above_their_prediction_do_not_teach_that_falls_are_usual) {
    Dispersion noise;
    for (int64_t tick = 0; tick < 14 * 8640; ++tick) {
        const bool burst = tick / 360 % 4 == 0;
        noise.add(tick * 10'000'000'000, kTick_s, burst ? 100 : 45, 50);
    }
    EXPECT_LT(noise.slow_sigma(), 0.16);
}

TEST(Dispersion, of_scattered_ticks_is_their_k) {
    std::mt19937_64 random(3);
    std::gamma_distribution<double> gamma(2, 25);
    Dispersion noise;
    for (int64_t tick = 0; tick < 14 * 8640; ++tick) {
        std::poisson_distribution<int> draw(gamma(random));
        noise.add(tick * 10'000'000'000, kTick_s, draw(random), 50);
    }
    EXPECT_NEAR(noise.tick_k(kTick_s), 2, 0.4);
}

TEST(Dispersion, is_not_taught_by_an_hour_of_which_less_than_half_was_seen) {
    Dispersion noise;
    for (int64_t tick = 0; tick < 24 * 360; ++tick) {
        if (tick % 360 < 170) {
            noise.add(tick * 10'000'000'000, kTick_s, 0, 50);
        }
    }
    EXPECT_EQ(noise.hours(), 0U);
}

}  // namespace
}  // namespace lull
