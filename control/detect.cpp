// One step a tick: what can be trusted, what was expected, what fell together, and then each
// country on its own. Expectation is held per country and group; a group that is unhealthy, or that
// fell as a whole, takes no part in a country's sums.
#include "control/detect.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "control/cusum.h"
#include "control/detect_impl.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr int64_t kHour_s = 3600;
constexpr int64_t kHour_ns = kHour_s * kSecond_ns;
constexpr double kLeastRatio = 1e-3;  // keeps a logarithm finite
// The day profile moves by less than 2 % in a quarter of an hour, and its offset seldom.
constexpr int64_t kProfile_s = 300;
// A degraded group loses packets itself: a country that stands on such groups alone needs half as
// much evidence again.
constexpr double kDegradedThreshold = 0.5;
// Gaps shorter than this part of a tick are rounding.
constexpr double kGapTicks = 0.5;

}  // namespace

const Occasion* occasion_of(const TickFacts& facts, std::size_t country) {
    const auto found =
        std::find_if(facts.occasions.rbegin(), facts.occasions.rend(),
                     [&](const Occasion& each) { return index_of(each.country) == country; });
    return found == facts.occasions.rend() ? nullptr : &*found;
}

CountryTrack::Notify Detector::Impl::notify(std::size_t country) const {
    const CountryId id{static_cast<uint16_t>(country)};
    return std::find(settings.ignore.begin(), settings.ignore.end(), id) == settings.ignore.end()
               ? CountryTrack::Notify::kYes
               : CountryTrack::Notify::kNo;
}

void Detector::Impl::note_gap(const TickFacts& facts) {
    const auto length_ns = static_cast<int64_t>(facts.seconds * 1e9);
    const auto tolerated_ns = static_cast<int64_t>(kGapTicks * facts.seconds * 1e9);
    if (last_end_ns && std::abs(facts.start_ns - *last_end_ns) > tolerated_ns) {
        for (CountryTrack& track : tracks) {
            track.gap();
        }
        for (FamilyTrack& track : families) {
            track.gap();
        }
    }
    last_end_ns = facts.start_ns + length_ns;
}

void Detector::Impl::expect(const TickFacts& facts) {
    const int64_t middle_s =
        (facts.start_ns + static_cast<int64_t>(facts.seconds * 0.5e9)) / kSecond_ns;
    if (const int64_t slot = middle_s / kProfile_s; slot != profile_slot) {
        profile_slot = slot;
        for (std::size_t country = 0; country < size(); ++country) {
            const CountryId id{static_cast<uint16_t>(country)};
            profile[country] =
                days[country].shape(middle_s + utc_offset(id, middle_s), facts.seconds);
        }
        find_own_days();
    }
    for (std::size_t country = 0; country < size(); ++country) {
        for (std::size_t group = 0; group < groups; ++group) {
            const std::size_t at = country * groups + group;
            expected[at] = baselines[at].flows.expected(shape_s(country, group, facts.seconds));
        }
    }
}

Detector::Impl::Use Detector::Impl::use(const TickFacts& facts, std::size_t country,
                                        std::size_t group) const {
    if (uses[group] == Use::kMissing) {
        return Use::kMissing;
    }
    const std::vector<CountryFacts>& all = facts.groups[group].countries;
    return country < all.size() && all[country].missing ? Use::kMissing : uses[group];
}

void Detector::Impl::add_group(const TickFacts& facts, std::size_t country, std::size_t group,
                               Reading& reading) const {
    const std::vector<CountryFacts>& all = facts.groups[group].countries;
    const CountryFacts seen = country < all.size() ? all[country] : CountryFacts{};
    const Baseline& baseline = baselines[country * groups + group];
    const double shape_s = this->shape_s(country, group, facts.seconds);
    const double share = falls[group].ratio;
    const auto add = [&](Signal& signal, double observed, double mean) {
        signal.observed += observed;
        signal.expected += mean * share;
    };
    add(reading.flows, seen.flows, expected[country * groups + group]);
    add(reading.life, seen.life, baseline.life.expected(shape_s));
    add(reading.flows6, seen.flows6, baseline.flows6.expected(shape_s));
    add(reading.life6, seen.life6, baseline.life6.expected(shape_s));
    add(reading.sources, seen.sources, baseline.sources.expected(shape_s));
    add(reading.demand, seen.demand, baseline.demand.expected(shape_s));
    add(reading.bytes, seen.bytes, baseline.bytes.expected(shape_s));
    reading.events += baseline.flows.events();
    reading.events6 += baseline.flows6.events();
}

Reading Detector::Impl::read(const TickFacts& facts, int64_t end_ns, std::size_t country) {
    Reading reading;
    reading.start_ns = facts.start_ns;
    reading.end_ns = end_ns;
    reading.seconds = facts.seconds;
    reading.learned_s = learned_s[country];
    double all = 0;
    double visible = 0;
    double degraded = 0;
    double used = 0;
    std::size_t seen_groups = 0;
    std::size_t used_groups = 0;
    for (std::size_t group = 0; group < groups; ++group) {
        const double mean = expected[country * groups + group];
        all += mean;
        const Use in_use = use(facts, country, group);
        GroupReading& seen = readings[country * groups + group];
        seen = {{0, mean * falls[group].ratio}, in_use == Use::kUsed};
        if (in_use == Use::kMissing) {
            continue;
        }
        ++seen_groups;
        visible += mean;
        if (in_use == Use::kUsed) {
            ++used_groups;
            used += mean;
            degraded += facts.groups[group].health == Health::kDegraded ? mean : 0;
            const double before = reading.flows.observed;
            add_group(facts, country, group, reading);
            seen.flows.observed = reading.flows.observed - before;
        }
    }
    reading.coverage = all > 0 ? visible / all : seen_groups > 0 ? 1 : 0;
    reading.used_share = all > 0 ? used / all : used_groups > 0 ? 1 : 0;
    reading.degraded_share = used > 0 ? degraded / used : 0;
    reading.common_ratio = used > 0 ? reading.flows.expected / used : common_ratio;
    return reading;
}

// A tick that can be judged.
void Detector::Impl::judge(const TickFacts& facts, std::size_t country, Reading reading,
                           const Occasion* occasion) {
    CountryTrack& track = tracks[country];
    Surroundings around;
    around.threshold = threshold * (1 + kDegradedThreshold * reading.degraded_share);
    around.groups = groups;
    around.healthy_groups =
        groups - static_cast<std::size_t>(std::count(uses.begin(), uses.end(), Use::kMissing));
    around.networks = networks[country];
    if (occasion != nullptr) {
        reading.holiday = true;
        around.holiday = occasion->name;
    }
    around.standing = families[country].standing();
    around.recurring = &recurring[country];
    around.parts = &parts[country];
    around.parts_told = tick_of_parts(facts, country) != CountryParts::Tick::kPartlySeen;
    around.routing = &routes[country].verdict();
    const auto noisy = noise.find(country);
    around.noise = noisy != noise.end() ? &noisy->second : nullptr;
    around.conserved = moves.of(country);
    judged_flows[country] = reading.flows;
    const uint64_t before = track.incident();
    const int64_t fell_ns = track.fell_ns();
    track.step(reading, around, ledger);
    if (before != 0 && track.incident() == 0 && around.noise != nullptr) {
        note_flood_meanwhile(before, *around.noise, fell_ns, reading.end_ns);
    }
    step_recurring(reading.end_ns, country);
    families[country].step(reading,
                           {CountryId{static_cast<uint16_t>(country)}, around.threshold,
                            !track.is_up(), notify(country) == CountryTrack::Notify::kYes},
                           ledger);
    if (occasion == nullptr) {
        learn(facts, country, reading);
        learn_day(facts, country, reading);
        // What everything together did is no country's usual hour.
        const bool down = !track.is_up();
        if (down || reading.common_ratio >= SiteTrack::kBack) {
            squeezes[country].add({facts.seconds, reading.used_share, reading.flows.observed,
                                   reading.demand.observed, down});
        }
    }
    const bool calm = track.verdict().state == State::kNormal && !track.doubts();
    canaries[country].step(track.tests(), calm, reading, around.threshold, country, size());
}

void Detector::Impl::note_flood_meanwhile(uint64_t id, const NoiseTrack& flood, int64_t fell_ns,
                                          int64_t now_ns) {
    Incident* incident = ledger.find(id);
    const std::string sentence = flood.sentence(fell_ns, now_ns, "while it was down");
    if (incident != nullptr && !sentence.empty()) {
        Ledger::note(*incident, sentence);
    }
}

void Detector::Impl::step_hour(int64_t start_ns) {
    const int64_t now_ns = start_ns - (start_ns % kHour_ns + kHour_ns) % kHour_ns;
    const int64_t ended_ns = std::exchange(hour_ns, now_ns);
    if (ended_ns == now_ns || ended_ns < 0) {
        return;
    }
    const int64_t middle_s = ended_ns / kSecond_ns + kHour_s / 2;
    logs.clear();
    for (std::size_t country = 1; country < size(); ++country) {
        const CountryId id{static_cast<uint16_t>(country)};
        const int64_t local_hour = (middle_s + utc_offset(id, middle_s)) / kHour_s;
        const std::optional<double> ratio = squeezes[country].close_hour(local_hour);
        if (ratio && tracks[country].is_up()) {
            logs.push_back(std::log(std::max(*ratio, kLeastRatio)));
        }
    }
    SlowSqueeze::Surroundings around;
    around.hour_start_ns = ended_ns;
    around.common_ratio = common_fall(logs).ratio;
    for (std::size_t country = 1; country < size(); ++country) {
        around.country = CountryId{static_cast<uint16_t>(country)};
        around.other_incident = tracks[country].incident() != 0 ? tracks[country].incident()
                                                                : families[country].incident();
        around.notify = notify(country) == CountryTrack::Notify::kYes;
        squeezes[country].judge(around, ledger);
    }
}

void Detector::Impl::step_recurring(int64_t end_ns, std::size_t country) {
    const CountryTrack& track = tracks[country];
    if (track.incident() == 0 && recurring[country].idle()) {
        return;
    }
    Recurring::Tick tick;
    tick.end_ns = end_ns;
    tick.utc_offset_s = utc_offset(CountryId{static_cast<uint16_t>(country)}, end_ns / kSecond_ns);
    tick.incident = track.incident();
    tick.fell_ns = track.fell_ns();
    tick.down = !track.is_up();
    tick.state = track.verdict().state;
    recurring[country].step(tick, ledger);
}

// Routing goes on in ticks that cannot be judged. That a country's networks left it while its
// traffic goes on opens no incident: the collector's view is not this tap's, and packets are here.
void Detector::Impl::step_routing(const TickFacts& facts, int64_t end_ns, std::size_t country) {
    RoutingTrack::Tick tick;
    tick.end_ns = end_ns;
    tick.seconds = facts.seconds;
    tick.witness = facts.witness;
    if (country < facts.routing.size()) {
        tick.facts = facts.routing[country];
    }
    routes[country].step(tick);
}

void Detector::Impl::step_country(const TickFacts& facts, int64_t end_ns, std::size_t country) {
    CountryTrack& track = tracks[country];
    const Reading reading = read(facts, end_ns, country);
    step_routing(facts, end_ns, country);
    judged_flows[country] = {};
    const Occasion* const occasion = occasion_of(facts, country);
    const bool maintained = occasion != nullptr && occasion->kind == Occasion::Kind::kMaintenance;
    parts[country].close_tick(end_ns, facts.seconds, reading.flows.observed, reading.flows.expected,
                              tick_of_parts(facts, country));
    members[country].close_tick(end_ns, facts.seconds, reading.flows.observed,
                                reading.flows.expected, tick_of_members(facts, country));
    if (blind || reading.coverage < kLeastCoverage) {
        track.step_blind(facts.start_ns, ledger);
        canaries[country].cut();
    } else if (reading.used_share < kLeastCoverage || maintained ||
               country == index_of(kCountryUnknown) ||
               member_track.holds(static_cast<CountryId>(country))) {
        track.step_held(reading, ledger);
        canaries[country].cut();
    } else {
        judge(facts, country, reading, occasion);
    }
    verdicts[country] = track.verdict();
    verdicts[country].coverage = reading.coverage;
    verdicts[country].canary_s = canaries[country].detection_s();
    verdicts[country].canary_misses = canaries[country].misses();
    verdicts[country].alive = parts[country].alive();
    verdicts[country].routing = routes[country].verdict();
    verdicts[country].conserved = moves.of(country);
    const CountryId id{static_cast<uint16_t>(country)};
    verdicts[country].watched =
        std::find(settings.watch.begin(), settings.watch.end(), id) != settings.watch.end();
}

Detector::Detector(DetectorSettings settings, std::vector<uint32_t> networks, std::size_t groups,
                   UtcOffset utc_offset, CountryCode code)
    : impl_(std::make_unique<Impl>()) {
    Impl& impl = *impl_;
    impl.settings = std::move(settings);
    impl.networks = std::move(networks);
    impl.groups = std::max<std::size_t>(groups, 1);
    impl.utc_offset = std::move(utc_offset);
    impl.code = code;
    impl.moves = MoveWatch(std::move(code));
    const std::size_t count = impl.networks.size();
    impl.threshold = alarm_threshold(impl.settings.tick_s, count > 1 ? count - 1 : 1,
                                     impl.settings.false_alarms_per_year);
    impl.tracks.reserve(count);
    for (std::size_t country = 0; country < count; ++country) {
        impl.tracks.emplace_back(CountryId{static_cast<uint16_t>(country)}, impl.settings.tick_s,
                                 impl.notify(country));
    }
    impl.baselines.resize(count * impl.groups);
    impl.expected.resize(count * impl.groups);
    impl.days.resize(count);
    impl.families.resize(count);
    impl.readings.resize(count * impl.groups);
    impl.canaries.resize(count);
    impl.squeezes.resize(count);
    impl.recurring.resize(count);
    impl.parts.resize(count);
    impl.members.resize(count);
    impl.routes.resize(count);
    impl.judged_flows.resize(count);
    impl.learned_s.resize(count);
    impl.profile.resize(count, 1);
    impl.verdicts.resize(count);
    impl.falls.resize(impl.groups);
    impl.uses.resize(impl.groups, Impl::Use::kMissing);
    impl.low_s.resize(impl.groups);
    impl.pooled_day.resize(impl.groups, 1);
}

Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;

void Detector::step(const TickFacts& facts) {
    Impl& impl = *impl_;
    if (!(facts.seconds > 0)) {
        return;
    }
    const int64_t end_ns = facts.start_ns + static_cast<int64_t>(facts.seconds * 1e9);
    impl.note_gap(facts);
    impl.step_hour(facts.start_ns);
    impl.expect(facts);
    impl.step_members(facts, end_ns);
    for (const CountryNoise& noisy : facts.noise) {
        impl.noise[index_of(noisy.country)].add(noisy, end_ns);
    }
    impl.find_common_fall(facts);
    impl.blind = std::all_of(impl.uses.begin(), impl.uses.end(),
                             [](Impl::Use use) { return use == Impl::Use::kMissing; });
    if (!impl.blind) {
        impl.step_site(facts, end_ns);
        impl.release_common_fall(facts.seconds, end_ns);
    }
    impl.see_parts(facts);
    for (std::size_t country = 0; country < impl.size(); ++country) {
        impl.step_country(facts, end_ns, country);
    }
    impl.follow_pooled_day(facts.seconds);
    impl.regional.step(end_ns, facts.seconds, impl.ledger);
    impl.moves.step(impl.judged_flows, facts.seconds, [&impl](std::size_t country) {
        const CountryTrack& track = impl.tracks[country];
        return track.is_down() || track.doubts();
    });
}

std::span<const CountryVerdict> Detector::verdicts() const {
    return impl_->verdicts;
}

std::span<const GroupReading> Detector::group_readings() const {
    return impl_->readings;
}

const CountryParts& Detector::parts(CountryId country) const {
    return impl_->parts[index_of(country)];
}

const CountryMembers& Detector::members(CountryId country) const {
    return impl_->members[index_of(country)];
}

const MemberTrack& Detector::member_track() const {
    return impl_->member_track;
}

const std::vector<Incident>& Detector::incidents() const {
    return impl_->ledger.all();
}

bool Detector::blind() const {
    return impl_->blind;
}

double Detector::common_fall_ratio() const {
    return impl_->common_ratio;
}

double Detector::threshold() const {
    return impl_->threshold;
}

void Detector::move_expectation(std::span<const double> factors) {
    Impl& impl = *impl_;
    for (std::size_t country = 0; country < std::min(impl.size(), factors.size()); ++country) {
        if (factors[country] == 1) {
            continue;
        }
        for (std::size_t group = 0; group < impl.groups; ++group) {
            impl.baselines[country * impl.groups + group].scale(factors[country]);
        }
        impl.squeezes[country].scale(factors[country]);
    }
}

void Detector::reconfigure(DetectorSettings settings, std::vector<uint32_t> networks) {
    Impl& impl = *impl_;
    impl.settings = std::move(settings);
    networks.resize(impl.size());
    impl.networks = std::move(networks);
    const double threshold =
        alarm_threshold(impl.settings.tick_s, impl.size() > 1 ? impl.size() - 1 : 1,
                        impl.settings.false_alarms_per_year);
    for (std::size_t country = 0; country < impl.size(); ++country) {
        impl.tracks[country].scale_evidence(threshold / impl.threshold);
        impl.families[country].scale(threshold / impl.threshold);
        impl.tracks[country].reconfigure(impl.settings.tick_s, impl.notify(country));
    }
    impl.threshold = threshold;
}

}  // namespace lull
