// The view as JSON documents: what the API serves and `lull show --json`, `lull replay --json` and
// `lull backtest --json` print. One function a document, so that a field has one name everywhere.
// Times are RFC 3339 UTC; what is not known is null.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "control/country.h"
#include "control/incident.h"
#include "control/view.h"

namespace lull {

/// sent_packets, sent_bytes, received_packets, received_bytes.
nlohmann::json traffic_json(const Traffic& traffic);
/// The fields of contract.md's backtest, and id, last_verified, transitions, countries.
nlohmann::json incident_json(const Incident& incident);
/// Those that were open at `since_ns` or later; all without it. Oldest first.
nlohmann::json incidents_json(const View& view, std::optional<int64_t> since_ns = std::nullopt);
/// {"KP": "normal", …}: countries ever seen.
nlohmann::json states_json(const View& view);
/// Everything about one country; one never seen has its name and state alone.
nlohmann::json country_json(const View& view, CountryId id);
/// {"time", "countries": {"KP": {…}, …}, "unmatched", "private"}.
nlohmann::json countries_json(const View& view);
/// {"time", "origins": [{"asn", "country", …}]}; asn null where none is known.
nlohmann::json origins_json(const View& view);
/// {"id" (null: of calendar.yaml), "group", "country", "from", "until", "note", "by", "when": over
/// | now | to come}; both null for the whole site.
nlohmann::json maintenance_json(const AnnouncedMaintenance& entry, int64_t now_ns);
/// {"time", "maintenance": […]}, by their begin.
nlohmann::json maintenances_json(const View& view);
/// {"site", "ready", "summary", "blind", "ports", "workers", "table", "states", …}.
nlohmann::json status_json(const View& view);

/// One line of text with a newline; bytes that are not UTF-8 are replaced, never thrown over.
std::string dump_json(const nlohmann::json& document);

}  // namespace lull
