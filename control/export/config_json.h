// The configuration in use as the API shows it: the keys of lull.yaml, defaults filled in, secrets
// redacted.
#pragma once

#include <nlohmann/json.hpp>

#include "control/config/config.h"

namespace lull {

nlohmann::json config_json(const Config& config);

}  // namespace lull
