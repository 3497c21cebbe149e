// `lull run`: wires engine, monitor, HTTP and reloads, and runs the control loop until SIGTERM.
#pragma once

#include <atomic>
#include <string>

#include "dataplane/error.h"

namespace lull {

/// What signal handlers set; read by loops.
struct Signals {
    std::atomic<bool> stop{false};
    std::atomic<bool> reload{false};
};
/// SIGTERM and SIGINT set stop, SIGHUP sets reload, SIGPIPE is ignored.
Signals& install_signals();

Result<void> run_daemon(const std::string& config_path);

}  // namespace lull
