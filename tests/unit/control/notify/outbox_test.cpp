#include "control/notify/outbox.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr Time kNow = Time{} + std::chrono::hours(1000);

TEST(Outbox, gives_out_in_order_and_keeps_what_is_not_taken) {
    Outbox outbox;
    EXPECT_EQ(outbox.first(), nullptr);
    EXPECT_TRUE(outbox.put("a", "1", kNow));
    EXPECT_TRUE(outbox.put("b", "2", kNow));
    const uint64_t number = outbox.first()->number;
    EXPECT_EQ(outbox.first()->id, "a");
    EXPECT_TRUE(outbox.take(number));
    EXPECT_FALSE(outbox.take(number));
    EXPECT_EQ(outbox.first()->id, "b");
    EXPECT_EQ(outbox.size(), 1U);
}

TEST(Outbox, of_a_full_one_the_oldest_goes) {
    Outbox outbox;
    for (std::size_t i = 0; i < Outbox::kMost; ++i) {
        EXPECT_TRUE(outbox.put(std::to_string(i), "", kNow));
    }
    const uint64_t under_way = outbox.first()->number;
    EXPECT_FALSE(outbox.put("new", "", kNow));
    EXPECT_EQ(outbox.size(), Outbox::kMost);
    EXPECT_EQ(outbox.first()->id, "1");
    EXPECT_FALSE(outbox.take(under_way));  // it was dropped while it was sent
}

TEST(Outbox, what_is_a_day_old_goes) {
    Outbox outbox;
    outbox.put("old", "", kNow);
    outbox.put("young", "", kNow + std::chrono::hours(1));
    EXPECT_EQ(outbox.expire(kNow + Outbox::kOldest), 0U);
    EXPECT_EQ(outbox.expire(kNow + Outbox::kOldest + milliseconds(1)), 1U);
    EXPECT_EQ(outbox.first()->id, "young");
}

TEST(Outbox, pauses_double_from_a_second_to_five_minutes_less_up_to_half) {
    EXPECT_EQ(pause_after(1, 0), milliseconds(1'000));
    EXPECT_EQ(pause_after(2, 0), milliseconds(2'000));
    EXPECT_EQ(pause_after(5, 0), milliseconds(16'000));
    EXPECT_EQ(pause_after(9, 0), milliseconds(256'000));
    for (const unsigned failures : {10U, 11U, 1000U, 4'000'000'000U}) {
        EXPECT_EQ(pause_after(failures, 0), milliseconds(300'000));
    }
    EXPECT_EQ(pause_after(1, 0.5), milliseconds(750));
    EXPECT_GE(pause_after(1, 0.999), milliseconds(500));
}

TEST(Outbox, a_refusal_that_no_repetition_changes_is_given_up) {
    for (const unsigned status : {200U, 202U, 204U}) {
        EXPECT_EQ(delivery_of(status), Delivery::kDone) << status;
    }
    for (const unsigned status : {0U, 408U, 429U, 500U, 503U}) {
        EXPECT_EQ(delivery_of(status), Delivery::kAgain) << status;
    }
    for (const unsigned status : {301U, 400U, 401U, 404U, 410U}) {
        EXPECT_EQ(delivery_of(status), Delivery::kGiveUp) << status;
    }
}

}  // namespace
}  // namespace lull
