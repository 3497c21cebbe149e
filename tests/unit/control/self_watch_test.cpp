// How control itself fares: readiness, the time ticks take, and workers that stand still.
#include "control/self_watch.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

using namespace std::chrono_literals;

View shown(const SelfWatch& watch) {
    View view;
    watch.show(view);
    return view;
}

Snapshot moved_s_ago(double first_s, double second_s) {
    const double now_s = static_cast<double>(Clock::wall_ns()) / 1e9;
    Snapshot snapshot;
    snapshot.workers.resize(2);
    snapshot.workers[0].last_heartbeat_s = now_s - first_s;
    snapshot.workers[1].last_heartbeat_s = now_s - second_s;
    return snapshot;
}

TEST(SelfWatch, lull_is_ready_once_it_has_closed_a_tick) {
    const Clock clock{ClockSection{}};
    SelfWatch watch(clock);
    EXPECT_FALSE(shown(watch).ready);
    EXPECT_EQ(shown(watch).not_ready_reason, "the first tick is not over yet");
    watch.closed_tick(1ms);
    EXPECT_TRUE(shown(watch).ready);
    EXPECT_EQ(shown(watch).not_ready_reason, "");
}

TEST(SelfWatch, without_a_step_of_the_wall_clock_there_is_none_to_follow) {
    const Clock clock{ClockSection{}};
    SelfWatch watch(clock);
    EXPECT_TRUE(watch.look());
    EXPECT_EQ(watch.take_step_s(), 0);
    EXPECT_EQ(shown(watch).clock_steps, 0u);
}

TEST(SelfWatch, the_time_of_ticks_is_counted_in_buckets_that_hold_those_before) {
    const Clock clock{ClockSection{}};
    SelfWatch watch(clock);
    for (const auto took : {500us, 7'000us, 1'000'000us}) {
        watch.closed_tick(took);
    }
    const View view = shown(watch);
    // Up to 1, 2.5, 5, 10, 25, 50, 100 ms, and all.
    EXPECT_EQ(view.tick_duration_buckets, (std::array<uint64_t, 8>{1, 1, 1, 2, 2, 2, 2, 3}));
    EXPECT_DOUBLE_EQ(view.tick_duration_sum_s, 1.0075);
    EXPECT_EQ(view.tick_duration_count, 3u);
}

TEST(SelfWatch, one_worker_that_stands_still_is_enough_to_be_unwell_until_it_moves) {
    const Clock clock{ClockSection{}};
    SelfWatch watch(clock);
    EXPECT_TRUE(watch.look());
    watch.hear(moved_s_ago(0, 60));
    EXPECT_FALSE(watch.look());
    watch.hear(moved_s_ago(0, 1));
    EXPECT_TRUE(watch.look());
    EXPECT_EQ(shown(watch).clock_steps, 0u);
}

TEST(SelfWatch, the_wall_clock_is_what_the_kernel_says_and_nothing_before_it_was_asked) {
    const Clock clock{ClockSection{}};
    SelfWatch watch(clock);
    EXPECT_EQ(shown(watch).clock_synchronised, std::nullopt);
    EXPECT_TRUE(watch.look());
    EXPECT_EQ(shown(watch).clock_synchronised, Clock::wall_synchronised());
}

}  // namespace
}  // namespace lull
