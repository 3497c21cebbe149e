// See clock.h. One anchor pair is taken at the start; from then on only the monotonic clock moves
// scenario time, so that a step of the wall clock shows as a step and moves no window before it is
// followed.
#include "control/clock.h"

#include <sys/timex.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

namespace lull {
namespace {

constexpr long double kNsPerSecond = 1e9L;
// Half of what 64 bits hold (146 years either way), so that the sum of two readings still fits.
constexpr long double kMaxNs = static_cast<long double>(std::numeric_limits<int64_t>::max() / 2);

/// x86's long double carries 64 bits of mantissa: a century in nanoseconds stays exact.
int64_t clamped_ns(long double ns) {
    return static_cast<int64_t>(std::clamp(ns, -kMaxNs, kMaxNs));
}

struct Anchor {
    int64_t monotonic_ns;
    int64_t wall_ns;
};

/// Reads both clocks as one instant: of a few attempts the one least interrupted.
Anchor read_anchor() {
    constexpr int kAttempts = 5;
    Anchor best{};
    int64_t narrowest_ns = std::numeric_limits<int64_t>::max();
    for (int i = 0; i < kAttempts; ++i) {
        const int64_t before_ns = Clock::monotonic_ns();
        const int64_t wall_ns = Clock::wall_ns();
        const int64_t width_ns = Clock::monotonic_ns() - before_ns;
        if (width_ns < narrowest_ns) {
            narrowest_ns = width_ns;
            best = {before_ns + width_ns / 2, wall_ns};
        }
    }
    return best;
}

}  // namespace

Clock::Clock(const ClockSection& section) : scale_(std::clamp(section.scale, 1.0, 1000.0)) {
    const Anchor anchor = read_anchor();
    monotonic_start_ns_ = anchor.monotonic_ns;
    wall_start_ns_ = anchor.wall_ns;
    scenario_start_ns_ = anchor.wall_ns;
    is_wall_ = scale_ == 1 && !(section.epoch_ns && section.at_ns);
    if (section.epoch_ns && section.at_ns) {
        const long double since_at_ns =
            static_cast<long double>(anchor.wall_ns) - static_cast<long double>(*section.at_ns);
        scenario_start_ns_ = clamped_ns(static_cast<long double>(*section.epoch_ns) +
                                        since_at_ns * static_cast<long double>(scale_));
    }
}

int64_t Clock::at_monotonic_ns(int64_t monotonic_ns) const {
    const long double elapsed_ns =
        static_cast<long double>(monotonic_ns) - static_cast<long double>(monotonic_start_ns_);
    return clamped_ns(static_cast<long double>(scenario_start_ns_.load()) +
                      std::floor(elapsed_ns * static_cast<long double>(scale_)));
}

int64_t Clock::monotonic_at_ns(int64_t scenario_ns) const {
    const long double ahead_ns =
        static_cast<long double>(scenario_ns) - static_cast<long double>(scenario_start_ns_.load());
    // Rounded up: at the returned instant the scenario time is reached, not about to be.
    return clamped_ns(static_cast<long double>(monotonic_start_ns_) +
                      std::ceil(ahead_ns / static_cast<long double>(scale_)));
}

int64_t Clock::now_ns() const {
    return at_monotonic_ns(monotonic_ns());
}

double Clock::wall_step_s() const {
    const Anchor anchor = read_anchor();
    const long double wall_ns =
        static_cast<long double>(anchor.wall_ns) - static_cast<long double>(wall_start_ns_);
    const long double monotonic_ns = static_cast<long double>(anchor.monotonic_ns) -
                                     static_cast<long double>(monotonic_start_ns_);
    return static_cast<double>((wall_ns - monotonic_ns) / kNsPerSecond);
}

void Clock::follow(double step_s) {
    scenario_start_ns_ = clamped_ns(static_cast<long double>(scenario_start_ns_.load()) +
                                    static_cast<long double>(step_s) * kNsPerSecond);
}

int64_t Clock::monotonic_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

int64_t Clock::wall_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::optional<bool> Clock::wall_synchronised() {
    timex answer{};  // modes 0: reads, changes nothing, and needs no privilege
    const int code = adjtimex(&answer);
    return synchronised(code, answer.status);
}

std::optional<bool> Clock::synchronised(int code, int status) {
    if (code < 0) {
        return std::nullopt;
    }
    return code != TIME_ERROR && (status & STA_UNSYNC) == 0;
}

}  // namespace lull
