// `lull run`: wires engine, monitor, HTTP and reloads, and runs the control loop until SIGTERM.
#pragma once

#include <string>

#include "dataplane/error.h"

namespace lull {

Result<void> run_daemon(const std::string& config_path);

}  // namespace lull
