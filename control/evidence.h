// The sentences that go with a verdict: each has its number, none names a cause.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "control/country_track.h"

namespace lull {

/// Why a fall was proven, and what was ruled out with which number.
std::vector<std::string> fall_evidence(const Fall& fall, const Reading& reading,
                                       const Surroundings& around, const Recent::Sums& minute);
/// A network of a country that is down, and is there.
std::string standing_evidence(const NetworkSilence::Standing& standing);
/// Whether the world went on asking while the country was down.
std::string demand_evidence(const Signal& demand);

}  // namespace lull
