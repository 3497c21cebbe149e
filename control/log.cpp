// See log.h; the only file that names spdlog. A formatter of our own makes the line, so that
// escaping is in one place: nlohmann for JSON, printable() for text.
#include "control/log.h"

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "control/time_text.h"
#include "control/utf8.h"

namespace lull {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;

std::array<std::atomic<uint64_t>, kLogLevelCount> counts{};
std::atomic<LogLevel> lowest_level{LogLevel::kInfo};

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::kTrace:
            return spdlog::level::trace;
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarning:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

LogLevel from_spdlog(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
            return LogLevel::kTrace;
        case spdlog::level::debug:
            return LogLevel::kDebug;
        case spdlog::level::info:
            return LogLevel::kInfo;
        case spdlog::level::warn:
            return LogLevel::kWarning;
        default:
            return LogLevel::kError;
    }
}

/// `text` with everything that is not printable as \n, \t or \xNN.
std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        std::size_t size = printable_size(text);
        if (size > 0) {
            out += text.substr(0, size);
        } else {
            size = 1;
            const char c = text.front();
            if (c == '\n') {
                out += "\\n";
            } else if (c == '\t') {
                out += "\\t";
            } else {
                out += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
            }
        }
        text.remove_prefix(size);
    }
    return out;
}

class LineFormatter final : public spdlog::formatter {
  public:
    LineFormatter(LogFormat format, std::string site) : format_(format), site_(std::move(site)) {}

    void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
        const LogLevel level = from_spdlog(msg.level);
        const int64_t wall_ns =
            std::chrono::duration_cast<std::chrono::nanoseconds>(msg.time.time_since_epoch())
                .count();
        const std::string line = format_log_line(format_, level, wall_ns, site_,
                                                 {msg.payload.data(), msg.payload.size()});
        if (format_ == LogFormat::kText) {
            // The sink colours this range, the level's name, when it writes to a terminal.
            msg.color_range_start = line.find(' ') + 1;
            msg.color_range_end = msg.color_range_start + level_name(level).size();
        }
        out.append(line.data(), line.data() + line.size());
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LineFormatter>(format_, site_);
    }

  private:
    LogFormat format_;
    std::string site_;
};

std::shared_ptr<spdlog::logger> make_logger() {
    const char* no_color = std::getenv("NO_COLOR");  // no-color.org: set and not empty
    const auto mode = no_color != nullptr && *no_color != '\0' ? spdlog::color_mode::never
                                                               : spdlog::color_mode::automatic;
    auto logger = std::make_shared<spdlog::logger>(
        "lull", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode));
    logger->set_level(spdlog::level::trace);  // log_enabled() decides
    logger->set_formatter(std::make_unique<LineFormatter>(LogFormat::kText, ""));
    return logger;
}

spdlog::logger& logger() {
    // Never destroyed: threads may log until the very end.
    static auto* const instance = new std::shared_ptr<spdlog::logger>(make_logger());
    return **instance;
}

}  // namespace

std::string_view level_name(LogLevel level) {
    switch (level) {
        case LogLevel::kTrace:
            return "trace";
        case LogLevel::kDebug:
            return "debug";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kWarning:
            return "warning";
        case LogLevel::kError:
            return "error";
    }
    return "error";
}

void start_log(const LogSection& section, const std::string& site) {
    lowest_level = section.level;
    logger().set_formatter(std::make_unique<LineFormatter>(section.format, site));
}

bool log_enabled(LogLevel level) {
    return level >= lowest_level.load(std::memory_order_relaxed);
}

std::array<uint64_t, kLogLevelCount> log_counts() {
    std::array<uint64_t, kLogLevelCount> values{};
    for (std::size_t i = 0; i < kLogLevelCount; ++i) values[i] = counts[i].load();
    return values;
}

void log_message(LogLevel level, std::string_view message) {
    if (!log_enabled(level)) return;
    counts[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
    logger().log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

void log_suppressed(LogLevel level) {
    counts[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
}

int64_t log_limit_now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::optional<uint64_t> LogLimit::admit(int64_t monotonic_ns) {
    int64_t next_ns = next_ns_.load(std::memory_order_relaxed);
    if (monotonic_ns >= next_ns &&
        next_ns_.compare_exchange_strong(next_ns, monotonic_ns + kLogLimitNs)) {
        return suppressed_.exchange(0);
    }
    suppressed_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
}

std::string format_log_line(LogFormat format, LogLevel level, int64_t wall_ns,
                            std::string_view site, std::string_view message) {
    std::string shown{message.substr(0, kMaxLogMessageBytes)};
    if (shown.size() < message.size()) shown += " [cut]";
    const std::string time = format_time(wall_ns / kNsPerMs * kNsPerMs);
    if (format == LogFormat::kText) {
        return fmt::format("{} {} {}\n", time, level_name(level), printable(shown));
    }
    const nlohmann::json line{
        {"time", time}, {"level", level_name(level)}, {"site", site}, {"message", shown}};
    // ASCII only, bad UTF-8 replaced: valid JSON and inert on a terminal whatever came in.
    return line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace lull
