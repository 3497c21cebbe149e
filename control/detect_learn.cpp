// What a tick teaches: levels, the country's day, what it consists of. The other half of a tick,
// the verdict, is in detect.cpp.
#include <algorithm>
#include <functional>

#include "control/detect_impl.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;

}  // namespace

void Detector::Impl::learn(const TickFacts& facts, std::size_t country, const Reading& reading) {
    CountryTrack& track = tracks[country];
    if (!track.may_learn() || !families[country].may_learn()) {
        return;
    }
    for (std::size_t group = 0; group < groups; ++group) {
        if (use(facts, country, group) != Use::kUsed || falls[group].ratio < SiteTrack::kBack ||
            country >= facts.groups[group].countries.size()) {
            continue;
        }
        const CountryFacts& seen = facts.groups[group].countries[country];
        Baseline& baseline = baselines[country * groups + group];
        const double shape_s = this->shape_s(country, group, facts.seconds);
        baseline.flows.learn(seen.flows, shape_s, facts.seconds);
        baseline.bytes.learn(seen.bytes, shape_s, facts.seconds);
        if (facts.teaches == Teaches::kFlows) {
            continue;
        }
        baseline.life.learn(seen.life, shape_s, facts.seconds);
        baseline.sources.learn(seen.sources, shape_s, facts.seconds);
        baseline.demand.learn(seen.demand, shape_s, facts.seconds);
        if (families[country].may_learn6()) {
            baseline.flows6.learn(seen.flows6, shape_s, facts.seconds);
            baseline.life6.learn(seen.life6, shape_s, facts.seconds);
        }
    }
    learned_s[country] += facts.seconds;
    track.learn(reading);
    if (facts.teaches == Teaches::kAll) {
        families[country].learn(reading);
    }
}

void Detector::Impl::learn_day(const TickFacts& facts, std::size_t country,
                               const Reading& reading) {
    // A country that is only suspect goes on learning its day: if not, one whose nights are deeper
    // than the profile would be suspect each night and never learn it.
    // What all do together at a young site is a part of it, too.
    const bool fell = reading.common_ratio < SiteTrack::kBack && own_days >= kPooledDays;
    if (!tracks[country].is_up() || fell) {
        return;
    }
    const CountryId id{static_cast<uint16_t>(country)};
    const int64_t middle_s =
        (facts.start_ns + static_cast<int64_t>(facts.seconds * 0.5e9)) / kSecond_ns;
    days[country].learn(middle_s + utc_offset(id, middle_s), facts.seconds,
                        facts.seconds * reading.used_share, reading.flows.observed,
                        reading.flows.expected);
}

void Detector::Impl::see_parts(const TickFacts& facts) {
    for (std::size_t group = 0; group < std::min(groups, facts.groups.size()); ++group) {
        for (const PartFacts& part : facts.groups[group].parts) {
            const std::size_t country = index_of(part.country);
            if (country < size() && use(facts, country, group) != Use::kMissing) {
                parts[country].see(part.id, part.flows);
            }
        }
    }
}

void Detector::Impl::step_members(const TickFacts& facts, int64_t end_ns) {
    members_seen = facts.members != MembersTold::kNo && facts.groups.size() >= groups &&
                   std::all_of(facts.groups.begin(), facts.groups.end(), [](const auto& group) {
                       return group.health != Health::kUnhealthy;
                   });
    if (facts.members == MembersTold::kNo) {
        member_track.stop(ledger);
    } else if (!members_seen) {
        // A member that is not seen may be on a port group that is not.
        member_track.cut(end_ns, ledger);
    } else {
        see_members(facts, end_ns);
    }
    for (const CountryId id : member_track.take_accepted()) {
        accept_present(index_of(id), "its member's fall is the new normal", end_ns);
    }
}

void Detector::Impl::see_members(const TickFacts& facts, int64_t end_ns) {
    for (const GroupFacts& group : facts.groups) {
        for (const MemberFacts& seen : group.members) {
            if (index_of(seen.country) < size()) {
                members[index_of(seen.country)].see(seen.member, seen.flows);
            }
        }
    }
    member_track.open(facts, end_ns);
    for (std::size_t country = 1; country < size(); ++country) {
        Signal flows;
        for (std::size_t group = 0; group < groups; ++group) {
            const auto& all = facts.groups[group].countries;
            flows.observed +=
                country < all.size() && !all[country].missing ? all[country].flows : 0;
            flows.expected += expected[country * groups + group];
        }
        member_track.add(static_cast<CountryId>(country), flows, members[country]);
    }
    member_track.close(ledger);
}

CountryMembers::Tick Detector::Impl::tick_of_members(const TickFacts& facts,
                                                     std::size_t country) const {
    const bool teaches = members_seen && facts.members == MembersTold::kAll &&
                         tracks[country].may_learn() && uses_all() &&
                         !member_track.holds(static_cast<CountryId>(country));
    return teaches ? CountryMembers::Tick::kTeaches : CountryMembers::Tick::kPartlySeen;
}

bool Detector::Impl::uses_all() const {
    return std::all_of(uses.begin(), uses.end(), [](Use use) { return use == Use::kUsed; });
}

CountryParts::Tick Detector::Impl::tick_of_parts(const TickFacts& facts,
                                                 std::size_t country) const {
    const Occasion* const occasion = occasion_of(facts, country);
    if (!facts.networks_told ||
        (occasion != nullptr && occasion->kind == Occasion::Kind::kMaintenance)) {
        return CountryParts::Tick::kPartlySeen;
    }
    for (std::size_t group = 0; group < groups; ++group) {
        const std::size_t at = country * groups + group;
        if (!readings[at].used && expected[at] > 0) {
            return CountryParts::Tick::kPartlySeen;  // what is silent may be on that one
        }
    }
    return tracks[country].may_learn() ? CountryParts::Tick::kTeaches : CountryParts::Tick::kSeen;
}

void Detector::keep_parts(const std::function<bool(CountryId, const PartId&)>& stays) {
    for (std::size_t country = 0; country < impl_->size(); ++country) {
        const CountryId id{static_cast<uint16_t>(country)};
        impl_->parts[country].keep_if([&](const PartId& part) { return stays(id, part); });
    }
}

}  // namespace lull
