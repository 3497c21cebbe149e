// The tests' arithmetic against exact distributions: likelihood ratios, quantiles, drift.
#include "control/cusum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "control/country_tests.h"

namespace lull {
namespace {

double log_mass(double y, double mean, double k) {
    return std::lgamma(y + k) - std::lgamma(k) - std::lgamma(y + 1) + k * std::log(k / (k + mean)) +
           y * std::log(mean / (k + mean));
}

std::vector<double> masses(double mean, double k) {
    const double sigma = std::sqrt(mean + mean * mean / k);
    const auto most = static_cast<std::size_t>(mean + 60 * sigma + 60);
    std::vector<double> out(most);
    for (std::size_t y = 0; y < most; ++y) {
        out[y] = std::exp(log_mass(static_cast<double>(y), mean, k));
    }
    return out;
}

TEST(Cusum, log_ratio_is_that_of_the_negative_binomial) {
    for (const double k : {0.05, 1.0, 30.0, 900.0}) {
        for (const double mean : {0.2, 3.0, 500.0}) {
            for (const double y : {0.0, 1.0, 7.0, 400.0}) {
                EXPECT_NEAR(nb_log_ratio(y, 0.1 * mean, mean, k),
                            log_mass(y, 0.1 * mean, k) - log_mass(y, mean, k), 1e-6 * (1 + y + k));
            }
        }
    }
}

TEST(Cusum, ceiling_is_about_the_99_9_percent_quantile_and_never_below_three) {
    for (const double k : {0.3, 1.0, 3.3, 20.0, 100.0, 900.0}) {
        for (const double mean : {0.001, 0.05, 0.2, 1.0, 2.5, 10.0, 100.0, 5000.0}) {
            const std::vector<double> mass = masses(mean, k);
            double below = 0;
            double quantile = 0;
            while (below + mass[static_cast<std::size_t>(quantile)] < 0.999) {
                below += mass[static_cast<std::size_t>(quantile)];
                ++quantile;
            }
            const double ceiling = nb_ceiling(mean, k);
            EXPECT_GE(ceiling, 3);
            EXPECT_GE(ceiling + 1, 0.99 * quantile) << "mean " << mean << " k " << k;
            EXPECT_LE(ceiling, std::max(4.0, 2 * quantile + 3)) << "mean " << mean << " k " << k;
        }
    }
}

// Each use: the country stands at its expectation, or at the edge q of its noise, clipped as the
// tests clip; the sum must drift away from alarm.
TEST(Cusum, drift_is_negative_for_every_mean_dispersion_depth_and_edge_in_use) {
    for (const double k : {0.3, 1.0, 3.3, 20.0, 100.0, 900.0}) {
        for (const double mean : {0.001, 0.02, 0.2, 1.0, 2.5, 10.0, 100.0, 2000.0}) {
            for (const auto& [depth, edge] : {std::pair{0.02, 0.2},
                                              {0.02, 0.7},
                                              {0.1, 0.2},
                                              {0.1, 0.45},
                                              {0.1, 0.7},
                                              {0.3, 0.4},
                                              {0.3, 0.7}}) {
                for (const double level : {1.0, edge}) {
                    const std::vector<double> mass = masses(level * mean, k);
                    const double ceiling = nb_ceiling(mean, k);
                    double drift = 0;
                    for (std::size_t y = 0; y < mass.size(); ++y) {
                        const double clipped = std::min(static_cast<double>(y), ceiling);
                        drift += mass[y] * nb_log_ratio(clipped, depth * mean, edge * mean, k);
                    }
                    EXPECT_LT(drift, 0) << "mean " << mean << " k " << k << " r " << depth << " q "
                                        << edge << " level " << level;
                }
            }
        }
    }
}

TEST(Cusum, threshold_follows_the_budget) {
    const double h = alarm_threshold(10, 250, 12);
    EXPECT_NEAR(h, std::log(3155760.0 * 250 * kTestsPerCountry / 12), 1e-9);
    EXPECT_NEAR(alarm_threshold(10, 250, 0.12) - h, std::log(100.0), 1e-9);
    EXPECT_GT(h, alarm_threshold(60, 250, 12));
    EXPECT_GE(alarm_threshold(300, 1, 1e12), 5);
}

TEST(Cusum, run_begins_with_the_first_tick_that_counts_and_forgets_at_zero) {
    lull::Run run;
    run.add(-1, 10, 100, 5, 5);
    EXPECT_EQ(run.score, 0);
    run.add(2, 10, 110, 1, 5);
    run.add(50, 10, 120, 0, 5);
    EXPECT_EQ(run.onset_ns, 110);
    EXPECT_EQ(run.score, 12);
    EXPECT_EQ(run.observed, 1);
    EXPECT_EQ(run.expected, 10);
    run.add(-20, 10, 130, 9, 5);
    EXPECT_EQ(run.score, 0);
    EXPECT_EQ(run.expected, 0);
}

constexpr int64_t kTick_ns = 10'000'000'000;

TEST(Silence, needs_more_than_the_threshold_when_the_rate_is_known_from_few_events) {
    Silence silence;
    int64_t now = 0;
    for (; now < 40 * kTick_ns; now += kTick_ns) {
        silence.add(0, 1, 1000, now, 10, Silence::Learn::kYes);
    }
    EXPECT_NEAR(silence.exposure(), 40, 0.1);
    EXPECT_NEAR(silence.score(1e6), silence.exposure(), 0.01);
    EXPECT_LT(silence.score(5), 12);
    EXPECT_GE(silence.progress(1e6, 20), 1);
    EXPECT_LT(silence.progress(5, 20), 1);
    EXPECT_EQ(silence.onset_ns(), 0);
}

TEST(Silence, usual_gaps_are_learned_and_no_alarm) {
    Silence silence;
    int64_t now = 0;
    const auto quiet = [&](int ticks, Silence::Learn learn) {
        for (int i = 0; i < ticks; ++i, now += kTick_ns) {
            silence.add(0, 1, 1000, now, 10, learn);
        }
    };
    quiet(60, Silence::Learn::kYes);
    silence.add(1, 1, 1000, now, 10, Silence::Learn::kYes);
    EXPECT_EQ(silence.longest_gap_s(), 600);
    EXPECT_EQ(silence.score(1e6), 0);
    quiet(80, Silence::Learn::kYes);
    EXPECT_LT(silence.progress(1e6, 20), 1);
    quiet(11, Silence::Learn::kYes);
    EXPECT_GE(silence.progress(1e6, 20), 1);
}

TEST(Silence, gaps_of_an_outage_are_not_learned) {
    Silence silence;
    silence.add(0, 1, 10, 0, 600, Silence::Learn::kNo);
    silence.add(3, 1, 10, 1, 10, Silence::Learn::kNo);
    EXPECT_EQ(silence.longest_gap_s(), 0);
}

TEST(RatioBounds, hold_the_truth_in_nineteen_of_twenty_and_are_ordered) {
    EXPECT_NEAR(ratio_upper_bound(0, 1), 3.0, 0.1);  // exact: -ln 0.05
    EXPECT_NEAR(ratio_upper_bound(10, 1), 16.96, 0.1);
    EXPECT_NEAR(ratio_lower_bound(10, 1), 5.43, 0.1);
    EXPECT_EQ(ratio_lower_bound(0, 5), 0);
    EXPECT_GT(ratio_upper_bound(3, 0), 1e6);
}

}  // namespace
}  // namespace lull
