// What a reload would do: which keys take effect at once, and which wait for a restart.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "control/config/config.h"

namespace lull {

/// Paths of keys, sorted. A port is one entry, "ports[tap0-a]".
struct ReloadPlan {
    std::vector<std::string> applied;
    std::vector<std::string> needs_restart;
    std::vector<std::string> unchanged;
};

ReloadPlan plan_reload(const Config& running, const Config& wanted);
/// What runs after that reload: what only a restart can change is as it was, so that the effective
/// configuration never claims what is not true.
Config live_part(const Config& running, const Config& wanted);

/// A key that runs with another value than a file has.
struct ConfigChange {
    std::string key;
    std::string running, file;  // as JSON, secrets hidden; "": not there
    bool applies_live = false;  // by a reload; otherwise it waits for a restart
};
/// `running`: what /api/v1/config says. A password is not compared: neither side shows it.
std::vector<ConfigChange> changes_between(const nlohmann::json& running, const Config& file);

/// The contract's {applied, needs_restart, unchanged, errors}.
nlohmann::json reload_json(const ReloadPlan& plan, const std::vector<std::string>& errors = {});
/// The same for people, one line a change.
std::string reload_text(const ReloadPlan& plan);

}  // namespace lull
