// The configuration in effect, defaults filled in, as JSON of the shape of lull.yaml: for
// /api/v1/config and `lull show config`. JSON is YAML: what is dumped can be loaded again.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "control/config/config.h"

namespace lull {

/// kHide is for everything that leaves the process: a password in a URL becomes "***".
enum class Secrets : uint8_t { kHide, kShow };
nlohmann::json config_json(const Config& config, Secrets secrets = Secrets::kHide);

}  // namespace lull
