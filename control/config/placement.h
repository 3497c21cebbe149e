// Whether ports and their workers stand where they should: on one NUMA node, and with as many
// queues as cores. Asked by `lull check` and at every start.
#pragma once

#include <vector>

#include "control/config/check.h"

namespace lull {

/// Warnings for cores on another node than the port's device and where software must spread a port
/// over its cores; a note where workers sleep.
std::vector<Finding> placement_findings(const Config& config, const Machine& machine);

}  // namespace lull
