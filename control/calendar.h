// Days that are not like others, and maintenance that was announced (detection.md §2.2): what
// happens then is not learned, and maintenance is not judged either. Pure: time comes in.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "control/facts.h"

namespace lull {

/// A date of the civil calendar; year 0 is every year's.
struct CivilDate {
    int32_t year = 0;
    uint32_t month = 1;
    uint32_t day = 1;
    bool operator==(const CivilDate&) const = default;
};
/// Days since 1970-01-01.
int64_t days_since_epoch(const CivilDate& date);

/// From midnight to midnight in the country's own time.
struct CalendarDay {
    std::string country;
    CivilDate date;
    uint32_t days = 1;
    std::string name;
    int line = 0;
    bool operator==(const CalendarDay&) const = default;
};

/// A window is at most so long.
inline constexpr double kMostMaintenance_s = 30 * 86'400.0;

/// Of a port group, of a country, or, with neither, of the site.
struct Maintenance {
    std::string group;
    std::string country;
    int64_t from_ns = 0;
    double for_s = 0;
    std::string name;
    int line = 0;
    bool operator==(const Maintenance&) const = default;
};

struct Calendar {
    std::vector<CalendarDay> days;
    std::vector<Maintenance> maintenance;
    bool operator==(const Calendar&) const = default;
};

/// Writes into a tick what the calendar says of its middle: countries' occasions, and groups that
/// are under maintenance as unhealthy. `group_names` are those of facts.groups. Returns a sentence
/// for each: "DE: Christmas", "tap0: maintenance until 2026-12-01T06:00:00Z: new optics".
std::vector<std::string> mark_occasions(
    const Calendar& calendar, const std::vector<std::string>& group_names,
    const std::function<int32_t(CountryId, int64_t)>& utc_offset, TickFacts& facts);

}  // namespace lull
