// What fell together, port group by port group: it is taken out of what is expected of each
// country, or, where it is too deep for that, is the site's own incident.
#include <cmath>

#include "control/detect_impl.h"

namespace lull {

void Detector::Impl::find_common_fall(const TickFacts& facts) {
    const auto takes_part = [&](std::size_t country) {
        return tracks[country].is_up() && learned_s[country] >= CountryTests::kLearning_s &&
               !member_track.holds(static_cast<CountryId>(country));
    };
    common_ratio = 1;
    for (std::size_t group = 0; group < groups; ++group) {
        falls[group] = {};
        uses[group] = Use::kMissing;
        if (group >= facts.groups.size() || facts.groups[group].health == Health::kUnhealthy) {
            continue;
        }
        logs.clear();
        const std::vector<CountryFacts>& seen = facts.groups[group].countries;
        for (std::size_t country = 1; country < std::min(size(), seen.size()); ++country) {
            const double mean = expected[country * groups + group];
            if (mean >= kCommonFallEvents && takes_part(country) && !seen[country].missing) {
                logs.push_back(log_fall(seen[country].flows, mean));
            }
        }
        falls[group] = common_fall(logs);
        uses[group] = falls[group].ratio < SiteTrack::kHeld ? Use::kHeld : Use::kUsed;
    }
    double before = 0;
    double after = 0;
    for (std::size_t country = 1; country < size(); ++country) {
        for (std::size_t group = 0; group < groups; ++group) {
            if (use(facts, country, group) != Use::kMissing) {
                before += expected[country * groups + group];
                after += expected[country * groups + group] * falls[group].ratio;
            }
        }
    }
    common_ratio = before > 0 ? after / before : 1;
}

void Detector::Impl::step_site(const TickFacts& facts, int64_t end_ns) {
    SiteTrack::Tick tick;
    tick.start_ns = facts.start_ns;
    tick.end_ns = end_ns;
    tick.groups = groups;
    for (std::size_t group = 0; group < groups; ++group) {
        if (uses[group] != Use::kMissing && falls[group].ratio <= tick.ratio) {
            tick.ratio = falls[group].ratio;
            tick.group = group;
            tick.countries = falls[group].countries;
        }
    }
    for (const CountryId id : settings.home) {
        const std::size_t country = index_of(id);
        if (country >= size()) {
            continue;
        }
        tick.home = tick.home.value_or(id);
        for (std::size_t group = 0; group < groups; ++group) {
            if (uses[group] != Use::kMissing && country < facts.groups[group].countries.size()) {
                tick.home_demand.observed += facts.groups[group].countries[country].demand;
                tick.home_demand.expected += baselines[country * groups + group].demand.expected(
                    profile[country] * facts.seconds);
            }
        }
    }
    site.step(tick, ledger);
}

}  // namespace lull
