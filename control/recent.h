// The last minute of a country, or its last tick where ticks are longer: what "now" means in a
// ratio, in `lowest_ratio`, and in "back for 60 s".
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "control/country_tests.h"

namespace lull {

class Recent {
  public:
    static constexpr double kWindow_s = 60;
    explicit Recent(double tick_s)
        : ticks_(static_cast<std::size_t>(
              std::clamp(std::floor(kWindow_s / std::max(tick_s, 1.0)), 1.0, kWindow_s))) {}

    struct Sums {
        Signal flows;
        Signal demand;
        void fields(auto& archive) { archive(flows, demand); }
    };
    void add(const Sums& tick) {
        if (ring_.size() < ticks_) {
            ring_.push_back(tick);
        } else {
            ring_[next_] = tick;
        }
        next_ = (next_ + 1) % ticks_;
    }
    /// After a gap in time the old minute is not "now".
    void clear() {
        ring_.clear();
        next_ = 0;
    }
    [[nodiscard]] bool full() const { return ring_.size() == ticks_; }
    [[nodiscard]] Sums sums() const {
        Sums total;
        for (const Sums& tick : ring_) {
            total.flows.observed += tick.flows.observed;
            total.flows.expected += tick.flows.expected;
            total.demand.observed += tick.demand.observed;
            total.demand.expected += tick.demand.expected;
        }
        return total;
    }
    void fields(auto& archive) {
        archive.given(ticks_);
        archive(next_);
        archive.list(ring_, static_cast<std::size_t>(kWindow_s));
        if (ring_.size() > ticks_ || next_ >= ticks_) {
            clear();  // the ticks were shorter ones
        }
    }

  private:
    std::size_t ticks_;
    std::size_t next_ = 0;
    std::vector<Sums> ring_;
};

}  // namespace lull
