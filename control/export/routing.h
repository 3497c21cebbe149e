// What the view knows of routing, for metrics and documents: one rule for both of what may be said.
// Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "control/view.h"

namespace lull {

/// nullptr: there is no witness, or it says nothing now.
const CountryRoutes* routes_of(const View& view, CountryId id);
/// nullptr: nothing is known of who stands before its traffic.
const CountryTraffic* traffic_behind_of(const View& view, CountryId id);

/// null where no witness was ever there, else
///
///   {"verdict": stands | gone | not known, "why" (null where known), "gone", "since",
///    "usual_networks", "changes_per_minute", "at", "networks_v4", "networks_v6", "withdrawn",
///    "unknown", "origins", "upstream_count", "upstreams": [{"asn", "name", "networks", "share",
///    "only_share"}], "exposure", "traffic": null | {"bytes", "attributed_share", "upstreams":
///    [{"asn", "name", "share", "only_share"}]}, "moved", "moved_to": null | {"asn", "name",
///    "country", "since"}, "upstream_change": null | {"time", "gone": [AS numbers], "came",
///    "before", "now", "text"}}
///
/// "gone" is null where it is not known; from "networks_v4" on all are absent while the witness is
/// missing. Shares are of the country's announced addresses, those under "traffic" of its bytes in
/// the last day, as this monitor saw them; "traffic" is null while it saw none, and where the
/// witness does not say which origin stands behind which upstream.
nlohmann::json routing_json(const View& view, CountryId id);

/// What a decision record has of it: null where there was no witness then, else "verdict" to
/// "usual_networks" as above, and while it saw "networks", "withdrawn", "unknown",
/// "upstream_count", "largest_upstream" and "moved".
nlohmann::json past_routing_json(const RoutingVerdict& verdict);

}  // namespace lull
