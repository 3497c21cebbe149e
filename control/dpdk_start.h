// Starts DPDK as the configuration wants it, before anything that needs its memory.
#pragma once

#include "control/config/config.h"
#include "control/monitor.h"
#include "dataplane/error.h"

namespace lull {

/// Takes the devices of `layout` and no other. Says in the log what memory it got, and where ports
/// and cores do not stand as they should.
Result<void> start_dpdk(const Config& config, const Layout& layout);

}  // namespace lull
