#include "dataplane/core_time.h"

#include <algorithm>
#include <utility>

namespace lull {

namespace {

double seconds(const timespec& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

void CoreTime::start(pthread_t thread) {
    started_ = pthread_getcpuclockid(thread, &clock_) == 0;
    told_s_ = away_s();
}

double CoreTime::away_s() const {
    timespec real{}, run{};
    if (!started_ || clock_gettime(CLOCK_MONOTONIC, &real) != 0 ||
        clock_gettime(clock_, &run) != 0) {
        return told_s_;
    }
    return seconds(real) - seconds(run);
}

double CoreTime::taken_s() {
    // The two clocks are not read at once, so the difference may go back by microseconds.
    const double away = std::max(away_s(), told_s_);
    return away - std::exchange(told_s_, away);
}

}  // namespace lull
