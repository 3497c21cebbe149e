#include "control/store/checkpoint.h"

#include <nlohmann/json.hpp>

namespace lull {
namespace {

using nlohmann::json;

constexpr std::size_t kMostGroups = 1024;
constexpr double kLeastTick_s = 0.001;
constexpr double kMostTick_s = 86'400;
constexpr double kMostMoved = 1e9;

json codes_json(const std::vector<CountryId>& ids) {
    json codes = json::array();
    for (const CountryId id : ids) {
        codes.push_back(country(id).code);
    }
    return codes;
}

std::vector<CountryId> read_codes(const json& context, const char* key) {
    std::vector<CountryId> ids;
    for (const json& code : context.value(key, json::array())) {
        if (const auto id =
                code.is_string() ? find_country(code.get<std::string>()) : std::nullopt) {
            ids.push_back(*id);
        }
    }
    return ids;
}

double number_of(const json& context, const char* key) {
    const json value = context.value(key, json());
    return value.is_number() ? value.get<double>() : 0;
}

std::vector<uint32_t> read_networks(const json& context) {
    std::vector<uint32_t> networks(countries().size());
    const json found = context.value("networks", json::object());
    for (std::size_t i = 0; i < networks.size() && found.is_object(); ++i) {
        const json count = found.value(std::string(countries()[i].code), json());
        networks[i] = count.is_number_unsigned() ? count.get<uint32_t>() : 0;
    }
    return networks;
}

}  // namespace

json moved_json(const std::vector<double>& moved) {
    json factors = json::object();
    for (std::size_t i = 0; i < std::min(moved.size(), countries().size()); ++i) {
        if (moved[i] != 1) {
            factors[std::string(countries()[i].code)] = moved[i];
        }
    }
    return factors;
}

std::vector<double> read_moved(const json& context) {
    const json found = context.value("moved", json::object());
    if (!found.is_object() || found.empty()) {
        return {};
    }
    std::vector<double> moved(countries().size(), 1);
    for (std::size_t i = 0; i < moved.size(); ++i) {
        const json factor = found.value(std::string(countries()[i].code), json());
        const double value = factor.is_number() ? factor.get<double>() : 1;
        moved[i] = value > 0 && value <= kMostMoved ? value : 1;
    }
    return moved;
}

std::string context_text(const DetectorContext& context) {
    json networks = json::object();
    for (std::size_t i = 0; i < std::min(context.networks.size(), countries().size()); ++i) {
        if (context.networks[i] > 0) {
            networks[std::string(countries()[i].code)] = context.networks[i];
        }
    }
    return json{{"tick_seconds", context.settings.tick_s},
                {"false_alarms_per_year", context.settings.false_alarms_per_year},
                {"home", codes_json(context.settings.home)},
                {"watch", codes_json(context.settings.watch)},
                {"ignore", codes_json(context.settings.ignore)},
                {"groups", context.groups},
                {"networks", std::move(networks)},
                {"moved", moved_json(context.moved)}}
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<DetectorContext> read_context(const std::string& text) {
    const json found = json::parse(text, nullptr, false);
    if (!found.is_object()) {
        return std::nullopt;
    }
    DetectorContext context;
    context.settings.tick_s = number_of(found, "tick_seconds");
    context.settings.false_alarms_per_year = number_of(found, "false_alarms_per_year");
    if (!(context.settings.tick_s >= kLeastTick_s && context.settings.tick_s <= kMostTick_s) ||
        !(context.settings.false_alarms_per_year > 0)) {
        return std::nullopt;
    }
    context.settings.home = read_codes(found, "home");
    context.settings.watch = read_codes(found, "watch");
    context.settings.ignore = read_codes(found, "ignore");
    for (const json& group : found.value("groups", json::array())) {
        if (group.is_string() && context.groups.size() < kMostGroups) {
            context.groups.push_back(group.get<std::string>());
        }
    }
    context.networks = read_networks(found);
    context.moved = read_moved(found);
    if (context.groups.empty()) {
        return std::nullopt;
    }
    return context;
}

}  // namespace lull
