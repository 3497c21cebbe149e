// What `lull replay --json` prints: exact totals of captures and the incidents found in them, in
// the shape of contract.md.
#pragma once

#include <nlohmann/json.hpp>

#include "control/view.h"

namespace lull {

/// `view` is the last one of a replay: its origins are all of them, its active_sources are those
/// of the whole capture. packets = ip_packets + the sum of rejected.
nlohmann::json replay_report(const View& view);

}  // namespace lull
