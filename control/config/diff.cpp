// See diff.h. Two dumps are compared key by key, so that a new key of the schema is compared from
// its first day; whether it applies live is decided by its section.
#include "control/config/diff.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "control/config/dump.h"

namespace lull {
namespace {

using Leaves = std::map<std::string, nlohmann::json>;

/// What may change under traffic; live_part() follows it. Devices, memory, time and listeners are
/// bound once, at start; `routes` is another process's.
constexpr std::array<std::string_view, 8> kLive{"site",    "detect.", "log.",     "origins.",
                                                "export.", "routes.", "inspect.", "notify."};

/// What `lull routes` binds once, at its start; the rest of its section it reads anew.
constexpr std::array<std::string_view, 5> kBoundByRoutes{"routes.bmp_allow", "routes.bmp_listen",
                                                         "routes.bmp_max_routers", "routes.listen",
                                                         "routes.mrt"};

bool applies_live(const std::string& path) {
    // Queues are part of the workers, and the tick is the daemon's time.
    if (path.starts_with("export.ipfix.") || path == "detect.tick") {
        return false;
    }
    const bool live = std::any_of(kLive.begin(), kLive.end(), [&](std::string_view each) {
        return each.ends_with('.') ? path.starts_with(each) : path == each;
    });
    return live &&
           std::find(kBoundByRoutes.begin(), kBoundByRoutes.end(), path) == kBoundByRoutes.end();
}

void collect(const std::string& path, const nlohmann::json& value, Leaves& leaves) {
    if (!value.is_object()) {
        leaves[path] = value;
        return;
    }
    for (const auto& [name, item] : value.items()) {
        collect(path.empty() ? name : path + "." + name, item, leaves);
    }
}

/// Leaves of the dump; ports by name, with their order as a leaf of its own, because groups and
/// queues follow it.
Leaves leaves_of(nlohmann::json document) {
    nlohmann::json ports = nlohmann::json::array();
    if (document.is_object() && document.contains("ports")) {
        ports = document["ports"];
        document.erase("ports");
    }
    Leaves leaves;
    collect("", document, leaves);
    nlohmann::json order = nlohmann::json::array();
    for (const nlohmann::json& port : ports) {
        const nlohmann::json given = port.is_object() ? port.value("name", nlohmann::json()) : port;
        const std::string name = given.is_string() ? given.get<std::string>() : given.dump();
        leaves["ports[" + name + "]"] = port;
        order.push_back(name);
    }
    leaves["ports"] = order;
    return leaves;
}

}  // namespace

Config live_part(const Config& running, const Config& wanted) {
    Config config = wanted;
    config.dpdk = running.dpdk;
    config.flows = running.flows;
    config.ports = running.ports;
    config.clock = running.clock;
    config.store = running.store;
    config.learn_from = running.learn_from;
    config.http = running.http;
    config.exports.ipfix = running.exports.ipfix;
    config.detect.tick_s = running.detect.tick_s;
    return config;
}

ReloadPlan plan_reload(const Config& running, const Config& wanted) {
    const Leaves before = leaves_of(config_json(running, Secrets::kShow));
    const Leaves after = leaves_of(config_json(wanted, Secrets::kShow));
    Leaves all = before;
    all.insert(after.begin(), after.end());
    ReloadPlan plan;
    for (const auto& [path, ignored] : all) {
        const auto old_value = before.find(path);
        const auto new_value = after.find(path);
        const bool same = old_value != before.end() && new_value != after.end() &&
                          old_value->second == new_value->second;
        (same                 ? plan.unchanged
         : applies_live(path) ? plan.applied
                              : plan.needs_restart)
            .push_back(path);
    }
    return plan;
}

std::vector<ConfigChange> changes_between(const nlohmann::json& running, const Config& file) {
    const Leaves before = leaves_of(running);
    const Leaves after = leaves_of(config_json(file));
    Leaves all = before;
    all.insert(after.begin(), after.end());
    std::vector<ConfigChange> changes;
    for (const auto& [path, ignored] : all) {
        const auto text = [&key = path](const Leaves& leaves) {
            const auto found = leaves.find(key);
            return found == leaves.end() ? std::string() : found->second.dump();
        };
        ConfigChange change{path, text(before), text(after), applies_live(path)};
        if (change.running != change.file) {
            changes.push_back(std::move(change));
        }
    }
    return changes;
}

nlohmann::json reload_json(const ReloadPlan& plan, const std::vector<std::string>& errors) {
    return {{"applied", plan.applied},
            {"needs_restart", plan.needs_restart},
            {"unchanged", plan.unchanged},
            {"errors", errors}};
}

std::string reload_text(const ReloadPlan& plan) {
    std::string text;
    for (const std::string& path : plan.applied) {
        text += fmt::format("reload applies:  {}\n", path);
    }
    for (const std::string& path : plan.needs_restart) {
        text += fmt::format("needs a restart: {}\n", path);
    }
    return text.empty() ? "nothing changes\n" : text;
}

}  // namespace lull
