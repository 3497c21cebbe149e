// Any bytes as calendar.yaml: a calendar or a list of problems; what was read can be asked about
// any time.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/config/calendar_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto any_country = [](std::string_view code) { return code.size() == 2; };
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto calendar = lull::parse_calendar(text, "calendar.yaml", any_country);
    if (!calendar) {
        if (calendar.error().problems.empty()) std::abort();
        return 0;
    }
    const auto offset = [](lull::CountryId, int64_t) { return int32_t{14 * 3600}; };
    for (const int64_t at_s : {int64_t{0}, int64_t{1'419'163'200}, int64_t{4'102'444'800}}) {
        lull::TickFacts facts;
        facts.start_ns = at_s * 1'000'000'000;
        facts.groups.resize(1);
        lull::mark_occasions(*calendar, {"tap0"}, offset, facts);
        if (facts.occasions.size() > calendar->days.size() + calendar->maintenance.size()) {
            std::abort();
        }
    }
    return 0;
}
