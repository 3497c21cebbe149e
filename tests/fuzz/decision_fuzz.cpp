// Any bytes as a row of decision records: a verdict within its bounds that can be recorded again,
// or none.
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "control/decision.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const lull::DecisionRow row{1'419'267'600'000'000'000, {data, data + size}};
    for (const char* code : {"KP", "IR", "DE"}) {
        const lull::CountryId id = *lull::find_country(code);
        const auto decision = lull::find_record(row, id);
        if (!decision) {
            continue;
        }
        const lull::CountryVerdict& verdict = decision->verdict;
        if (!std::isfinite(verdict.ratio.value_or(0)) || !std::isfinite(verdict.evidence) ||
            verdict.state_since_ns > row.time_ns) {
            std::abort();
        }
        lull::DecisionRow again{row.time_ns, {}};
        lull::add_record(again, id, verdict);
        const auto twice = lull::find_record(again, id);
        if (!twice || twice->verdict.state != verdict.state ||
            twice->verdict.ratio.has_value() != verdict.ratio.has_value()) {
            std::abort();
        }
    }
    return 0;
}
