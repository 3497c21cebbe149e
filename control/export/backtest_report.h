// What `lull backtest --json` prints, in the shape of contract.md.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "control/backtest.h"

namespace lull {

/// One budget: {"series","country_years","incidents","states",…}. Several: the two last are in
/// "runs", one entry a budget. `results` is not empty.
nlohmann::json backtest_report(const Series& series, std::optional<int64_t> split_ns,
                               std::span<const BacktestResult> results);

}  // namespace lull
