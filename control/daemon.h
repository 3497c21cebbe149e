// `lull run`: wires engine, monitor, HTTP and reloads, and runs the control loop until SIGTERM.
#pragma once

#include <string>

#include "control/warm_start.h"
#include "dataplane/error.h"

namespace lull {

/// `warm`: learns from it if the store gives nothing back.
Result<void> run_daemon(const std::string& config_path, const WarmStart& warm = {});

}  // namespace lull
