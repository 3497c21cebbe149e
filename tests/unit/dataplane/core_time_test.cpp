#include "dataplane/core_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <latch>
#include <thread>

namespace lull {
namespace {

using std::chrono::steady_clock;

TEST(CoreTime, all_the_time_of_a_thread_that_waits_is_taken_and_told_once) {
    std::latch done(1);
    std::thread waiting([&] { done.wait(); });
    CoreTime core_time;
    core_time.start(waiting.native_handle());
    const auto enough = steady_clock::now() + std::chrono::milliseconds(2);
    auto told_at = steady_clock::now();
    double first = 0;
    while (told_at < enough || first < 1e-3) {  // until it has come to wait
        told_at = steady_clock::now();
        first += core_time.taken_s();
    }
    const double rest = core_time.taken_s();
    const std::chrono::duration<double> since = steady_clock::now() - told_at;
    EXPECT_LE(rest, since.count() + 1e-5);  // two clocks are not read at once
    done.count_down();
    waiting.join();
}

TEST(CoreTime, time_on_the_core_is_not_taken) {
    CoreTime core_time;
    core_time.start(pthread_self());
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    const auto begun = steady_clock::now();
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    } while (after.tv_sec == before.tv_sec && after.tv_nsec - before.tv_nsec < 2'000'000);
    const double taken = core_time.taken_s();
    const std::chrono::duration<double> real = steady_clock::now() - begun;
    EXPECT_GE(taken, 0);
    EXPECT_LE(taken, real.count() - 1.9e-3);
}

TEST(CoreTime, nothing_is_told_of_a_thread_that_was_never_named) {
    EXPECT_EQ(CoreTime().taken_s(), 0);
}

}  // namespace
}  // namespace lull
