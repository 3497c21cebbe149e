// How many bytes each origin had in the last day, out of counters that always run: their standing
// every four hours is kept, and what came since the oldest that is within a day is the day's. It
// spans the last 20 to 24 hours, and less after a start. Pure; 48 bytes an origin.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "control/view.h"

namespace lull {

class DayVolumes {
  public:
    /// Once a tick, with `origins` as Aggregate::origins(): their places never change.
    void note(std::span<const OriginTotals> origins, int64_t now_ns);
    /// Sent and received bytes of each origin, by its place.
    [[nodiscard]] std::vector<uint64_t> of(std::span<const OriginTotals> origins) const;

  private:
    struct Standing {
        int64_t at_ns = 0;
        std::vector<uint64_t> bytes;  // by place; those that came later had none
    };
    std::deque<Standing> standings_;  // oldest first
};

}  // namespace lull
