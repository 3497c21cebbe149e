// /metrics: the last view as Prometheus text. Every name, type and label is contract.md's; a scrape
// reads an immutable view and takes no lock. What the view has no facts for is not exported.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "control/version.h"
#include "control/view.h"

namespace lull {

class FamilyList;

/// The last published view; null before the first.
using ViewProvider = std::function<std::shared_ptr<const View>()>;

struct MetricsOptions {
    BuildInfo build;
    /// Where the page is reached from outside, without a password; "" when not configured.
    std::string external_url{};
    uint32_t max_series = 15000;
    /// By level; for lull_log_messages_total. Absent without it.
    std::function<std::map<std::string, uint64_t>()> log_messages{};
    /// What parts beside the view tell of themselves: the HTTP server, the exporter of flows.
    std::function<void(FamilyList&)> more{};
};

inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

class Metrics {
  public:
    Metrics(ViewProvider view, MetricsOptions options);
    /// One scrape. Callable from several threads at once.
    [[nodiscard]] std::string text() const;
    /// After a reload.
    void limit_series(uint32_t max_series) { max_series_ = max_series; }

  private:
    ViewProvider view_;
    MetricsOptions options_;
    std::atomic<uint32_t> max_series_;
};

}  // namespace lull
