// How long a change must last before it is told, so that flapping is told a few times and not all
// day (the thought of RFC 2439): twice as long after each that was told, half as long again after
// twelve hours.
#pragma once

#include <algorithm>
#include <cmath>

namespace lull {

class HoldDown {
  public:
    static constexpr double kMost_s = 960;

    /// The first change waits for `first_s`.
    explicit HoldDown(double first_s = 0) : first_s_(first_s), hold_s_(first_s) {}
    [[nodiscard]] bool is_over(double lasted_s) const { return lasted_s >= hold_s_; }
    void told() { hold_s_ = std::clamp(2 * hold_s_, kSecond_s, kMost_s); }
    void pass(double seconds) {
        hold_s_ = std::max(first_s_, hold_s_ * std::exp2(-seconds / kHalfLife_s));
    }
    void fields(auto& archive) {
        archive.given(first_s_);
        archive(hold_s_);
    }

  private:
    static constexpr double kSecond_s = 120;  // of the second change, if the first waited for less
    static constexpr double kHalfLife_s = 12 * 3600;

    double first_s_;
    double hold_s_;
};

}  // namespace lull
