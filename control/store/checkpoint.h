// What the detector knew and how it was set, every few hours and whenever its settings change:
// where a replay of recorded ticks can begin. One without what it knew changes a replay's settings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/detect.h"

namespace lull {

/// All that a detector is made of beside its state.
struct DetectorContext {
    DetectorSettings settings;
    std::vector<std::string> groups;  // port groups, in the order of a tick's
    std::vector<uint32_t> networks;   // by CountryId
    /// What a new table has made of expectations since the checkpoint before, by CountryId; empty:
    /// nothing.
    std::vector<double> moved;
};

/// {"tick_seconds","false_alarms_per_year","home","watch","ignore","groups","networks": {"KP": 4},
/// "moved": {"KP": 0.6}}.
std::string context_text(const DetectorContext& context);
/// nullopt: not such a text. Countries that this lull does not know are left out.
std::optional<DetectorContext> read_context(const std::string& text);

struct Checkpoint {
    int64_t tick_end_ns = 0;  // scenario time
    uint64_t last_incident = 0;
    DetectorContext context;     // in use from this tick on
    std::vector<uint8_t> state;  // Detector::save() at its end; empty: not kept
};

}  // namespace lull
