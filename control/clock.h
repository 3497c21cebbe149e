// Scenario time: what detection, windows and incidents run on. In operation it is wall time taken
// from the monotonic clock; in the lab `clock.scale` makes it run faster, anchored so that
// scenario time `epoch` is wall time `at`, shared by monitor and drill.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "control/config/config.h"

namespace lull {

class Clock {
  public:
    explicit Clock(const ClockSection& section);
    /// Scenario time now, nanoseconds since 1970. Goes back by follow() alone.
    [[nodiscard]] int64_t now_ns() const;
    /// Scenario time at a reading of the monotonic clock (seconds).
    [[nodiscard]] int64_t at_monotonic_ns(int64_t monotonic_ns) const;
    /// The monotonic instant at which scenario time `ns` is reached.
    [[nodiscard]] int64_t monotonic_at_ns(int64_t scenario_ns) const;
    [[nodiscard]] double scale() const { return scale_; }
    /// Wall minus monotonic drift since start, seconds: > 0.5 is a clock step.
    [[nodiscard]] double wall_step_s() const;
    /// Whether scenario time is the wall's; else the lab's own.
    [[nodiscard]] bool is_wall() const { return is_wall_; }
    /// The wall clock was stepped by so much: from now on scenario time is its again. Any thread
    /// may ask for the time meanwhile.
    void follow(double step_s);

    static int64_t monotonic_ns();
    static int64_t wall_ns();
    /// Whether the kernel calls the wall clock right, which it does while somebody (NTP, PTP) keeps
    /// telling it so; nothing where it may not be asked.
    static std::optional<bool> wall_synchronised();
    /// Likewise, of an answer of adjtimex(2): its code, -1 for none, and its status word.
    static std::optional<bool> synchronised(int code, int status);

  private:
    double scale_ = 1;
    bool is_wall_ = true;
    std::atomic<int64_t> scenario_start_ns_ = 0;  // scenario time at monotonic_start_ns_
    int64_t monotonic_start_ns_ = 0;
    int64_t wall_start_ns_ = 0;
};

}  // namespace lull
