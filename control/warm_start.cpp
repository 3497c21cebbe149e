#include "control/warm_start.h"

#include <chrono>

#include "control/history.h"
#include "control/log.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr int64_t kStep_ns = 300'000'000'000;
constexpr std::chrono::seconds kTellEvery{2};

WarmStart warm_start_of(const LearnFromSection& section) {
    WarmStart warm;
    warm.server.url = section.url.value_or("");
    warm.server.user = section.user;
    warm.server.cacert = section.cacert;
    warm.server.cert = section.cert;
    warm.server.key = section.key;
    warm.instance = section.instance.value_or("");
    warm.span_s = section.span_s;
    return warm;
}

/// In steps of five minutes.
Result<void> warm_start(Monitor& monitor, const WarmStart& options, int64_t now_ns) {
    HistoryOptions asked;
    asked.server = options.server;
    asked.instance = options.instance;
    asked.step_ns = kStep_ns;
    asked.until_ns = now_ns / kStep_ns * kStep_ns;
    asked.from_ns =
        asked.until_ns - static_cast<int64_t>(options.span_s * 1e9) / kStep_ns * kStep_ns;
    auto told = std::chrono::steady_clock::now();
    const auto series = read_history(asked, [&told](double share) {
        if (const auto now = std::chrono::steady_clock::now(); now - told > kTellEvery) {
            told = now;
            log_info("learning from Prometheus: {:.0f} % read", 100 * share);
        }
    });
    if (!series) {
        return tl::unexpected(series.error());
    }
    monitor.teach(*series);
    const std::size_t groups = monitor.group_names().size();
    log_info("learned from Prometheus: {} countries, {} to {}{}", series->countries.size() - 1,
             format_time(series->rows.front().start_ns),
             format_time(series->rows.back().start_ns + series->step_ns),
             groups == 1 ? std::string()
                         : fmt::format("; their days alone: it does not tell {} port groups apart",
                                       groups));
    return {};
}

}  // namespace

void learn_from_history(Monitor& monitor, const WarmStart& wanted, const Config& config,
                        const Clock& clock) {
    const bool told = !wanted.server.url.empty();
    const char* const asked = told ? "--learn-from" : "learn_from";
    const WarmStart options = told ? wanted : warm_start_of(config.learn_from);
    if (options.server.url.empty()) {
        return;
    }
    if (clock.scale() != 1) {
        log_error("{}: with a scaled clock there is no history to learn from", asked);
    } else if (auto ok = warm_start(monitor, options, clock.now_ns()); !ok) {
        log_error("{}: {}; learning begins anew", asked, ok.error().message);
    }
}

}  // namespace lull
