// Times and durations as lull reads and prints them: RFC 3339 UTC, and 10s 5m 1h 7d.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/error.h"

namespace lull {

/// "2014-12-22T16:15:00Z" (fractions and offsets accepted) to nanoseconds since 1970.
Result<int64_t> parse_time_ns(std::string_view text);
/// Nanoseconds since 1970 to RFC 3339 UTC, whole seconds unless there are fractions.
std::string format_time(int64_t unix_ns);
/// "10s", "5m", "1h", "7d", "1h30m", "500ms" to seconds; refuses bare numbers other than 0.
Result<double> parse_duration_s(std::string_view text);
std::string format_duration(double seconds);

}  // namespace lull
