// See values.h.
#include "control/top/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "control/export/summary.h"
#include "control/time_text.h"

namespace lull {
namespace {

constexpr int64_t kDay_ns = 86'400'000'000'000;
constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "2014-12-22T16:17:00Z" to whole minutes; "" for years that need more digits.
std::string stamp(int64_t time_ns) {
    const std::string text = format_time(time_ns);
    return text.size() >= 20 && text[4] == '-' && text[10] == 'T' ? text : "";
}

std::string day_of(const std::string& stamp) {
    const auto month = static_cast<std::size_t>((stamp[5] - '0') * 10 + stamp[6] - '0');
    return fmt::format("{} {}", stamp.substr(8, 2), kMonths.at((month + 11) % 12));
}

}  // namespace

std::string short_duration(const std::optional<double>& seconds) {
    if (!seconds || !(*seconds >= 0)) return "-";
    if (*seconds < 90) return fmt::format("{:.0f}s", *seconds);
    const auto minutes = static_cast<uint64_t>(std::min(*seconds, 1e10) / 60);
    if (minutes < 120) return fmt::format("{}m", minutes);
    const uint64_t hours = minutes / 60;
    if (hours < 48) return fmt::format("{}h{}m", hours, minutes % 60);
    const uint64_t days = hours / 24;
    return days < 100 ? fmt::format("{}d{}h", days, hours % 24) : fmt::format("{}d", days);
}

std::string short_rate(const std::optional<double>& per_s) {
    if (!per_s) return "-";
    if (*per_s >= 1e18) return ">1e18";
    std::string text = *per_s == 0 ? "0" : *per_s < 0.0095 ? "<0.01" : spoken_rate(*per_s);
    std::erase(text, ' ');
    return text;
}

std::string short_ratio(const std::optional<double>& ratio) {
    if (!ratio) return "-";
    if (*ratio > 9.99) return ">999%";
    std::string text = spoken_ratio(*ratio);
    std::erase(text, ' ');
    return text;
}

std::string short_routed(const TopRow& row) {
    if (!row.routed) return "-";
    return row.usually_routed && *row.usually_routed > 0
               ? fmt::format("{}/{}", short_rate(row.routed), short_rate(row.usually_routed))
               : short_rate(row.routed);
}

std::string short_member(const TopRow& row) {
    if (row.member.empty()) return "-";
    return row.member_share ? short_ratio(row.member_share) + " " + row.member : row.member;
}

std::string short_since(const std::optional<int64_t>& time_ns, std::optional<int64_t> now_ns) {
    const std::string text = time_ns ? stamp(*time_ns) : "";
    if (text.empty()) return "-";
    const bool today = now_ns && *now_ns / kDay_ns == *time_ns / kDay_ns;
    return today ? text.substr(11, 5) : day_of(text);
}

std::string long_since(const std::optional<int64_t>& time_ns) {
    const std::string text = time_ns ? stamp(*time_ns) : "";
    return text.empty() ? "-" : day_of(text) + " " + text.substr(11, 5);
}

std::string full_time(const std::optional<int64_t>& time_ns) {
    const std::string text = time_ns ? stamp(*time_ns) : "";
    return text.empty() ? "-" : text.substr(0, 10) + " " + text.substr(11, 8) + " UTC";
}

std::string scope_text(const TopRow& row) {
    if (row.kind.empty()) return "-";
    const std::string family = row.kind == "v4_only" ? "v4 " : row.kind == "v6_only" ? "v6 " : "";
    return family + (row.scope.empty() ? "open" : row.scope);
}

}  // namespace lull
