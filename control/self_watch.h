// How control itself fares: what it takes to close a tick, whether the wall clock is kept right or
// was stepped under it, and whether every worker still moves. Of control's loop alone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "control/clock.h"
#include "control/view.h"
#include "dataplane/snapshot.h"

namespace lull {

class SelfWatch {
  public:
    /// `clock` must outlive it.
    explicit SelfWatch(const Clock& clock) : clock_(clock) {}

    /// Each snapshot.
    void hear(const Snapshot& snapshot);
    /// Once a second: looks at the wall clock, and tells a step of it. Whether all is well; a
    /// worker that has not moved for seconds counts nothing, and is told.
    [[nodiscard]] bool look();
    void closed_tick(std::chrono::duration<double> took);
    /// By how many seconds the wall clock was stepped since the last call; 0: it was not.
    double take_step_s() { return std::exchange(step_s_, 0); }
    /// All that it knows, and whether lull is ready: once it has closed a tick.
    void show(View& view) const;

  private:
    const Clock& clock_;
    uint64_t clock_steps_ = 0;
    double wall_step_s_ = 0;
    double step_s_ = 0;  // not taken yet
    std::optional<bool> clock_synchronised_;
    double stalled_s_ = 0;  // of the worker that moved longest ago, at the last snapshot
    std::array<uint64_t, kTickDurationBounds.size() + 1> duration_buckets_{};
    double duration_sum_s_ = 0;
    uint64_t duration_count_ = 0;
};

}  // namespace lull
