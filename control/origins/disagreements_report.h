// Where the sources of a table state different countries, for people and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/origins/disagreements.h"

namespace lull {

/// {"sources":[{"stronger","weaker","both":{"addresses_v4","networks_v6"},"differing":{…},
/// "prefixes"}],"countries":[{"stronger","weaker","stronger_says","weaker_says","addresses_v4",
/// "networks_v6","prefixes"}]}; networks of IPv6 are /64s, countries come widest first.
nlohmann::ordered_json disagreements_json(const Disagreements& found);

/// A line a pair of sources, and the widest differences; "" without two sources to compare.
std::string disagreements_text(const Disagreements& found);

}  // namespace lull
