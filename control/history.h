// What a Prometheus server remembers of a lull: its own metrics, read back as a series for
// `lull backtest --prometheus` and for a warm start.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "control/http/client.h"
#include "control/series.h"
#include "dataplane/error.h"

namespace lull {

struct HistoryOptions {
    ClientOptions server;
    int64_t from_ns = 0;  // whole seconds since 1970
    int64_t until_ns = 0;
    int64_t step_ns = 300'000'000'000;
    std::string instance;  // as its label `instance` says; empty: the only one there is
};

/// Bins of `step_ns` from `from_ns` on: answered flows decide, sources and bytes go along. A bin is
/// missing where the monitor was scraped less often than usual (a counter's increase over a part of
/// it would look like a fall), was blind, or did not cover the country. Asks in pieces and says how
/// far it is, 0 to 1. Refuses a span without bins or without a lull; a server that is down, slow or
/// answers with an error fails, and then there is no series at all.
Result<Series> read_history(const HistoryOptions& options,
                            const std::function<void(double)>& progress = {});

}  // namespace lull
