// Any bytes as a detector's state: refused, or restored into a detector that takes ticks, and whose
// own state can be restored again.
#include <cstdlib>

#include "control/detect.h"

namespace {

constexpr std::size_t kCountries = 5;  // few, to be quick; the corpus knows three

lull::Detector fresh() {
    lull::DetectorSettings settings;
    settings.tick_s = 60;
    return {settings, std::vector<uint32_t>(kCountries, 4), 2,
            [](lull::CountryId, int64_t) { return 0; }};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const std::vector<std::string> groups{"tap0", "tap1"};
    lull::Detector detector = fresh();
    const auto restored = detector.restore({data, size}, groups);
    if (!restored) {
        if (restored.error().message.empty()) std::abort();
        return 0;
    }
    lull::TickFacts facts;
    facts.start_ns = 1'772'409'600'000'000'000;
    facts.seconds = 60;
    facts.groups.resize(2);
    for (int tick = 0; tick < 4; ++tick) {
        for (lull::GroupFacts& group : facts.groups) {
            const double events = tick % 2 == 0 ? 20 : 0;
            group.countries.assign(kCountries, {events, events, events, events, events, events});
        }
        detector.step(facts);
        facts.start_ns += 60'000'000'000;
    }
    lull::Detector again = fresh();
    if (!again.restore(detector.save(groups), groups)) std::abort();
    return 0;
}
