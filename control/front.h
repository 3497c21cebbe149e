// What the monitor shows of itself: the last view, the configuration that runs, each country's day,
// the HTTP server that serves them, and the webhooks that are told of incidents. The control loop
// publishes; the server's threads read immutable copies, and a lock is held no longer than it takes
// to copy a pointer.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "control/config/config.h"
#include "control/export/day_series.h"
#include "control/export/metrics.h"
#include "control/http/routes.h"
#include "control/http/server.h"
#include "control/notify/notifier.h"

namespace lull {

class Front {
  public:
    /// Serves on http.listen. `sources` has what the daemon alone can answer (reload, the
    /// operator's requests, the store); the rest is filled in here.
    /// `more`: metrics of parts that the view knows nothing of.
    static Result<std::unique_ptr<Front>> open(const Config& config, RouteSources sources,
                                               std::function<void(FamilyList&)> more);
    ~Front() { stop(); }

    void publish(std::shared_ptr<View> view);
    /// After a reload.
    void show(const Config& config);
    [[nodiscard]] std::shared_ptr<const View> view() const;
    void stop();

  private:
    explicit Front(const Config& config);
    [[nodiscard]] std::shared_ptr<const Config> config() const;

    DaySeries days_;
    Notifier notifier_;
    std::unique_ptr<Metrics> metrics_;
    std::unique_ptr<Server> server_;
    mutable std::mutex mutex_;  // guards the two pointers only
    std::shared_ptr<const View> view_;
    std::shared_ptr<const Config> config_;
};

}  // namespace lull
