#include "control/backtest_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/backtest.h"
#include "control/clock.h"
#include "control/export/backtest_report.h"
#include "control/export/json.h"
#include "control/origins/line_reader.h"
#include "control/text_table.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr double kDefaultBudget = 12;

Result<Series> read_series(const std::vector<std::string>& paths) {
    SeriesReader reader(Clock::wall_ns());
    for (const std::string& path : paths) {
        auto file = open_source(path);
        if (!file) return tl::unexpected(file.error());
        if (auto ok = reader.read(*file, path); !ok) return tl::unexpected(ok.error());
    }
    return reader.finish();
}

std::string percent(double ratio) {
    return fmt::format("{:.0f} %", 100 * ratio);
}

void print_run(const Series& series, const BacktestResult& result) {
    fmt::print("\nbudget {:g} a year (h {:.1f}): {} incident{}\n", result.false_alarms_per_year,
               result.threshold, result.incidents.size(), result.incidents.size() == 1 ? "" : "s");
    if (!result.incidents.empty()) {
        TextTable table({{"country"},
                         {"kind"},
                         {"scope"},
                         {"start"},
                         {"detected"},
                         {"end"},
                         {"lowest", Align::kRight},
                         {"edges", Align::kRight}});
        for (const Incident& incident : result.incidents) {
            table.row({incident.country ? series.countries[index_of(*incident.country)].code
                                        : std::string("site"),
                       std::string(kind_name(incident.kind)),
                       std::string(scope_name(incident.scope)), format_time(incident.start_ns),
                       format_time(incident.detected_ns),
                       incident.end_ns ? format_time(*incident.end_ns) : std::string("open"),
                       percent(incident.lowest_ratio), fmt::to_string(incident.edges)});
        }
        fmt::print("{}", table.text());
    }
    std::string states;
    for (std::size_t country = 1; country < series.countries.size(); ++country) {
        if (result.states[country] != State::kNormal) {
            states +=
                fmt::format("{}{} {}", states.empty() ? "" : ", ", series.countries[country].code,
                            state_name(result.states[country]));
        }
    }
    fmt::print("at the end: {}\n", states.empty() ? "all normal" : states);
}

void print_text(const Series& series, std::optional<int64_t> split_ns,
                const std::vector<BacktestResult>& results) {
    fmt::print(
        "{} series of {}, {} to {}, step {}: {:.3f} country-years{}\n", series.countries.size() - 1,
        count_name(series.deciding), format_time(series.rows.front().start_ns),
        format_time(series.rows.back().start_ns + series.step_ns),
        format_duration(static_cast<double>(series.step_ns) / 1e9), country_years(series, split_ns),
        split_ns ? " after " + format_time(*split_ns) : std::string());
    for (const BacktestResult& result : results) {
        print_run(series, result);
    }
}

}  // namespace

Result<void> backtest_command(const BacktestOptions& options) {
    std::optional<int64_t> split_ns;
    if (options.split) {
        split_ns = series_time_ns(*options.split);
        if (!split_ns) {
            return refused(
                "--split: \"{}\" is not a time: 2014-12-22T16:15:00Z, or seconds since "
                "1970",
                *options.split);
        }
    }
    const auto series = read_series(options.paths);
    if (!series) return tl::unexpected(series.error());
    if (split_ns && *split_ns > series->rows.back().start_ns) {
        return refused("--split {} is after the last row, {}", *options.split,
                       format_time(series->rows.back().start_ns));
    }
    std::vector<BacktestResult> results;
    for (const double budget :
         options.budgets.empty() ? std::vector<double>{kDefaultBudget} : options.budgets) {
        results.push_back(run_backtest(*series, {budget, split_ns}));
    }
    if (options.format == BacktestOptions::Format::kJson) {
        fmt::print("{}", dump_json(backtest_report(*series, split_ns, results)));
    } else {
        print_text(*series, split_ns, results);
    }
    return {};
}

}  // namespace lull
