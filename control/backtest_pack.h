// `lull backtest --pack`: a packed incident, shown and replayed.
#pragma once

#include <string>

#include "control/backtest_command.h"
#include "dataplane/error.h"

namespace lull {

/// Prints the report to stdout. A verdict that differs is no error: it is what was asked for.
/// Refused after what can be looked at is printed: a pack without the ticks before its incident.
Result<void> backtest_pack(const std::string& path, const BacktestOptions& options);

}  // namespace lull
