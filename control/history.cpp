// See history.h. The API: prometheus.io/docs/prometheus/latest/querying/api.
#include "control/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "control/time_text.h"

namespace lull {
namespace {

using Json = nlohmann::json;

constexpr int64_t kNs = 1'000'000'000;
// Prometheus refuses more than 11,000 points a series; 250 countries of so many make 12 MB.
constexpr int64_t kPointsPerQuestion = 2000;
// A bin counts that has this share of the scrapes that the fullest one has.
constexpr double kCompleteShare = 0.75;
constexpr double kLeastScrapes = 2;
// Below it the country's counts lack what an unhealthy group would have seen.
constexpr double kLeastCoverage = 0.9;

struct Sample {
    int64_t end_s = 0;
    double value = 0;
};
struct Curve {
    std::string country;  // empty where the metric has no such label
    std::vector<Sample> samples;
};

class Reader {
  public:
    Reader(const HistoryOptions& options, const std::function<void(double)>& progress)
        : options_(options), progress_(progress) {}
    Result<Series> read();

  private:
    struct Span {
        int64_t first_end_s;
        int64_t last_end_s;
    };
    /// Rows by start, then country, so that they come out in the series' order.
    using Rows = std::map<std::pair<int64_t, uint16_t>, SeriesRow>;

    Result<Json> ask(const std::string& path) const;
    Result<void> find_instance();
    Result<std::vector<Curve>> curves(const std::string& expression, Span span) const;
    Result<void> read_span(Span span);
    [[nodiscard]] std::string over_step(std::string_view function, std::string_view metric) const;
    [[nodiscard]] std::string sum_over_step(std::string_view metric) const;
    Result<std::vector<int64_t>> complete_bins(Span span);
    std::optional<uint16_t> country_at(const std::string& code);
    Result<void> add_flows(Rows& rows, Span span);
    Result<void> add(Rows& rows, Span span, const std::string& expression, float SeriesRow::*into);
    Result<void> drop_uncovered(Rows& rows, Span span) const;

    const HistoryOptions& options_;
    const std::function<void(double)>& progress_;
    std::string instance_;
    double scrapes_ = 0;  // of the fullest bin so far
    std::map<std::string, uint16_t, std::less<>> index_;
    Series series_;
};

std::string instances_in(const Json& found, std::set<std::string>& instances) {
    std::string list;
    for (const Json& labels : found) {
        if (labels.is_object() && labels.contains("instance") && labels["instance"].is_string()) {
            instances.insert(labels["instance"].get<std::string>());
        }
    }
    for (const std::string& each : instances) {
        list += (list.empty() ? "" : ", ") + each;
    }
    return list;
}

// As a string in PromQL.
std::string quoted(const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A result's value is written as a string, NaN and +Inf among them.
std::optional<Sample> sample_of(const Json& pair) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) {
        return std::nullopt;
    }
    const auto& text = pair[1].get_ref<const std::string&>();
    Sample sample{std::llround(pair[0].get<double>()), 0};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sample.value);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return sample;
}

Result<Json> Reader::ask(const std::string& path) const {
    auto fetched = http_get(options_.server, path);
    if (!fetched) {
        return tl::unexpected(fetched.error());
    }
    Json answer = Json::parse(fetched->body, nullptr, false);
    if (!answer.is_object() || !answer.contains("status")) {
        return failed(
            "{}: answers with HTTP status {}, but not as Prometheus does; mend: --prometheus takes "
            "the address of a Prometheus server, http://127.0.0.1:9090",
            options_.server.url, fetched->status);
    }
    if (answer["status"] != "success" || !answer.contains("data")) {
        const auto said = answer.find("error");
        return failed("{}: Prometheus answers: {}", options_.server.url,
                      said != answer.end() && said->is_string() ? said->get<std::string>()
                                                                : "an error without words");
    }
    return std::move(answer["data"]);
}

Result<void> Reader::find_instance() {
    auto found = ask(fmt::format("/api/v1/series?match%5B%5D=lull_build_info&start={}&end={}",
                                 options_.from_ns / kNs, options_.until_ns / kNs));
    if (!found) {
        return tl::unexpected(found.error());
    }
    std::set<std::string> instances;
    const std::string list = instances_in(*found, instances);
    if (instances.empty()) {
        return refused(
            "{}: knows no lull between {} and {}; mend: have it scrape lull's /metrics "
            "(configs/prometheus), or name another time",
            options_.server.url, format_time(options_.from_ns), format_time(options_.until_ns));
    }
    if (options_.instance.empty() && instances.size() > 1) {
        return refused("{}: knows several monitors: {}; mend: name one with --instance",
                       options_.server.url, list);
    }
    instance_ = options_.instance.empty() ? *instances.begin() : options_.instance;
    if (!instances.contains(instance_)) {
        return refused("{}: knows no lull \"{}\" between {} and {}, but: {}", options_.server.url,
                       instance_, format_time(options_.from_ns), format_time(options_.until_ns),
                       list);
    }
    return {};
}

std::string Reader::over_step(std::string_view function, std::string_view metric) const {
    return fmt::format("{}({}{{instance={}}}[{}s])", function, metric, quoted(instance_),
                       options_.step_ns / kNs);
}

std::string Reader::sum_over_step(std::string_view metric) const {
    return fmt::format("sum by (country) ({})", over_step("increase", metric));
}

Result<std::vector<Curve>> Reader::curves(const std::string& expression, Span span) const {
    auto data = ask(fmt::format("/api/v1/query_range?query={}&start={}&end={}&step={}",
                                percent_encode(expression), span.first_end_s, span.last_end_s,
                                options_.step_ns / kNs));
    if (!data) {
        return tl::unexpected(data.error());
    }
    std::vector<Curve> found;
    for (const Json& each : data->value("result", Json::array())) {
        Curve& curve = found.emplace_back();
        if (const auto metric = each.find("metric"); metric != each.end()) {
            curve.country = metric->value("country", "");
        }
        for (const Json& pair : each.value("values", Json::array())) {
            const auto sample = sample_of(pair);
            if (!sample) {
                return failed("{}: a value of {} is not as Prometheus writes it: {}",
                              options_.server.url, expression, pair.dump());
            }
            if (std::isfinite(sample->value)) {
                curve.samples.push_back(*sample);
            }
        }
    }
    return found;
}

Result<std::vector<int64_t>> Reader::complete_bins(Span span) {
    const auto counts = curves(over_step("count_over_time", "lull_sensor_blind"), span);
    if (!counts) return tl::unexpected(counts.error());
    const auto blind = curves(over_step("max_over_time", "lull_sensor_blind"), span);
    if (!blind) return tl::unexpected(blind.error());
    std::set<int64_t> dark;
    for (const Curve& curve : *blind) {
        for (const Sample& sample : curve.samples) {
            if (sample.value > 0) {
                dark.insert(sample.end_s);
            }
        }
    }
    for (const Curve& curve : *counts) {
        for (const Sample& sample : curve.samples) {
            scrapes_ = std::max(scrapes_, sample.value);
        }
    }
    std::vector<int64_t> complete;
    for (const Curve& curve : *counts) {
        for (const Sample& sample : curve.samples) {
            if (sample.value >= kCompleteShare * scrapes_ && !dark.contains(sample.end_s)) {
                complete.push_back(sample.end_s);
            }
        }
    }
    std::sort(complete.begin(), complete.end());
    return complete;
}

std::optional<uint16_t> Reader::country_at(const std::string& code) {
    if (const auto known = index_.find(code); known != index_.end()) {
        return known->second;
    }
    const auto id = find_country(code);
    if (!id || *id == kCountryUnknown) {
        return std::nullopt;
    }
    const auto place = static_cast<uint16_t>(series_.countries.size());
    series_.countries.push_back({code, id});
    index_.emplace(code, place);
    return place;
}

Result<void> Reader::add_flows(Rows& rows, Span span) {
    const auto complete = complete_bins(span);
    if (!complete) return tl::unexpected(complete.error());
    const auto flows = curves(sum_over_step("lull_country_answered_flows_total"), span);
    if (!flows) return tl::unexpected(flows.error());
    for (const Curve& curve : *flows) {
        const auto country = country_at(curve.country);
        if (!country) {
            continue;
        }
        for (const Sample& sample : curve.samples) {
            if (!std::binary_search(complete->begin(), complete->end(), sample.end_s)) {
                continue;
            }
            SeriesRow row;
            row.start_ns = sample.end_s * kNs - options_.step_ns;
            row.country = *country;
            row.deciding = std::max(0.0, sample.value);
            rows.emplace(std::pair(sample.end_s, *country), row);
        }
    }
    return {};
}

Result<void> Reader::add(Rows& rows, Span span, const std::string& expression,
                         float SeriesRow::*into) {
    const auto found = curves(expression, span);
    if (!found) return tl::unexpected(found.error());
    for (const Curve& curve : *found) {
        const auto country = country_at(curve.country);
        for (const Sample& sample : curve.samples) {
            if (const auto row = country ? rows.find({sample.end_s, *country}) : rows.end();
                row != rows.end()) {
                row->second.*into += static_cast<float>(std::max(0.0, sample.value));
            }
        }
    }
    return {};
}

Result<void> Reader::drop_uncovered(Rows& rows, Span span) const {
    const auto found = curves(over_step("min_over_time", "lull_country_coverage_ratio"), span);
    if (!found) return tl::unexpected(found.error());
    for (const Curve& curve : *found) {
        const auto country = index_.find(curve.country);
        for (const Sample& sample : curve.samples) {
            if (country != index_.end() && sample.value < kLeastCoverage) {
                rows.erase({sample.end_s, country->second});
            }
        }
    }
    return {};
}

Result<void> Reader::read_span(Span span) {
    Rows rows;
    if (auto ok = add_flows(rows, span); !ok) return ok;
    if (auto ok = add(rows, span, over_step("avg_over_time", "lull_country_observed_sources"),
                      &SeriesRow::sources);
        !ok)
        return ok;
    for (const char* metric :
         {"lull_country_sent_bytes_total", "lull_country_received_bytes_total"}) {
        if (auto ok = add(rows, span, sum_over_step(metric), &SeriesRow::bytes); !ok) return ok;
    }
    if (auto ok = drop_uncovered(rows, span); !ok) return ok;
    if (series_.rows.size() + rows.size() > SeriesReader::kMaxRows) {
        return refused(
            "more than {} bins of all countries; mend: a shorter time or a longer --step",
            SeriesReader::kMaxRows);
    }
    for (const auto& [place, row] : rows) {
        series_.rows.push_back(row);
    }
    return {};
}

Result<Series> Reader::read() {
    const int64_t step_s = options_.step_ns / kNs;
    const int64_t first_s = options_.from_ns / kNs + step_s;
    const int64_t last_s = first_s + (options_.until_ns / kNs - first_s) / step_s * step_s;
    if (options_.until_ns / kNs < first_s) {
        return refused("between {} and {} there is no whole step of {}",
                       format_time(options_.from_ns), format_time(options_.until_ns),
                       format_duration(static_cast<double>(step_s)));
    }
    if (auto ok = find_instance(); !ok) {
        return tl::unexpected(ok.error());
    }
    series_.countries.push_back({"ZZ", kCountryUnknown});
    series_.step_ns = options_.step_ns;
    series_.deciding = Count::kFlows;
    for (int64_t at = first_s; at <= last_s; at += kPointsPerQuestion * step_s) {
        const int64_t end = std::min(last_s, at + (kPointsPerQuestion - 1) * step_s);
        if (auto ok = read_span({at, end}); !ok) {
            return tl::unexpected(ok.error());
        }
        if (progress_) {
            progress_(static_cast<double>(end - first_s + step_s) /
                      static_cast<double>(last_s - first_s + step_s));
        }
    }
    if (scrapes_ > 0 && scrapes_ < kLeastScrapes) {
        return refused(
            "a step of {} has less than two scrapes of lull; mend: a longer --step, four times "
            "Prometheus's scrape_interval at least",
            format_duration(static_cast<double>(step_s)));
    }
    if (series_.rows.empty()) {
        return refused("{}: remembers no country of lull \"{}\" between {} and {}",
                       options_.server.url, instance_, format_time(options_.from_ns),
                       format_time(options_.until_ns));
    }
    return std::move(series_);
}

}  // namespace

Result<Series> read_history(const HistoryOptions& options,
                            const std::function<void(double)>& progress) {
    return Reader(options, progress).read();
}

}  // namespace lull
