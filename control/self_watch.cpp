#include "control/self_watch.h"

#include <cmath>

#include "control/log.h"
#include "control/worker_facts.h"

namespace lull {
namespace {

constexpr double kStalledWorker_s = 5;  // without a heartbeat: nothing is counted
constexpr double kClockStep_s = 0.5;    // wall against monotonic: a step, not a drift

}  // namespace

void SelfWatch::hear(const Snapshot& snapshot) {
    stalled_s_ = longest_silence_s(snapshot.workers, static_cast<double>(Clock::wall_ns()) / 1e9);
}

bool SelfWatch::look() {
    const double step = clock_.wall_step_s();
    if (std::abs(step - wall_step_s_) > kClockStep_s) {
        clock_steps_ += 1;
        step_s_ += step - wall_step_s_;
        log_warning("the wall clock was stepped by {:.1f} s; ticks run on the monotonic clock{}",
                    step - wall_step_s_,
                    clock_.is_wall() ? ", the next ones at the hour that it shows now" : "");
        wall_step_s_ = step;
    }
    clock_synchronised_ = Clock::wall_synchronised();
    if (stalled_s_ > kStalledWorker_s) {
        log_error("a worker has not moved for {:.0f} s: no word to the watchdog", stalled_s_);
        return false;
    }
    return true;
}

void SelfWatch::closed_tick(std::chrono::duration<double> took) {
    for (std::size_t i = 0; i < kTickDurationBounds.size(); ++i) {
        duration_buckets_[i] += took.count() <= kTickDurationBounds[i] ? 1 : 0;
    }
    duration_buckets_.back() += 1;
    duration_sum_s_ += took.count();
    duration_count_ += 1;
}

void SelfWatch::show(View& view) const {
    view.clock_steps = clock_steps_;
    view.clock_synchronised = clock_synchronised_;
    view.tick_duration_buckets = duration_buckets_;
    view.tick_duration_sum_s = duration_sum_s_;
    view.tick_duration_count = duration_count_;
    view.ready = duration_count_ > 0;
    view.not_ready_reason = view.ready ? "" : "the first tick is not over yet";
}

}  // namespace lull
