// The paths by which an operator tells a running lull something.
#pragma once

#include <functional>
#include <vector>

#include "control/http/server.h"
#include "control/operator/desk.h"

namespace lull {

/// What becomes of a request; called on a thread of its own. Nothing: it was not done in time.
using AskOperator = std::function<std::optional<OperatorReply>(OperatorRequest)>;

/// With an empty `ask` (http.enable_lifecycle is off) each answers 403.
std::vector<Route> operator_routes(AskOperator ask);

}  // namespace lull
