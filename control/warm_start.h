// `lull run --learn-from`, learn_from in lull.yaml: a monitor that has learned nothing yet learns
// from what Prometheus remembers of an earlier one, before its first tick.
#pragma once

#include <cstdint>
#include <string>

#include "control/http/client.h"
#include "control/monitor.h"
#include "dataplane/error.h"

namespace lull {

struct WarmStart {
    ClientOptions server{.peer = ClientOptions::Peer::kPrometheus, .url = ""};  // no url: none
    std::string instance;  // as its label `instance` says; empty: the only one there is
    double span_s = 28 * 86'400.0;
};

/// As a configuration has it.
WarmStart warm_start_of(const LearnFromSection& section);

/// Up to `now_ns`, in steps of five minutes. What is open at the end of the history stays open. A
/// history does not tell port groups apart: where there are several, what it says of countries'
/// days and of the last weeks is learned, and levels begin anew. An error (no Prometheus, no lull
/// in it) leaves the monitor as it was.
Result<void> warm_start(Monitor& monitor, const WarmStart& options, int64_t now_ns);

}  // namespace lull
