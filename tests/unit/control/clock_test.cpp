// Scenario time: anchored, scaled, never going back, and the same in two processes.
#include "control/clock.h"

#include <gtest/gtest.h>
#include <sys/timex.h>

#include <cstdlib>

namespace lull {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

TEST(Clock, unscaled_is_wall_time_at_start_plus_monotonic_since) {
    const int64_t before_ns = Clock::wall_ns();
    const Clock clock{ClockSection{}};
    EXPECT_GE(clock.now_ns(), before_ns);
    const int64_t base_ns = Clock::monotonic_ns();
    EXPECT_EQ(clock.at_monotonic_ns(base_ns + 7 * kSecondNs) - clock.at_monotonic_ns(base_ns),
              7 * kSecondNs);
    EXPECT_EQ(clock.scale(), 1);
}

TEST(Clock, the_wall_clock_is_called_right_only_by_a_kernel_that_answers_so) {
    EXPECT_EQ(Clock::synchronised(TIME_OK, STA_PLL), true);
    EXPECT_EQ(Clock::synchronised(TIME_INS, STA_PLL | STA_INS), true);  // a leap second to come
    EXPECT_EQ(Clock::synchronised(TIME_ERROR, STA_UNSYNC), false);
    EXPECT_EQ(Clock::synchronised(TIME_ERROR, STA_CLOCKERR), false);
    EXPECT_EQ(Clock::synchronised(TIME_OK, STA_UNSYNC), false);
    EXPECT_EQ(Clock::synchronised(-1, 0), std::nullopt);
}

TEST(Clock, a_step_of_the_wall_clock_is_followed_when_told) {
    Clock clock{ClockSection{}};
    ASSERT_TRUE(clock.is_wall());
    const int64_t base_ns = Clock::monotonic_ns();
    const int64_t before_ns = clock.at_monotonic_ns(base_ns);
    clock.follow(8 * 3600);
    EXPECT_EQ(clock.at_monotonic_ns(base_ns) - before_ns, 8 * 3600 * kSecondNs);
    EXPECT_EQ(clock.monotonic_at_ns(clock.at_monotonic_ns(base_ns)), base_ns);
    clock.follow(-9 * 3600);
    EXPECT_EQ(clock.at_monotonic_ns(base_ns) - before_ns, -3600 * kSecondNs);
    ClockSection lab;
    lab.scale = 60;
    EXPECT_FALSE(Clock{lab}.is_wall());
}

TEST(Clock, two_clocks_with_one_anchor_agree) {
    ClockSection section;
    section.scale = 720;
    section.epoch_ns = 1'419'163'200 * kSecondNs;
    section.at_ns = Clock::wall_ns() - 5 * kSecondNs;
    const Clock monitor{section};
    const Clock drill{section};
    const int64_t now_ns = Clock::monotonic_ns();
    // Each anchors to within some microseconds of wall time; a busy machine gets a millisecond.
    EXPECT_NEAR(static_cast<double>(monitor.at_monotonic_ns(now_ns)),
                static_cast<double>(drill.at_monotonic_ns(now_ns)), 720 * 1e6);
    EXPECT_GE(monitor.now_ns(), *section.epoch_ns + 5 * 720 * kSecondNs - 720 * 1'000'000);
}

TEST(Clock, scale_stretches_monotonic_time) {
    ClockSection section;
    section.scale = 60;
    const Clock clock{section};
    const int64_t base_ns = Clock::monotonic_ns();
    EXPECT_EQ(clock.at_monotonic_ns(base_ns + kSecondNs) - clock.at_monotonic_ns(base_ns),
              60 * kSecondNs);
}

TEST(Clock, an_instant_is_reached_at_the_monotonic_time_given_for_it) {
    for (const double scale : {1.0, 1.5, 3.0, 60.0, 720.0, 1000.0}) {
        ClockSection section;
        section.scale = scale;
        const Clock clock{section};
        const int64_t start_ns = clock.at_monotonic_ns(Clock::monotonic_ns());
        for (int64_t ahead_ns = -kSecondNs; ahead_ns < 100'000 * kSecondNs;
             ahead_ns += 7'777 * kSecondNs + 123'457) {
            const int64_t due_ns = clock.monotonic_at_ns(start_ns + ahead_ns);
            EXPECT_GE(clock.at_monotonic_ns(due_ns), start_ns + ahead_ns);
            EXPECT_LT(clock.at_monotonic_ns(due_ns - 1), start_ns + ahead_ns);
        }
    }
}

TEST(Clock, never_goes_back) {
    ClockSection section;
    section.scale = 1000;
    const Clock clock{section};
    int64_t last_ns = clock.now_ns();
    for (int i = 0; i < 10'000; ++i) {
        const int64_t now_ns = clock.now_ns();
        ASSERT_GE(now_ns, last_ns);
        last_ns = now_ns;
    }
}

TEST(Clock, anchors_centuries_away_stay_inside_the_range) {
    ClockSection section;
    section.scale = 1000;
    section.epoch_ns = INT64_MAX;
    section.at_ns = INT64_MIN;
    const Clock far{section};
    EXPECT_GT(far.now_ns(), 0);
    EXPECT_GT(far.monotonic_at_ns(INT64_MAX), far.monotonic_at_ns(0));
    section.epoch_ns = INT64_MIN;
    section.at_ns = INT64_MAX;
    EXPECT_LT(Clock{section}.now_ns(), 0);
}

}  // namespace
}  // namespace lull
