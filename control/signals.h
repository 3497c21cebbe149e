// What a signal asks for, as flags that loops read: a handler may do no more.
#pragma once

#include <atomic>

namespace lull {

struct Signals {
    std::atomic<bool> stop{false};    // SIGTERM, SIGINT
    std::atomic<bool> reload{false};  // SIGHUP; whoever reads it clears it
};

/// The process's one instance.
Signals& signals();
/// From now on SIGTERM and SIGINT set stop, SIGHUP sets reload, SIGPIPE is ignored.
Signals& install_signals();

}  // namespace lull
