// What happened to a port's device, as sentences for the log. Pure.
#pragma once

#include <string>
#include <vector>

#include "dataplane/snapshot.h"

namespace lull {

/// A sentence for each kind of event that `delta` bears.
std::vector<std::string> port_news(const std::string& name, const PortDelta& delta);

}  // namespace lull
