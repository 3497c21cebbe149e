// A series as the ticks that a detector takes: rows of one bin are one tick; bins in which no
// country has a row are stepped over, which the detector takes as missing time. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "control/facts.h"
#include "control/series.h"

namespace lull {

/// `places`: for each of the series' countries its place in a tick; `size`: places of a tick. A
/// country without a row is missing in that tick. Ticks have one port group. `teaches`: kAll where
/// all ticks of the detector are of this series; kFlows leaves out its sources.
void give_ticks(const Series& series, std::span<const std::size_t> places, std::size_t size,
                Teaches teaches, const std::function<void(const TickFacts&)>& take);

}  // namespace lull
