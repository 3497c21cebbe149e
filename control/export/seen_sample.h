// The day's sample of networks as a JSON document: what `lull table diff --weighted` asks a monitor
// for. Written and read here alone.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "control/seen_networks.h"
#include "control/view.h"
#include "dataplane/error.h"

namespace lull {

/// {"time", "table_sha256", "countries": {"KP": {"flows_per_second", "networks":
/// ["175.45.176.0/24", …]}, …}}: of each country a sample of the /24 and /48 whose flows were
/// answered in the last day, a network as often as it was drawn, and how many answered flows are
/// expected of it. No address, no packet and no volume of a network is in it.
nlohmann::json seen_json(const View& view);

struct HeardSample {
    SeenSample sample;
    std::string table_sha256;  // of the table that gave the networks their countries
};
/// Refuses what is no such document; countries it does not know are passed over, and of a country
/// more networks than a sample has are an error. `where` is named in messages.
Result<HeardSample> parse_seen(const nlohmann::json& document, const std::string& where);

}  // namespace lull
