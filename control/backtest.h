// The detector alone over a history: what each budget of false alarms would have alarmed on. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/detect.h"
#include "control/series.h"

namespace lull {

struct BacktestSettings {
    double false_alarms_per_year = 12;  // over all countries of the series together
    /// Bins that start before it teach only: what was proven in them is not reported.
    std::optional<int64_t> split_ns;
};

struct BacktestResult {
    double false_alarms_per_year = 12;
    double threshold = 0;             // h
    std::vector<Incident> incidents;  // `country` is an index into Series::countries
    std::vector<State> states;        // after the last bin, by the same index
    std::vector<std::optional<double>> detectable_s;  // likewise, as in CountryVerdict
};

BacktestResult run_backtest(const Series& series, const BacktestSettings& settings);

/// What the detector was asked about: present, healthy bins from the split on, in years.
double country_years(const Series& series, std::optional<int64_t> split_ns);

}  // namespace lull
