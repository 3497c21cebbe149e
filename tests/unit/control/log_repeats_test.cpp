#include "control/log_repeats.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(LogRepeats, a_line_is_said_once_an_hour_with_how_often_it_came) {
    LogRepeats repeats;
    constexpr int64_t kSecond = 1'000'000'000;
    EXPECT_EQ(repeats.admit("no peer", 0), 0u);
    for (int64_t s = 1; s < 3600; ++s) {
        EXPECT_EQ(repeats.admit("no peer", s * kSecond), std::nullopt);
    }
    EXPECT_EQ(repeats.admit("another", 5 * kSecond), 0u);
    EXPECT_EQ(repeats.admit("no peer", 3600 * kSecond), 3599u);
    EXPECT_EQ(repeats.admit("no peer", 3601 * kSecond), std::nullopt);
    EXPECT_EQ(repeats.admit("no peer", 7200 * kSecond), 1u);
}

TEST(LogRepeats, lines_that_are_all_different_are_all_said_and_hold_little) {
    LogRepeats repeats;
    for (int n = 0; n < 100'000; ++n) {
        EXPECT_EQ(repeats.admit("line " + std::to_string(n), 0), 0u);
    }
    EXPECT_EQ(repeats.admit("line 0", 1), std::nullopt);
}

}  // namespace
}  // namespace lull
