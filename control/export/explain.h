// Why a country is judged as it is: a verdict in a sentence, the numbers behind it, what was ruled
// out and what would change it. Wording only; nothing here decides. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "control/export/summary.h"

namespace lull {

/// {"verdict", "signals": [{"signal", "observed", "expected"}], "groups": [{"group", "observed",
/// "expected", "used"}], "tests": [{"test", "score", "threshold", "armed"}], "ruled_out": [{"what",
/// "answer": yes | no | not checkable, "number"}], "would_change", "transitions": [{"time",
/// "state"}]}. Signals and groups are of the last tick that was judged.
nlohmann::json explain_json(const View& view, const CountryRow& row);

}  // namespace lull
