// `lull show signatures` and `lull show sites` as text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lull {

std::string signatures_text(const nlohmann::json& document);
std::string sites_text(const nlohmann::json& document);

}  // namespace lull
