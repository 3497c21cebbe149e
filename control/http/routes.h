// The paths of lull's HTTP interface, each answered from the last view. Nothing here waits, locks
// or changes the monitor, except the reload and an operator's word, which are injected.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "control/decision.h"
#include "control/export/metrics.h"
#include "control/http/operator_routes.h"
#include "control/http/server.h"
#include "control/table_shift.h"

namespace lull {

/// What a reload came to. `body` is {applied, needs_restart, unchanged, errors}.
struct ReloadReply {
    enum class Outcome : uint8_t { kApplied, kRefused, kBusy };  // 200, 400, 409
    Outcome outcome = Outcome::kApplied;
    nlohmann::json body;
};

struct RouteSources {
    ViewProvider view{};
    std::function<std::string()> metrics{};          // Prometheus text
    std::function<nlohmann::json()> config{};        // secrets redacted
    std::function<ReloadReply(ShiftWord)> reload{};  // empty: http.enable_lifecycle is off
    /// Open incidents and those that ended at or after that time, also such as the view no longer
    /// has; may wait for the disk. Empty: there is none.
    std::function<Result<std::vector<Incident>>(int64_t since_ns)> stored_incidents{};
    /// What was known of a country then; may wait for the disk. Empty: there is none.
    std::function<Result<std::optional<Decision>>(CountryId, int64_t time_ns)> decision_at{};
    /// The last day of a country (day_series.h). Empty: there is none.
    std::function<nlohmann::json(CountryId)> day_of{};
    std::function<nlohmann::json()> server{};  // server_json(); empty: not told
    AskOperator ask_operator{};                // empty: http.enable_lifecycle is off
    std::string external_url{};  // where the page is reached from outside, without a password
    BuildInfo build{};
};

/// What /api/v1/stream tells of a view: `event: tick`, with {"time","published","version"}.
std::string tick_event(const View& view);

/// For Server::start. The sources must stay callable until the server is stopped; `reload` and
/// `ask_operator` are called on a thread of their own, the others on the listeners' threads.
std::vector<Route> make_routes(RouteSources sources);

}  // namespace lull
