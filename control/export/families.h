// What the parts of metrics.cpp share: Prometheus families are built one after another into a list,
// and each part of the exposition (countries, sensor, the rest) adds its own.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/view.h"

namespace lull {

/// A growing list of families. `family` opens one; `add` puts a series into the open one. Families
/// without a series are left out: Prometheus has no word for them.
class FamilyList {
  public:
    using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

    void counter(const char* name, const char* help) {
        open(name, help, prometheus::MetricType::Counter);
    }
    void gauge(const char* name, const char* help) {
        open(name, help, prometheus::MetricType::Gauge);
    }
    void histogram(const char* name, const char* help) {
        open(name, help, prometheus::MetricType::Histogram);
    }
    /// Values that are not finite are left out: absent means not known. So are labels without a
    /// value, which to Prometheus are none.
    void add(double value, Labels labels = {});
    void add(prometheus::ClientMetric::Histogram value, Labels labels = {});

    [[nodiscard]] std::size_t series() const { return series_; }
    /// Empties the list.
    std::vector<prometheus::MetricFamily> take();

  private:
    void open(const char* name, const char* help, prometheus::MetricType type);

    std::vector<prometheus::MetricFamily> families_;
    std::size_t series_ = 0;
};

/// Countries and incidents: the verdicts, never withheld.
void add_country_families(const View& view, FamilyList& list);
void add_incident_families(const View& view, FamilyList& list);
/// Networks, origins and upstreams of countries, and the witness that says so; never withheld.
void add_routing_families(const View& view, FamilyList& list);
/// Per origin AS: the first to be withheld above max_series.
void add_origin_families(const View& view, FamilyList& list);
/// Per member of the exchange: withheld next.
void add_member_families(const View& view, FamilyList& list);
/// Labels that inspection gives, and named sites that are to be exported.
void add_label_families(const View& view, FamilyList& list);
void add_site_families(const View& view, FamilyList& list);
/// How packets spread over queues and workers; never withheld.
void add_queue_families(const View& view, FamilyList& list);
/// Ports, workers, table, detector, clock: never withheld.
void add_sensor_families(const View& view, FamilyList& list);

}  // namespace lull
