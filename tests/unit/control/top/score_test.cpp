#include "control/top/score.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace lull {
namespace {

TopRow row_of(const char* state, double observed, double expected) {
    TopRow row;
    row.state = state;
    row.observed_per_s = observed;
    row.expected_per_s = expected;
    row.ratio = observed / expected;
    row.detectable_s = 30;
    row.coverage = 1;
    row.dispersion = 30;
    return row;
}

TopRow down(const char* state, const char* scope) {
    TopRow row = row_of(state, 0, 5);
    row.kind = "outage";
    row.scope = scope;
    return row;
}

TEST(TopScore, a_country_of_one_flow_does_not_go_before_one_that_fell) {
    const double silent_dwarf = loss_score(row_of("normal", 0, 0.02), 10);
    const double half_gone = loss_score(row_of("normal", 10, 20), 10);
    EXPECT_LT(silent_dwarf, 1);
    EXPECT_GT(half_gone, 5);
    TopRow unprovable = row_of("insufficient", 0, 0.3);
    unprovable.detectable_s.reset();
    EXPECT_LT(loss_score(unprovable, 10), 2);
}

TEST(TopScore, what_was_decided_goes_before_a_ticks_evidence) {
    const double scores[] = {
        loss_score(down("outage", "lost"), 10),      loss_score(down("outage", "unproven"), 10),
        loss_score(down("outage", "gone_here"), 10), loss_score(down("unstable", ""), 10),
        loss_score(row_of("suspect", 0, 5), 10),     loss_score(row_of("normal", 0, 5), 10),
        loss_score(row_of("probation", 5, 5), 10),   loss_score(row_of("normal", 5, 5), 10)};
    for (std::size_t i = 1; i < std::size(scores); ++i) {
        EXPECT_LT(scores[i], scores[i - 1]) << i;
    }
    EXPECT_LE(scores[0], 100);
    EXPECT_EQ(scores[7], 0);
}

TEST(TopScore, evidence_is_the_likelihood_ratio_of_the_negative_binomial) {
    // 50 expected, none seen, k 30: (30 / 80)^30 against (30 / 31)^30 for a fall to 0.02.
    const double expected = 30 * std::log(80.0 / 31.0);
    EXPECT_NEAR(fall_evidence(row_of("normal", 0, 5), 10), expected, 1e-9);
    TopRow noisy = row_of("normal", 0, 5);
    noisy.dispersion = 0.5;
    EXPECT_LT(fall_evidence(noisy, 10), 3);
    EXPECT_EQ(fall_evidence(row_of("normal", 6, 5), 10), 0);
}

TEST(TopScore, silence_that_is_not_seen_is_no_evidence) {
    EXPECT_EQ(fall_evidence(row_of("blind", 0, 5), 10), 0);
    EXPECT_EQ(fall_evidence(row_of("learning", 0, 5), 10), 0);
    TopRow row = row_of("normal", 0, 5);
    row.coverage = 0;
    EXPECT_EQ(loss_score(row, 10), 0);
    row.expected_per_s.reset();
    EXPECT_EQ(loss_score(row, 10), 0);
}

TEST(TopScore, absurd_numbers_stay_within_bounds) {
    for (const double absurd : {0.0, 1e-300, 1e308, std::numeric_limits<double>::max()}) {
        TopRow row = row_of("outage", 0, absurd);
        row.scope = "lost";
        row.dispersion = absurd;
        row.coverage = absurd;
        const double score = loss_score(row, 10);
        EXPECT_GE(score, 70);
        EXPECT_LE(score, 100);
    }
}

}  // namespace
}  // namespace lull
