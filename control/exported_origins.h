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
    /// `bytes` of each origin in the last day, in the places of Aggregate::origins(), which never
    /// change. `most`: of the largest.
    void choose(std::span<const uint64_t> bytes, std::size_t most, int64_t now_ns);
    [[nodiscard]] std::vector<OriginTotals> of(std::span<const OriginTotals> origins,
                                               std::span<const CountryView> countries) const;

  private:
    std::unordered_map<uint32_t, int64_t> chosen_;  // place -> since when
    int64_t chosen_at_ns_ = 0;
};

}  // namespace lull
