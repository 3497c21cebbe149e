// A board's values in as few cells as can be read: "9h31m", "20.4k", "104%", "22 Dec 16:17". "-"
// where there is none. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "control/top/board.h"

namespace lull {

/// At most six cells: "45s", "12m", "9h31m", "3d4h", "412d".
std::string short_duration(const std::optional<double>& seconds);
/// At most six cells: "0.33", "226", "20.4k", "1.5M".
std::string short_rate(const std::optional<double>& per_s);
/// At most five cells: "0.4%", "104%", ">999%".
std::string short_ratio(const std::optional<double>& ratio);
/// "4/4" announced of usually announced, "4" when it is not known what is usual.
std::string short_routed(const TopRow& row);
/// "83% Example".
std::string short_member(const TopRow& row);
/// "16:17" when that is on the day of `now_ns`, else "22 Dec": six cells.
std::string short_since(const std::optional<int64_t>& time_ns, std::optional<int64_t> now_ns);
/// "22 Dec 16:17": twelve cells.
std::string long_since(const std::optional<int64_t>& time_ns);
/// "2014-12-22 16:17:00 UTC".
std::string full_time(const std::optional<int64_t>& time_ns);
/// The scope of its open incident, with the family when only one is gone: "lost", "v4 lost".
std::string scope_text(const TopRow& row);

}  // namespace lull
