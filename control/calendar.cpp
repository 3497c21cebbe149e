#include "control/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "control/time_text.h"

namespace lull {
namespace {

constexpr int64_t kNs = 1'000'000'000;
constexpr int64_t kDay_s = 86'400;

int64_t floor_days(int64_t seconds) {
    return (seconds >= 0 ? seconds : seconds - kDay_s + 1) / kDay_s;
}

int32_t year_of(int64_t days) {
    const std::chrono::year_month_day civil{std::chrono::sys_days{std::chrono::days{days}}};
    return static_cast<int32_t>(civil.year());
}

// A run of days may begin in one year and end in the next.
bool falls_on(const CalendarDay& entry, int64_t day) {
    const int32_t year = year_of(day);
    const auto covers = [&](int32_t in_year) {
        const int64_t first = days_since_epoch({in_year, entry.date.month, entry.date.day});
        return day >= first && day < first + entry.days;
    };
    return entry.date.year != 0 ? covers(entry.date.year) : covers(year) || covers(year - 1);
}

bool covers(const Maintenance& window, int64_t at_ns) {
    return at_ns >= window.from_ns &&
           at_ns < window.from_ns + static_cast<int64_t>(window.for_s * 1e9);
}

std::string sentence(const Maintenance& window) {
    const int64_t until_ns = window.from_ns + static_cast<int64_t>(window.for_s * 1e9);
    return fmt::format("maintenance until {}{}{}", format_time(until_ns),
                       window.name.empty() ? "" : ": ", window.name);
}

}  // namespace

int64_t days_since_epoch(const CivilDate& date) {
    const std::chrono::year_month_day civil{
        std::chrono::year{date.year}, std::chrono::month{date.month}, std::chrono::day{date.day}};
    return std::chrono::sys_days{civil}.time_since_epoch().count();
}

std::vector<std::string> mark_occasions(
    const Calendar& calendar, const std::vector<std::string>& group_names,
    const std::function<int32_t(CountryId, int64_t)>& utc_offset, TickFacts& facts) {
    std::vector<std::string> told;
    const int64_t middle_ns = facts.start_ns + static_cast<int64_t>(facts.seconds * 0.5e9);
    for (const CalendarDay& entry : calendar.days) {
        const auto country = find_country(entry.country);
        if (!country) {
            continue;
        }
        const int64_t at_s = middle_ns / kNs;
        if (falls_on(entry, floor_days(at_s + utc_offset(*country, at_s)))) {
            const std::string name = entry.name.empty() ? "a day of the calendar" : entry.name;
            facts.occasions.push_back({*country, Occasion::Kind::kHoliday, name});
            told.push_back(fmt::format("{}: {}", entry.country, name));
        }
    }
    // Last, so that it counts on a holiday too.
    for (const Maintenance& window : calendar.maintenance) {
        if (!covers(window, middle_ns)) {
            continue;
        }
        if (const auto country = find_country(window.country)) {
            facts.occasions.push_back({*country, Occasion::Kind::kMaintenance, sentence(window)});
            told.push_back(fmt::format("{}: {}", window.country, sentence(window)));
            continue;
        }
        for (std::size_t i = 0; i < std::min(facts.groups.size(), group_names.size()); ++i) {
            if (window.group.empty() || window.group == group_names[i]) {
                facts.groups[i].health = Health::kUnhealthy;
                facts.groups[i].reason = fmt::format("{}: {}", group_names[i], sentence(window));
                told.push_back(facts.groups[i].reason);
            }
        }
    }
    return told;
}

}  // namespace lull
