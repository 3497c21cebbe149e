// How a country was judged, for a terminal: what the API's `explain` holds.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lull {

/// `document`: of a country; "" where it does not explain.
std::string explain_text(const nlohmann::json& document);

}  // namespace lull
