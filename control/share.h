// The share of a part in a whole over the last ticks: of as few as make a sample, so that a busy
// port is judged by its last tick alone and a quiet one by its last minutes. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

namespace lull {

class Share {
  public:
    /// Of 1,000 the standard error at a share of 2 % is 0.44 %.
    static constexpr double kEnough = 1000;
    static constexpr double kLeast = 200;  // of fewer nothing is said
    static constexpr double kSpan_s = 600;

    /// What a tick of `seconds` adds; `part` is in `whole`.
    void add(double part, double whole, double seconds) {
        double keep = std::exp(-seconds / kSpan_s);
        if (whole_ * keep + whole > kEnough) {
            keep = std::clamp((kEnough - whole) / whole_, 0.0, keep);
        }
        part_ = part_ * keep + part;
        whole_ = whole_ * keep + whole;
    }
    [[nodiscard]] std::optional<double> value() const {
        return whole_ >= kLeast ? std::optional(part_ / whole_) : std::nullopt;
    }
    [[nodiscard]] bool above(double bound) const { return value().value_or(0) > bound; }

  private:
    double part_ = 0;
    double whole_ = 0;
};

}  // namespace lull
