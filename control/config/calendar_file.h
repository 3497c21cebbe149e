// calendar.yaml, which detect.calendar names: read like lull.yaml, strictly and to the end.
//   days:
//     - {country: DE, date: 12-25, days: 2, name: Christmas}        # every year
//     - {country: IR, date: 2027-03-21, days: 4, name: Nowruz}
//   maintenance:                                  # of a port group, of a country, or of the site
//     - {group: tap0, from: 2026-12-01T02:00:00Z, for: 4h, name: new optics}
#pragma once

#include <string>

#include "control/calendar.h"
#include "control/config/config.h"

namespace lull {

tl::expected<Calendar, ConfigErrors> parse_calendar(const std::string& text,
                                                    const std::string& path,
                                                    const CountryKnown& country_known);
/// The calendar that the config names; an empty one if it names none. `group_known` by the ports.
tl::expected<Calendar, ConfigErrors> load_calendar(const Config& config);

}  // namespace lull
