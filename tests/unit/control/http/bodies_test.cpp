#include "control/http/bodies.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

const Bodies::Limits kLimits{.large_bytes = 10, .held_bytes = 50};

TEST(Bodies, equal_texts_are_one_while_somebody_holds_it) {
    Bodies bodies(kLimits);
    const Bodies::Body first = bodies.hold("a body");
    EXPECT_EQ(bodies.hold("a body"), first);
    EXPECT_NE(bodies.hold("another"), first);
    EXPECT_EQ(*bodies.hold(""), "");
}

TEST(Bodies, large_ones_wait_for_room_and_small_ones_never) {
    Bodies bodies(kLimits);
    Bodies::Body large = bodies.hold(std::string(40, 'a'));
    const Bodies::Body same = bodies.hold(std::string(40, 'a'));
    ASSERT_NE(large, nullptr);
    EXPECT_EQ(same, large);  // counted once
    EXPECT_EQ(bodies.hold(std::string(11, 'b')), nullptr);
    EXPECT_NE(bodies.hold(std::string(10, 'b')), nullptr);
    large.reset();
    EXPECT_EQ(bodies.hold(std::string(11, 'b')), nullptr);  // one still has it
}

TEST(Bodies, room_comes_back_with_the_last_who_lets_go) {
    Bodies bodies(kLimits);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_NE(bodies.hold(std::string(50, static_cast<char>('a' + i % 20))), nullptr) << i;
    }
}

TEST(Bodies, one_that_is_held_outlives_the_books) {
    Bodies::Body left;
    {
        Bodies bodies(kLimits);
        left = bodies.hold(std::string(50, 'x'));
    }
    EXPECT_EQ(left->size(), 50u);
}

}  // namespace
}  // namespace lull
