// JSON documents that come over a network, from what may not be lull: every field may be missing or
// of another type, and is then printed as "-".
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lull {

/// null when `object` is none or has no such field. Valid as long as `object`.
const nlohmann::json& field(const nlohmann::json& object, const char* name);

/// For people: text as it is, yes and no, "-" for null.
std::string plain(const nlohmann::json& value);

}  // namespace lull
