// `lull backtest`: reads a history from files or from a Prometheus, runs the detector over it,
// prints what it would have said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/http/client.h"
#include "dataplane/error.h"

namespace lull {

/// What to ask a Prometheus for; no url: nothing.
struct BacktestHistory {
    ClientOptions server{.peer = ClientOptions::Peer::kPrometheus, .url = ""};
    std::string from;  // RFC 3339, or seconds since 1970
    std::string to;
    std::string step = "5m";
    std::string instance;
};

struct BacktestOptions {
    std::vector<std::string> paths;
    std::string pack;  // instead of a series: an incident as `lull incident pack` wrote it
    BacktestHistory history;
    std::vector<double> budgets;       // false alarms a year over all series; none: 12
    std::optional<std::string> split;  // RFC 3339, or seconds since 1970
    enum class Format : uint8_t { kText, kJson };
    Format format = Format::kText;
};

/// Prints the report to stdout.
Result<void> backtest_command(const BacktestOptions& options);

}  // namespace lull
