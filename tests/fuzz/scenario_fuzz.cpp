// Any text as a scenario: it is refused with a place, or it is one whose events can be asked about
// at any time inside it without leaving their bounds.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/drill/effects.h"
#include "control/drill/scenario.h"

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto scenario = lull::parse_scenario(text, "fuzz.yaml");
    if (!scenario) {
        require(scenario.error().message.starts_with("fuzz.yaml:"));
        return 0;
    }
    require(scenario->from_ns < scenario->until_ns);
    require(scenario->events.size() <= lull::kMaxDrillEvents);
    lull::Effects effects(scenario->events);
    const int64_t step_ns = (scenario->until_ns - scenario->from_ns) / 16 + 1;
    for (int64_t at_ns = scenario->from_ns; at_ns < scenario->until_ns; at_ns += step_ns) {
        effects.advance(at_ns);
        require(effects.next_change_ns() > at_ns);
        for (const lull::DrillEvent& event : scenario->events) {
            require(event.at_ns >= scenario->from_ns && event.at_ns < event.over_ns());
            const double share = event.down_share_at(at_ns);
            require(share >= 0 && share <= 1);
        }
    }
    return 0;
}
