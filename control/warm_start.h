// `lull run --learn-from`, learn_from in lull.yaml: a monitor that has learned nothing yet learns
// from what Prometheus remembers of an earlier one, before its first tick.
#pragma once

#include <cstdint>
#include <string>

#include "control/clock.h"
#include "control/http/client.h"
#include "control/monitor.h"
#include "dataplane/error.h"

namespace lull {

struct WarmStart {
    ClientOptions server{.peer = ClientOptions::Peer::kPrometheus, .url = ""};  // no url: none
    std::string instance;  // as its label `instance` says; empty: the only one there is
    double span_s = 28 * 86'400.0;
};

/// Has `monitor` learn up to now from what `wanted` (the command line's) names, else the
/// configuration, else from nothing. What is open at the end of the history stays open. A history
/// does not tell port groups apart: where there are several, what it says of countries' days and of
/// the last weeks is learned, and levels begin anew. A Prometheus that is down, or holds no lull,
/// keeps no monitor from starting: the log says why nothing was learned, and the monitor is as it
/// was.
void learn_from_history(Monitor& monitor, const WarmStart& wanted, const Config& config,
                        const Clock& clock);

}  // namespace lull
