// What a library says again and again is news once an hour. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "control/log.h"

namespace lull {

class LogRepeats {
  public:
    static constexpr int64_t kAgainNs = 3'600'000'000'000;
    static constexpr std::size_t kMaxLines = 256;  // further ones are said each time

    /// How often `line` was held back since it was last said; nullopt: hold this one back too.
    std::optional<uint64_t> admit(std::string_view line, int64_t monotonic_ns);

  private:
    struct Line {
        int64_t said_ns = 0;
        uint64_t held_back = 0;
    };
    std::mutex mutex_;  // guards the lines
    std::map<std::string, Line, std::less<>> lines_;
};

/// A line of DPDK's own log. Its drivers try some things every second, and say so each time.
void log_dpdk(LogLevel level, std::string_view line);

}  // namespace lull
