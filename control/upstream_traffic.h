// Which share of a country's traffic of the last day stands behind each upstream: what this monitor
// saw of each origin, times what the routing witness says of that origin's addresses. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/routes/witness.h"
#include "control/view.h"

namespace lull {

/// `bytes` of each of `origins` in the last day, one each. By CountryId; without bytes where
/// nothing was seen, and nothing at all of a country whose origins the witness does not tell.
std::vector<CountryTraffic> traffic_behind(std::span<const OriginTotals> origins,
                                           std::span<const uint64_t> bytes, const Witness& witness);

}  // namespace lull
