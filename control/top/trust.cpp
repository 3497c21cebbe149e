// See trust.h.
#include "control/top/trust.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/top/values.h"

namespace lull {
namespace {

constexpr double kStale_s = 15;

std::optional<double> seconds_since(const std::optional<int64_t>& time_ns, int64_t now_ns) {
    return time_ns ? std::optional(std::max(
                         (static_cast<double>(now_ns) - static_cast<double>(*time_ns)) / 1e9, 0.0))
                   : std::nullopt;
}

}  // namespace

std::optional<double> age_s(const TopHead& head, int64_t now_ns) {
    return seconds_since(head.published_ns, now_ns);
}

std::string age_text(const TopHead& head, int64_t now_ns) {
    const auto age = age_s(head, now_ns);
    return age ? short_duration(age) : "unknown";
}

bool is_stale(const TopHead& head, int64_t now_ns) {
    const double tick_s = head.tick_s / std::max(head.clock_scale, 1e-3);
    const auto age = age_s(head, now_ns);
    return !age || *age > std::max(3 * tick_s, kStale_s);
}

std::string trust_text(const TopHead& head, int64_t now_ns) {
    std::string text =
        fmt::format("data {}{}, {} of {} ports, loss {}", age_text(head, now_ns),
                    is_stale(head, now_ns) ? " OLD" : "", head.ports_healthy, head.ports,
                    head.loss_ratio ? short_ratio(head.loss_ratio) : "unknown");
    if (head.missed_packets > 0) {
        text += fmt::format(" ({} missed)",
                            short_rate(std::optional(static_cast<double>(head.missed_packets))));
    }
    const auto table = seconds_since(head.table_built_ns, now_ns);
    return text + fmt::format(", table {}, {} of {} provable in 5 min",
                              table ? short_duration(table) : "unknown", head.provable,
                              head.countries);
}

}  // namespace lull
