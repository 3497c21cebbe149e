#include "control/backtest.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "control/series_ticks.h"

namespace lull {
namespace {

constexpr double kYear_s = 365.25 * 86400;

Detector make_detector(const Series& series, double budget) {
    DetectorSettings settings;
    settings.tick_s = static_cast<double>(series.step_ns) / 1e9;
    settings.false_alarms_per_year = budget;
    std::vector<CountryId> ids;
    for (const SeriesCountry& each : series.countries) {
        ids.push_back(each.id.value_or(kCountryUnknown));
    }
    return Detector(
        settings, std::vector<uint32_t>(ids.size(), 0), 1,
        [ids](CountryId local, int64_t unix_s) {
            return utc_offset_s(ids[index_of(local)], unix_s);
        },
        [&series](CountryId local) -> std::string_view {
            return series.countries[index_of(local)].code;
        });
}

/// Whether something of it was proven after the split: it began then, or fell again.
bool is_after(const Incident& incident, int64_t split_ns) {
    return incident.detected_ns > split_ns ||
           std::any_of(incident.transitions.begin(), incident.transitions.end(),
                       [split_ns](const Transition& each) {
                           return each.time_ns > split_ns &&
                                  (each.state == state_name(State::kOutage) ||
                                   each.state == state_name(State::kPartialOutage) ||
                                   each.state == state_name(State::kUnstable));
                       });
}

}  // namespace

BacktestResult run_backtest(const Series& series, const BacktestSettings& settings) {
    Detector detector = make_detector(series, settings.false_alarms_per_year);
    std::vector<std::size_t> places(series.countries.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    give_ticks(series, places, places.size(), Teaches::kAll,
               [&](const TickFacts& facts) { detector.step(facts); });
    BacktestResult result;
    result.false_alarms_per_year = settings.false_alarms_per_year;
    result.threshold = detector.threshold();
    result.incidents = detector.incidents();
    if (settings.split_ns) {
        std::erase_if(result.incidents, [&](const Incident& incident) {
            return !is_after(incident, *settings.split_ns);
        });
    }
    for (const CountryVerdict& verdict : detector.verdicts()) {
        result.states.push_back(verdict.state);
        result.detectable_s.push_back(verdict.detectable_s);
    }
    return result;
}

double country_years(const Series& series, std::optional<int64_t> split_ns) {
    const auto bins =
        std::count_if(series.rows.begin(), series.rows.end(), [&](const SeriesRow& row) {
            return row.healthy && (!split_ns || row.start_ns >= *split_ns);
        });
    return static_cast<double>(bins) * static_cast<double>(series.step_ns) / 1e9 / kYear_s;
}

}  // namespace lull
