#include "control/http/errands.h"

#include <gtest/gtest.h>

#include <future>

namespace lull {
namespace {

TEST(Errands, run_one_after_the_other_in_order_and_those_beyond_the_bound_are_refused) {
    Errands errands(2);
    std::promise<void> begun, may_end, all_done;
    std::string done;
    int asleep = 0;
    const auto sleep = [&] { ++asleep; };
    ASSERT_TRUE(errands.take(sleep, {[&] {
                                         begun.set_value();
                                         may_end.get_future().wait();
                                         done += "a";
                                     },
                                     {}}));
    begun.get_future().wait();
    EXPECT_TRUE(errands.take(sleep, {[&] { done += "b"; }, {}}));
    EXPECT_TRUE(errands.take(sleep, {[&] {
                                         done += "c";
                                         all_done.set_value();
                                     },
                                     {}}));
    EXPECT_FALSE(errands.take(sleep, {[&] { done += "d"; }, {}}));
    EXPECT_EQ(asleep, 3);
    may_end.set_value();
    all_done.get_future().wait();
    EXPECT_EQ(done, "abc");
}

TEST(Errands, at_a_stop_the_one_that_runs_ends_and_the_others_are_dropped) {
    Errands errands(2);
    std::promise<void> begun, may_end;
    std::string done;
    ASSERT_TRUE(errands.take([] {}, {[&] {
                                         begun.set_value();
                                         may_end.get_future().wait();
                                         done += "a";
                                     },
                                     {}}));
    begun.get_future().wait();
    ASSERT_TRUE(errands.take([] {}, {[&] { done += "b"; }, [&] { done += "x"; }}));
    auto stopped = std::async(std::launch::async, [&] { errands.stop(); });
    may_end.set_value();
    stopped.wait();
    EXPECT_TRUE(done == "ax" || done == "ab") << done;  // whichever came first
    EXPECT_FALSE(errands.take([] {}, {[&] { done += "c"; }, {}}));
}

}  // namespace
}  // namespace lull
