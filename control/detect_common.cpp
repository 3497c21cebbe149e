// What fell together, port group by port group: it is taken out of what is expected of each
// country, or, where it is too deep for that, is the site's own incident.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "control/detect_impl.h"

namespace lull {
namespace {

// A site's countries may have, all together, a day that the generic profile does not know: those of
// one region, or machines that never sleep. Until they have learned their own days, what all of
// them show beside it is taken for a part of it, if it comes slowly; a fault comes at once.
constexpr double kPooledHalfLife_s = 1800;
constexpr double kPooledMost = 1.1;  // either way, as a logarithm: a factor of three
constexpr double kPooledFrom = 0.2;  // less, as a logarithm, is nobody's day

}  // namespace

void Detector::Impl::find_own_days() {
    std::vector<double> all;
    all.reserve(size());
    std::transform(days.begin(), days.end(), std::back_inserter(all),
                   [](const DayProfile& day) { return day.days(); });
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    own_days = middle == all.end() ? 0 : *middle;
}

double Detector::Impl::shape_s(std::size_t country, std::size_t group, double seconds) const {
    return profile[country] * pooled_day[group] * seconds;
}

void Detector::Impl::follow_pooled_day(double seconds) {
    const double most = kPooledMost * std::max(0.0, 1 - own_days / kPooledDays);
    const double weight = 1 - std::exp2(-seconds / kPooledHalfLife_s);
    for (std::size_t group = 0; group < groups; ++group) {
        if (uses[group] != Use::kUsed || site.incident() != 0) {
            continue;  // it cannot be seen, or it is an event
        }
        const double now = std::log(pooled_day[group]);
        // Where too few countries take part nothing is known of a common day.
        const double all = falls[group].known ? now + falls[group].centre : 0;
        const double beyond = std::copysign(std::max(0.0, std::abs(all) - kPooledFrom), all);
        pooled_day[group] = std::exp(std::clamp(now + weight * (beyond - now), -most, most));
    }
}

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
        const bool fallen =
            falls[group].known ? falls[group].ratio < SiteTrack::kFallen : is_fallen(group);
        uses[group] = fallen ? Use::kHeld : Use::kUsed;
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
        tick.known = tick.known && (is_known(group) || !is_fallen(group));
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
                    shape_s(country, group, facts.seconds));
            }
        }
    }
    site.step(tick, ledger);
}

bool Detector::Impl::is_known(std::size_t group) const {
    return uses[group] != Use::kMissing && falls[group].known;
}

bool Detector::Impl::is_fallen(std::size_t group) const {
    return site.incident() != 0 && low_s[group] > 0;
}

void Detector::Impl::release_common_fall(double seconds, int64_t end_ns) {
    for (std::size_t group = 0; group < groups; ++group) {
        const double ratio = falls[group].ratio;
        if (is_known(group)) {
            low_s[group] = ratio < SiteTrack::kBack ? low_s[group] + seconds : 0;
        } else if (is_fallen(group)) {
            low_s[group] += seconds;
        }
        if (low_s[group] < SiteTrack::kRelease_s) {
            continue;
        }
        if (uses[group] != Use::kUsed && site.incident() != 0) {
            accept_common_fall(group, end_ns);
            return;
        }
        // Countries are judged beside what all have lost: nothing changes for them.
        if (is_known(group) && uses[group] == Use::kUsed) {
            for (std::size_t country = 0; country < size(); ++country) {
                baselines[country * groups + group].scale(ratio);
            }
            low_s[group] = 0;
            if (Incident* incident = ledger.find(site.incident())) {
                Ledger::note_at_last(
                    *incident,
                    fmt::format("port group {} stands at {:.2f} for a week: its new normal",
                                group + 1, ratio));
            }
        }
    }
}

void Detector::Impl::accept_common_fall(std::size_t group, int64_t end_ns) {
    site.accept(end_ns, ledger);
    for (std::size_t country = 0; country < size(); ++country) {
        if (tracks[country].incident() != 0 || families[country].incident() != 0 ||
            member_track.holds(static_cast<CountryId>(country))) {
            baselines[country * groups + group].scale(falls[group].ratio);
        } else {
            accept_present(country, "", end_ns);
        }
    }
    std::fill(low_s.begin(), low_s.end(), 0);
}

}  // namespace lull
