// What inspection has found, as JSON and metrics.
#pragma once

#include <nlohmann/json.hpp>

#include "control/view.h"

namespace lull {

/// {"time", "on", "signatures", "looks", "labels": [{"label", "class", "reference", "listed",
/// "flows", "packets", "bytes", "last"}]}; most packets first.
nlohmann::json signatures_json(const View& view);
/// {"time", "on", "sites": [{"site", "country", "note", "listed", "state", "flows",
/// "answered_flows", "asked_flows", "told_flows", "bytes", "last_answered", "last_asked",
/// "expected_flows_per_second", "provable_seconds"}]}; silent ones first, then by flows.
nlohmann::json sites_json(const View& view);
/// {"sent_bytes": {"<class>": n}, "received_bytes": …} of a country's labelled flows; null where no
/// signatures are in force.
nlohmann::json labelled_json(const View& view, CountryId id);
/// {"<label>": {"packets", "bytes", "flows"}} of those that were seen.
nlohmann::json label_totals_json(const View& view);
/// {"tls": {"<name>": flows}, "http": …, "dns": …}; null where not all names are kept.
nlohmann::json names_json(const View& view);

}  // namespace lull
