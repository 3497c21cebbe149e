#include "control/export/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <cmath>
#include <iterator>
#include <sstream>

#include "control/export/families.h"
#include "control/export/process_stats.h"

namespace lull {
namespace {

void add_process_families(FamilyList& list) {
    const ProcessStats stats = read_process_stats();
    list.counter("process_cpu_seconds_total", "User and system CPU time spent, in seconds.");
    list.add(stats.cpu_seconds);
    list.gauge("process_resident_memory_bytes", "Resident memory in bytes.");
    list.add(static_cast<double>(stats.resident_bytes));
    list.gauge("process_virtual_memory_bytes", "Virtual memory in bytes.");
    list.add(static_cast<double>(stats.virtual_bytes));
    list.gauge("process_open_fds", "Open file descriptors.");
    list.add(static_cast<double>(stats.open_fds));
    list.gauge("process_max_fds", "Largest number of open file descriptors allowed.");
    list.add(static_cast<double>(stats.max_fds));
    list.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.");
    list.add(stats.start_time_seconds);
}

/// One scrape of one view. prometheus-cpp's own metric types would keep a second copy of every
/// number under a lock; families made from the view on the spot need neither.
class ViewCollectable : public prometheus::Collectable {
  public:
    ViewCollectable(const View* view, const MetricsOptions& options, uint32_t max_series)
        : view_(view), options_(options), max_series_(max_series) {}

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        FamilyList list;
        list.gauge("lull_build_info", "What this lull is; always 1.");
        list.add(1, {{"version", options_.build.version},
                     {"revision", options_.build.revision},
                     {"dpdk", options_.build.dpdk},
                     {"compiler", options_.build.compiler}});
        list.gauge("lull_external_url_info", "Where the page is reached (http.external_url).");
        if (!options_.external_url.empty()) {
            list.add(1, {{"url", options_.external_url}});
        }
        add_process_families(list);
        if (options_.log_messages) {
            list.counter("lull_log_messages_total", "Log lines written, by level.");
            for (const auto& [level, count] : options_.log_messages()) {
                list.add(static_cast<double>(count), {{"level", level}});
            }
        }
        if (options_.more) {
            options_.more(list);
        }
        if (view_ == nullptr) {
            return list.take();
        }
        add_sensor_families(*view_, list);
        // What may be withheld, in the order in which it is.
        std::array<std::pair<const char*, FamilyList>, 3> optional{
            {{"origins", {}}, {"sites", {}}, {"members", {}}}};
        // Until open incidents are restored a scrape without them would read as "all over".
        if (view_->ready) {
            add_country_families(*view_, list);
            add_routing_families(*view_, list);
            add_incident_families(*view_, list);
            add_origin_families(*view_, optional[0].second);
            add_label_families(*view_, list);
            add_site_families(*view_, optional[1].second);
            add_member_families(*view_, optional[2].second);
        }
        // Whole families only; verdicts and sensor are never withheld.
        std::size_t series = list.series() + optional.size();
        for (const auto& [name, families] : optional) {
            series += families.series();
        }
        std::vector<prometheus::MetricFamily> kept;
        list.gauge("lull_series_dropped", "Series withheld because of export.max_series.");
        for (auto& [name, families] : optional) {
            const bool withheld = series > max_series_;
            const std::size_t its = families.series();
            series -= withheld ? its : 0;
            list.add(withheld ? static_cast<double>(its) : 0, {{"family", name}});
            if (!withheld) {
                std::vector<prometheus::MetricFamily> more = families.take();
                std::move(more.begin(), more.end(), std::back_inserter(kept));
            }
        }
        std::vector<prometheus::MetricFamily> families = list.take();
        std::move(kept.begin(), kept.end(), std::back_inserter(families));
        return families;
    }

  private:
    const View* view_;
    const MetricsOptions& options_;
    uint32_t max_series_;
};

}  // namespace

void FamilyList::open(const char* name, const char* help, prometheus::MetricType type) {
    if (!families_.empty() && families_.back().metric.empty()) {
        families_.pop_back();
    }
    families_.push_back({name, help, type, {}});
}

static void set_labels(prometheus::ClientMetric& metric, FamilyList::Labels labels) {
    metric.label.reserve(labels.size());
    for (const auto& [name, text] : labels) {
        if (!text.empty()) {
            metric.label.push_back({name, std::string(text)});
        }
    }
}

void FamilyList::add(double value, Labels labels) {
    if (!std::isfinite(value)) {
        return;
    }
    prometheus::MetricFamily& family = families_.back();
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    set_labels(metric, labels);
    if (family.type == prometheus::MetricType::Counter) {
        metric.counter.value = value;
    } else {
        metric.gauge.value = value;
    }
    ++series_;
}

void FamilyList::add(prometheus::ClientMetric::Histogram value, Labels labels) {
    series_ += value.bucket.size() + 2;  // with _sum and _count
    prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
    set_labels(metric, labels);
    metric.histogram = std::move(value);
}

std::vector<prometheus::MetricFamily> FamilyList::take() {
    if (!families_.empty() && families_.back().metric.empty()) {
        families_.pop_back();
    }
    series_ = 0;
    return std::exchange(families_, {});
}

Metrics::Metrics(ViewProvider view, MetricsOptions options)
    : view_(std::move(view)), options_(std::move(options)), max_series_(options_.max_series) {}

std::string Metrics::text() const {
    const std::shared_ptr<const View> view = view_();
    const ViewCollectable collectable(view.get(), options_, max_series_);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, collectable.Collect());
    return std::move(out).str();
}

}  // namespace lull
