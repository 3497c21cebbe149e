// The queue between a worker and whoever exports, with a third who looks at it meanwhile.
#include "dataplane/flow_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace lull {
namespace {

TEST(RecordQueue, room_and_what_waits_are_its_records) {
    RecordQueue queue({.queue_records = 63});
    EXPECT_EQ(queue.waiting(), 0u);
    EXPECT_EQ(queue.room(), 63u);
    for (int i = 0; i < 70; ++i) {
        queue.offer(FlowRecord{}, 0);
    }
    EXPECT_EQ(queue.waiting(), 63u);
    EXPECT_EQ(queue.room(), 0u);
    std::array<FlowRecord, 64> taken;
    EXPECT_EQ(queue.take(taken), 63u);
    EXPECT_EQ(queue.waiting(), 0u);
}

TEST(RecordQueue, a_third_who_looks_never_sees_more_than_there_is) {
    RecordQueue queue({.queue_records = 63});
    std::atomic<int> left{200'000};
    std::thread both_ends([&] {
        std::array<FlowRecord, 1> taken;
        for (; left > 0; --left) {
            queue.offer(FlowRecord{}, 0);
            queue.take(taken);
        }
    });
    std::size_t most = 0;
    while (left > 0) {
        most = std::max(most, queue.waiting());
    }
    both_ends.join();
    EXPECT_LE(most, 1u);
}

}  // namespace
}  // namespace lull
