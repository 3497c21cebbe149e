// The API's words about members, as `lull show` prints them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lull {

/// A table of /api/v1/members.
std::string members_text(const nlohmann::json& document);
/// A line of a country's `members`; "" where they are not told apart.
std::string country_members_text(const nlohmann::json& members);

}  // namespace lull
