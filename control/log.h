// Logs, always to stderr: text for people (colour on a terminal unless NO_COLOR is set) or one JSON
// document a line. Whatever a message carries, it stays one line and cannot drive a terminal.
//
//   log_warning("{}: no packet for {}", port, format_duration(age_s));
//   static LogLimit limit;                                   // where a storm may come from
//   log_limited(limit, LogLevel::kWarning, "bmp: {}", error);  // one line per 10 s, with a count
#pragma once

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "control/config/config.h"

namespace lull {

using LogLevel = LogSection::Level;
using LogFormat = LogSection::Format;
inline constexpr std::size_t kLogLevelCount = 5;
/// Longer messages are cut: a line stays one write, and no input decides how much is logged.
inline constexpr std::size_t kMaxLogMessageBytes = 4096;
inline constexpr int64_t kLogLimitNs = 10'000'000'000;  // reliability: one line a site per 10 s

/// "warning" … as in lull_log_messages_total{level}.
std::string_view level_name(LogLevel level);

/// Sets level, format and the site's name; again at each reload, from any thread. Before the first
/// call messages of level info and above go out as text.
void start_log(const LogSection& section, const std::string& site);

[[nodiscard]] bool log_enabled(LogLevel level);
/// Messages at or above the level since start, by LogLevel; suppressed ones are counted too.
[[nodiscard]] std::array<uint64_t, kLogLevelCount> log_counts();
void log_message(LogLevel level, std::string_view message);

template <typename... Args>
void log_at(LogLevel level, fmt::format_string<Args...> text, Args&&... args) {
    if (log_enabled(level)) log_message(level, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> text, Args&&... args) {
    log_at(LogLevel::kDebug, text, std::forward<Args>(args)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> text, Args&&... args) {
    log_at(LogLevel::kInfo, text, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> text, Args&&... args) {
    log_at(LogLevel::kWarning, text, std::forward<Args>(args)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> text, Args&&... args) {
    log_at(LogLevel::kError, text, std::forward<Args>(args)...);
}

/// One place in the code that may log often. Safe from any thread.
class LogLimit {
  public:
    /// The number of messages suppressed since the last one let through, or nullopt: suppress this.
    std::optional<uint64_t> admit(int64_t monotonic_ns);

  private:
    std::atomic<int64_t> next_ns_{INT64_MIN};
    std::atomic<uint64_t> suppressed_{0};
};

/// The monotonic clock that log_limited goes by.
int64_t log_limit_now_ns();
/// Counts a message that is not written.
void log_suppressed(LogLevel level);

template <typename... Args>
void log_limited(LogLimit& limit, LogLevel level, fmt::format_string<Args...> text,
                 Args&&... args) {
    if (!log_enabled(level)) return;
    const std::optional<uint64_t> suppressed = limit.admit(log_limit_now_ns());
    if (!suppressed) return log_suppressed(level);
    std::string message = fmt::format(text, std::forward<Args>(args)...);
    if (*suppressed > 0) message += fmt::format(" ({} more like it suppressed)", *suppressed);
    log_message(level, message);
}

/// One line as it is written, with its newline. JSON: {"level","message","site","time"}.
std::string format_log_line(LogFormat format, LogLevel level, int64_t wall_ns,
                            std::string_view site, std::string_view message);

}  // namespace lull
