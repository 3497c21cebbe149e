// `lull backtest`: reads a history, runs the detector over it, prints what it would have said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

struct BacktestOptions {
    std::vector<std::string> paths;
    std::vector<double> budgets;       // false alarms a year over all series; none: 12
    std::optional<std::string> split;  // RFC 3339, or seconds since 1970
    enum class Format : uint8_t { kText, kJson };
    Format format = Format::kText;
};

/// Prints the report to stdout.
Result<void> backtest_command(const BacktestOptions& options);

}  // namespace lull
