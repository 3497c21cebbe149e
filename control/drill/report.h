// What a drill made, as the JSON document of contract.md and as lines for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/drill/generator.h"

namespace lull {

struct DrillReport {
    const Scenario& scenario;
    const GeneratorTotals& totals;
    TransmitTotals frames;  // offered = sent + refused
    uint64_t late = 0;      // of those refused: scheduled, but their time had passed
    double thinning_factor = 1;
    uint64_t seed = 0;
    int64_t from_ns = 0;  // what was played, scenario time
    int64_t until_ns = 0;
};

[[nodiscard]] nlohmann::json to_json(const DrillReport& report);
[[nodiscard]] std::string to_text(const DrillReport& report);

}  // namespace lull
