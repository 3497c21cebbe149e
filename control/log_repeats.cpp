#include "control/log_repeats.h"

#include <utility>

namespace lull {

std::optional<uint64_t> LogRepeats::admit(std::string_view line, int64_t monotonic_ns) {
    const std::scoped_lock lock(mutex_);
    const auto known = lines_.find(line);
    if (known == lines_.end()) {
        if (lines_.size() < kMaxLines) lines_.emplace(line, Line{.said_ns = monotonic_ns});
        return 0;
    }
    Line& found = known->second;
    if (monotonic_ns - found.said_ns < kAgainNs) {
        ++found.held_back;
        return std::nullopt;
    }
    found.said_ns = monotonic_ns;
    return std::exchange(found.held_back, 0);
}

void log_dpdk(LogLevel level, std::string_view line) {
    static LogRepeats repeats;
    const std::optional<uint64_t> held_back = repeats.admit(line, log_limit_now_ns());
    if (!held_back) return log_suppressed(level);
    if (*held_back > 0) return log_at(level, "DPDK: {} ({} times more)", line, *held_back);
    log_at(level, "DPDK: {}", line);
}

}  // namespace lull
