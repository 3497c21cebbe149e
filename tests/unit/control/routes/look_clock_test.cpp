// Soon after the RIB has changed, seldom while it rests.
#include "control/routes/look_clock.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(LookClock, the_first_look_is_due_at_once) {
    EXPECT_TRUE(LookClock().is_due(0, 1'700'000'000));
}

TEST(LookClock, a_rib_that_rests_is_looked_at_every_ten_seconds) {
    LookClock clock;
    clock.looked(7, 100, 0.3);
    EXPECT_FALSE(clock.is_due(7, 109));
    EXPECT_TRUE(clock.is_due(7, 110));
}

TEST(LookClock, a_change_is_looked_at_but_not_within_three_seconds) {
    LookClock clock;
    clock.looked(7, 100, 0.3);
    EXPECT_FALSE(clock.is_due(8, 102));
    EXPECT_TRUE(clock.is_due(8, 103));
    EXPECT_TRUE(clock.is_due(8, 107)) << "one that comes later, at once";
}

TEST(LookClock, looking_takes_a_fifth_of_the_loop_at_most) {
    LookClock clock;
    clock.looked(7, 100, 1.2);
    EXPECT_FALSE(clock.is_due(8, 104));
    EXPECT_TRUE(clock.is_due(8, 105));
    clock.looked(8, 200, 60);
    EXPECT_FALSE(clock.is_due(9, 209));
    EXPECT_TRUE(clock.is_due(9, 210)) << "but never more seldom than one that rests";
}

TEST(LookClock, in_a_hurry_nothing_is_waited_for) {
    LookClock clock;
    clock.looked(7, 100, 0.3);
    clock.hurry();
    EXPECT_TRUE(clock.is_due(7, 100));
}

}  // namespace
}  // namespace lull
