// What Detector::save() wrote, looked at without a detector: is it one that this lull can go on
// from, and whose. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

struct SavedState {
    double tick_s = 0;
    std::vector<std::string> groups;  // port groups, by name
    std::size_t countries = 0;        // that have a part in it
};

/// Refused: other bytes, a format that is not known, or bytes that end too early.
Result<SavedState> describe_state(std::span<const uint8_t> bytes);

}  // namespace lull
