// Does what an operator asks, on the control thread between two ticks.
#pragma once

#include "control/monitor.h"
#include "control/operator/desk.h"

namespace lull {

/// `now_ns`: scenario time. 200 with the incident as it is then; 404 for one that is not known, 409
/// for one that is over or has all the notes it may have.
OperatorReply act(const OperatorRequest& request, Monitor& monitor, int64_t now_ns);

}  // namespace lull
