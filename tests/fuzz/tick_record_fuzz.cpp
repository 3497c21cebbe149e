// Any bytes as a recorded tick: refused, or facts within their bounds that are recorded and read
// again as they are.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "control/tick_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto facts = lull::read_tick({data, size});
    if (!facts) {
        return 0;
    }
    for (const lull::GroupFacts& group : facts->groups) {
        for (const lull::CountryFacts& country : group.countries) {
            if (!std::isfinite(country.flows) || country.flows < 0 || country.demand > 1e15) {
                std::abort();
            }
        }
    }
    const lull::TickRow row = lull::record_tick(*facts);
    const auto again = lull::read_tick(row.record);
    if (!again || again->groups.size() != facts->groups.size() ||
        again->occasions.size() != facts->occasions.size() ||
        lull::record_tick(*again).record != row.record) {
        std::abort();
    }
    return 0;
}
