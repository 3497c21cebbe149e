#include "control/backtest_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "control/backtest.h"
#include "control/backtest_pack.h"
#include "control/clock.h"
#include "control/export/backtest_report.h"
#include "control/export/json.h"
#include "control/history.h"
#include "control/log.h"
#include "control/origins/line_reader.h"
#include "control/store/pack_file.h"
#include "control/text_table.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr double kDefaultBudget = 12;
constexpr int64_t kNs = 1'000'000'000;
constexpr std::chrono::seconds kTellEvery{2};

Result<Series> read_series(const std::vector<std::string>& paths) {
    SeriesReader reader(Clock::wall_ns());
    for (const std::string& path : paths) {
        auto file = open_source(path);
        if (!file) return tl::unexpected(file.error());
        if (auto ok = reader.read(*file, path); !ok) return tl::unexpected(ok.error());
    }
    return reader.finish();
}

Result<int64_t> time_of(std::string_view option, const std::string& text) {
    if (const auto time_ns = series_time_ns(text)) return *time_ns;
    return refused("{}: \"{}\" is not a time: 2014-12-22T16:15:00Z, or seconds since 1970", option,
                   text);
}

Result<Series> ask_prometheus(const BacktestHistory& asked) {
    HistoryOptions options;
    options.server = asked.server;
    options.instance = asked.instance;
    const auto from = time_of("--from", asked.from);
    if (!from) return tl::unexpected(from.error());
    const auto until = time_of("--to", asked.to);
    if (!until) return tl::unexpected(until.error());
    const auto step_s = parse_duration_s(asked.step);
    if (!step_s || *step_s < SeriesReader::kLeastStep_s || *step_s > SeriesReader::kMostStep_s ||
        std::floor(*step_s) != *step_s) {
        return refused("--step: \"{}\" is not a whole number of seconds from 1s to 2h", asked.step);
    }
    options.from_ns = *from / kNs * kNs;
    options.until_ns = *until / kNs * kNs;
    options.step_ns = static_cast<int64_t>(*step_s) * kNs;
    auto told = std::chrono::steady_clock::now();
    return read_history(options, [&told](double share) {
        if (const auto now = std::chrono::steady_clock::now(); now - told > kTellEvery) {
            told = now;
            log_info("backtest: {:.0f} % of the history read", 100 * share);
        }
    });
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
                                        : incident_who(incident),
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

/// A pack may also stand in the place of a series.
std::string pack_of(const BacktestOptions& options) {
    const bool alone = options.pack.empty() && options.paths.size() == 1;
    return alone && PackFile::looks_like_one(options.paths.front()) ? options.paths.front()
                                                                    : options.pack;
}

}  // namespace

Result<void> backtest_command(const BacktestOptions& options) {
    if (const std::string pack = pack_of(options); !pack.empty()) {
        if (options.split) {
            return tl::unexpected(
                Error{ErrorKind::kUsage, "--split: a pack has its own beginning"});
        }
        return backtest_pack(pack, options);
    }
    std::optional<int64_t> split_ns;
    if (options.split) {
        const auto time_ns = time_of("--split", *options.split);
        if (!time_ns) return tl::unexpected(time_ns.error());
        split_ns = *time_ns;
    }
    const auto series = options.history.server.url.empty() ? read_series(options.paths)
                                                           : ask_prometheus(options.history);
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
