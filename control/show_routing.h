// What `lull show country` says of routing, out of the API's document.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lull {

/// Up to three lines, "" where no witness was ever there: "routing: 4 networks of 1 origin, behind
/// one provider: AS4837 China Unicom (100 % of its addresses; all would be lost with it)".
std::string routing_text(const nlohmann::json& routing);

}  // namespace lull
