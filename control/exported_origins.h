// Which origins are exported by name: the largest by volume of a day, sticky for a day, and all of
// countries with at most ten. Chosen anew every ten minutes, over counters that always run.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "control/view.h"

namespace lull {

class ExportedOrigins {
  public:
    /// `origins` as Aggregate::origins(): their places never change. `most`: of the largest.
    void choose(std::span<const OriginTotals> origins, std::size_t most, int64_t now_ns);
    [[nodiscard]] std::vector<OriginTotals> of(std::span<const OriginTotals> origins,
                                               std::span<const CountryView> countries) const;

  private:
    std::unordered_map<uint32_t, int64_t> chosen_;  // place -> since when
    std::vector<uint64_t> volume_before_;           // bytes at the start of the 24-h span
    int64_t span_start_ns_ = 0;
    int64_t chosen_at_ns_ = 0;
};

}  // namespace lull
