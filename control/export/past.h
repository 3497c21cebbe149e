// What was known of a country at a time that has passed, from its decision record, in the words of
// explain.h. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "control/decision.h"
#include "control/incident.h"

namespace lull {

/// {"country", "name", "time": that was asked for, "recorded", "state", "state_since", "ratio", …,
/// "explain": as explain_json without groups and transitions, "incidents": of it, open then}.
/// Without a decision "recorded" is null, and "why" says so. `incidents`: any.
nlohmann::json past_json(CountryId id, int64_t asked_ns, const std::optional<Decision>& decision,
                         const std::vector<Incident>& incidents);

}  // namespace lull
