// Sums over snapshots of what workers tell, and how evenly packets spread.
#include "control/worker_facts.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

WorkerDelta worker_of(uint32_t group, uint64_t packets) {
    WorkerDelta delta;
    delta.group = group;
    delta.received_packets = packets;
    return delta;
}

TEST(WorkerFacts, counts_add_up_and_gauges_are_the_newest) {
    WorkerView view;
    WorkerDelta delta = worker_of(0, 300);
    delta.core = 4;
    delta.busy_ratio = 0.5;
    delta.bursts = {1, 0, 0, 0, 0, 3};
    delta.queues = {{0, 2, 200}, {1, 2, 100}};
    add_worker(view, delta);
    EXPECT_DOUBLE_EQ(view.full_burst_ratio, 0.75);
    delta.busy_ratio = 0.25;
    delta.bursts = {4, 0, 0, 0, 0, 0};
    add_worker(view, delta);
    EXPECT_EQ(view.received_packets, 600u);
    EXPECT_DOUBLE_EQ(view.busy_ratio, 0.25);
    EXPECT_DOUBLE_EQ(view.full_burst_ratio, 0);
    EXPECT_EQ(view.bursts, (BurstCounts{5, 0, 0, 0, 0, 3}));
    ASSERT_EQ(view.queues.size(), 2u);
    EXPECT_EQ(view.queues[1].port, 1u);
    EXPECT_EQ(view.queues[1].queue, 2u);
    EXPECT_EQ(view.queues[1].received_packets, 200u);
    add_worker(view, worker_of(0, 0));  // one that did not flip in time tells of no queue
    EXPECT_EQ(view.queues[1].received_packets, 200u);
}

TEST(WorkerFacts, skew_is_the_busiest_over_the_mean_of_the_group) {
    const std::vector<WorkerDelta> workers{worker_of(0, 9000), worker_of(0, 3000),
                                           worker_of(1, 500'000)};
    EXPECT_DOUBLE_EQ(worker_skew(workers, 0).value(), 1.5);
    EXPECT_FALSE(worker_skew(workers, 1));  // one worker has no peer
    EXPECT_FALSE(worker_skew(std::vector{worker_of(0, 9), worker_of(0, 3)}, 0));
}

TEST(WorkerFacts, the_longest_silence_is_that_of_the_worker_that_moved_longest_ago) {
    std::vector<WorkerDelta> workers{worker_of(0, 1), worker_of(0, 1)};
    workers[0].last_heartbeat_s = 1000;
    workers[1].last_heartbeat_s = 993.5;
    EXPECT_DOUBLE_EQ(longest_silence_s(workers, 1000.5), 7);
    EXPECT_DOUBLE_EQ(longest_silence_s({}, 1000.5), 0);
}

}  // namespace
}  // namespace lull
