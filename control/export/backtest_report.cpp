#include "control/export/backtest_report.h"

#include <string>

#include "control/export/json.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

json run_json(const Series& series, const BacktestResult& result) {
    json incidents = json::array();
    for (const Incident& incident : result.incidents) {
        // Countries are numbered by the series here, not by the table of all countries.
        const auto code_of = [&](CountryId id) { return series.countries[index_of(id)].code; };
        Incident numbered = incident;
        numbered.country.reset();
        numbered.countries.clear();
        json entry = incident_json(numbered);
        if (incident.country) {
            entry["country"] = code_of(*incident.country);
        }
        for (const CountryId id : incident.countries) {
            entry["countries"].push_back(code_of(id));
        }
        incidents.push_back(std::move(entry));
    }
    json states = json::object();
    json detectable = json::object();
    for (std::size_t country = 1; country < series.countries.size(); ++country) {
        const std::string& code = series.countries[country].code;
        const std::optional<double>& bound_s = result.detectable_s[country];
        states[code] = state_name(result.states[country]);
        detectable[code] = bound_s ? json(*bound_s) : json(nullptr);
    }
    return {{"budget", result.false_alarms_per_year},
            {"threshold", result.threshold},
            {"incidents", std::move(incidents)},
            {"states", std::move(states)},
            {"detectable_seconds", std::move(detectable)}};
}

}  // namespace

nlohmann::json backtest_report(const Series& series, std::optional<int64_t> split_ns,
                               std::span<const BacktestResult> results) {
    json report = {
        {"series", series.countries.size() - 1},
        {"country_years", country_years(series, split_ns)},
        {"step_seconds", static_cast<double>(series.step_ns) / 1e9},
        {"deciding", count_name(series.deciding)},
        {"from", format_time(series.rows.front().start_ns)},
        {"until", format_time(series.rows.back().start_ns + series.step_ns)},
        {"split", split_ns ? json(format_time(*split_ns)) : json(nullptr)},
    };
    if (results.size() == 1) {
        report.update(run_json(series, results.front()));
        return report;
    }
    report["runs"] = json::array();
    for (const BacktestResult& result : results) {
        report["runs"].push_back(run_json(series, result));
    }
    return report;
}

}  // namespace lull
