#include "control/json_fields.h"

namespace lull {

using nlohmann::json;

const json& field(const json& object, const char* name) {
    static const json kNull;
    if (!object.is_object()) {
        return kNull;
    }
    const auto found = object.find(name);
    return found != object.end() ? *found : kNull;
}

std::string plain(const json& value) {
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_null()) {
        return "-";
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? "yes" : "no";
    }
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace lull
