#include "control/signals.h"

#include <signal.h>

namespace lull {

namespace {

void on_signal(int number) {
    if (number == SIGHUP) {
        signals().reload.store(true);
    } else {
        signals().stop.store(true);
    }
}

}  // namespace

Signals& signals() {
    static Signals instance;
    return instance;
}

Signals& install_signals() {
    Signals& installed = signals();  // made here, not inside a handler
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGHUP, &action, nullptr);
    signal(SIGPIPE, SIG_IGN);
    return installed;
}

}  // namespace lull
