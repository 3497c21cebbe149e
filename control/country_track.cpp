// The state machine. Every limit below is detection.md §2.7's unless it says otherwise.
#include "control/country_track.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "control/evidence.h"
#include "control/recurring.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr int64_t kHour_ns = 3600 * kSecond_ns;
constexpr int64_t kDay_ns = 24 * kHour_ns;
constexpr double kSuspect = 2.0 / 3;
constexpr uint32_t kSuspectTicks = 2;
constexpr double kProbation_s = 3600;
constexpr double kQuiet_s = 2 * 3600;
constexpr double kDeep_s = 600;
constexpr std::size_t kManyEdges = 3;
constexpr std::size_t kManyOutages = 3;
constexpr double kRelease_s = 7 * 86400.0;
// Depth is judged over at least this many expected events: 0 of 40 bounds a ratio below 0.08.
constexpr double kDepthEvents = 40;
constexpr double kDepthWindow_s = 60;
constexpr double kOutageRatio = 0.1;
// An outage's upper bound may stand this high: a few stray packets are no partial outage.
constexpr double kOutageBound = 0.15;
// A partial recovery is one that lasts; before, it is the beginning of a return.
constexpr double kPartial_s = 300;
constexpr double kNotDeep = 0.15;

constexpr std::array<std::string_view, kStateCount> kStates{
    "learning",       "insufficient", "normal",    "suspect", "unstable",
    "partial_outage", "outage",       "probation", "blind"};

void drop_before(std::deque<int64_t>& times, int64_t from_ns) {
    while (!times.empty() && times.front() <= from_ns) {
        times.pop_front();
    }
}

std::optional<double> ratio_of(const Signal& signal) {
    if (signal.expected <= 0) {
        return std::nullopt;
    }
    return signal.observed / signal.expected;
}

}  // namespace

std::string_view state_name(State state) {
    return kStates.at(static_cast<std::size_t>(state));
}

CountryTrack::CountryTrack(CountryId id, double tick_s, Notify notify)
    : id_(id), notify_(notify), recent_(tick_s) {}

void CountryTrack::step(const Reading& reading, const Surroundings& around, Ledger& ledger) {
    recent_.add({reading.flows, reading.demand});
    tests_.step(reading, around.threshold,
                down_ ? CountryTests::Down::kYes : CountryTests::Down::kNo);
    hear_networks(reading, around);
    const bool was_down = down_;
    hear_fall(reading, around, ledger);
    if (was_down) {
        hear_return(reading, ledger);
    }
    standing_ = around.standing;
    const RoutingVerdict routing = around.routing != nullptr ? *around.routing : RoutingVerdict{};
    if (down_) {
        measure_down(reading, routing, around.conserved, ledger);
        hear_standing(ledger);
        name_family(ledger);
    }
    pass_time(reading, ledger);
    suspect_ticks_ = evidence() >= kSuspect ? suspect_ticks_ + 1 : 0;
    fill_verdict(reading);
    show(reading.end_ns, ledger);
    if (Incident* incident = incident_ != 0 ? ledger.find(incident_) : nullptr) {
        incident->last_verified_ns = reading.end_ns;
        scope_.tell_routing(routing,
                            down_ ? ScopeTrack::Traffic::kDown : ScopeTrack::Traffic::kHere,
                            reading, *incident);
    }
    const bool frozen = down_ || phase_ == Phase::kUnstable || doubts();
    frozen_s_ = frozen ? frozen_s_ + reading.seconds : 0;
}

void CountryTrack::hear_fall(const Reading& reading, const Surroundings& around, Ledger& ledger) {
    // Down and ignored when it fell, and ignored no longer.
    const bool untold = down_ && incident_ == 0 && notify_ == Notify::kYes;
    if (down_ && !untold) {
        return;
    }
    std::optional<Fall> fall = tests_.fall();
    if (!fall && !(fall = networks_.fall())) {
        return;
    }
    if (!untold) {
        on_fall(reading, around, *fall, ledger);
        return;
    }
    fall->onset_ns = fell_ns_;
    enter_incident(reading, around, *fall, ledger);
    scope_.fall(fell_ns_);
    if (Incident* incident = ledger.find(incident_)) {
        incident->edges = 1;
    }
}

void CountryTrack::hear_return(const Reading& reading, Ledger& ledger) {
    const std::optional<int64_t> first_ns = tests_.returned();
    const std::optional<double> now = ratio_of(recent_.sums().flows);
    const double back =
        networks_.most_are_silent() ? CountryTests::kBackRatio : tests_.back_ratio();
    if (first_ns && recent_.full() && now && *now > back) {
        on_return(reading, *first_ns, ledger);
    }
}

void CountryTrack::hear_networks(const Reading& reading, const Surroundings& around) {
    if (around.parts == nullptr || !around.parts_told) {
        networks_.skip();
        return;
    }
    networks_.step(*around.parts, reading,
                   {around.threshold, tests_.dispersion(), tests_.silence_edge(),
                    tests_.fall_below(), down_, doubts()});
}

void CountryTrack::step_blind(int64_t start_ns, Ledger& ledger) {
    if (verdict_.state == State::kBlind) {
        return;
    }
    enter_state(State::kBlind, start_ns);
    verdict_.ratio.reset();
    recent_.clear();
    if (Incident* incident = incident_ != 0 ? ledger.find(incident_) : nullptr) {
        Ledger::move(*incident, start_ns, state_name(State::kBlind));
    }
}

void CountryTrack::step_held(const Reading& reading, Ledger& ledger) {
    fill_verdict(reading);
    verdict_.grounds.held = true;
    verdict_.ratio.reset();
    show(reading.end_ns, ledger);
}

bool CountryTrack::may_learn() const {
    return frozen_s_ <= 0 || frozen_s_ > kRelease_s;
}

bool CountryTrack::many_edges(int64_t now_ns) const {
    const auto within = [&](const std::deque<int64_t>& times, int64_t span_ns) {
        return static_cast<std::size_t>(std::count_if(
            times.begin(), times.end(), [&](int64_t t) { return t > now_ns - span_ns; }));
    };
    return within(edges_, kHour_ns) >= kManyEdges || within(outages_, kDay_ns) >= kManyOutages;
}

void CountryTrack::count_edge(int64_t now_ns, Ledger& ledger) {
    drop_before(edges_, now_ns - kHour_ns);
    edges_.push_back(now_ns);
    steady_s_ = 0;
    if (Incident* incident = ledger.find(incident_)) {
        ++incident->edges;
    }
}

void CountryTrack::enter_incident(const Reading& reading, const Surroundings& around,
                                  const Fall& fall, Ledger& ledger) {
    if (incident_ != 0) {
        return;  // a relapse in probation, or an edge while unstable: the same incident
    }
    fell_ns_ = fall.onset_ns;
    uint64_t before = reading.end_ns < doubt_until_ns_ ? doubted_ : 0;
    if (around.recurring != nullptr) {
        before = around.recurring->incident_of(fall.onset_ns, before);
    }
    if (Incident* incident = before != 0 ? ledger.find(before) : nullptr) {
        incident_ = before;
        if (incident->end_ns) {  // a series is open as it is
            ledger.reopen(incident_);
            Ledger::note(*incident, fall_evidence(fall, reading, around, recent_.sums()).front() +
                                        " (relapse)");
        }
        return;
    }
    deep_ = told_standing_ = false;
    scope_.begin(around.routing != nullptr ? *around.routing : RoutingVerdict{});
    if (notify_ == Notify::kNo) {
        return;
    }
    Incident incident;
    incident.country = id_;
    incident.kind = phase_ == Phase::kUnstable ? IncidentKind::kUnstable
                    : depth_ == Depth::kOutage ? IncidentKind::kOutage
                                               : IncidentKind::kPartialOutage;
    incident.start_ns = fall.onset_ns;
    incident.detected_ns = reading.end_ns;
    incident.evidence = fall_evidence(fall, reading, around, recent_.sums());
    incident.transitions.push_back({fall.onset_ns, std::string(state_name(State::kNormal))});
    incident_ = ledger.open(std::move(incident));
}

void CountryTrack::on_fall(const Reading& reading, const Surroundings& around, const Fall& fall,
                           Ledger& ledger) {
    down_ = true;
    shallow_s_ = 0;
    low_ = {fall.observed, std::max(fall.expected, reading.flows.expected)};
    depth_ = ratio_upper_bound(low_.observed, low_.expected) < kOutageBound ||
                     low_.observed < kOutageRatio * low_.expected
                 ? Depth::kOutage
                 : Depth::kPartial;
    if (networks_.standing()) {
        depth_ = Depth::kPartial;
    }
    below_s_ = low_.observed < kOutageRatio * low_.expected
                   ? static_cast<double>(reading.end_ns - fall.onset_ns) / 1e9
                   : 0;
    enter_incident(reading, around, fall, ledger);
    scope_.fall(fall.onset_ns);
    count_edge(reading.end_ns, ledger);
    if (phase_ == Phase::kUnstable) {
        return;
    }
    phase_ = Phase::kDown;
    drop_before(outages_, reading.end_ns - kDay_ns);
    outages_.push_back(reading.end_ns);
    if (many_edges(reading.end_ns)) {
        become_unstable(ledger);
    }
}

void CountryTrack::on_return(const Reading& reading, int64_t first_ns, Ledger& ledger) {
    down_ = false;
    recovered_ns_ = first_ns;
    doubt_until_ns_ = reading.end_ns + kDay_ns;
    below_s_ = 0;
    count_edge(reading.end_ns, ledger);
    tests_.clear();
    networks_.clear();
    if (phase_ == Phase::kUnstable) {
        return;
    }
    phase_ = Phase::kProbation;
    if (many_edges(reading.end_ns)) {
        become_unstable(ledger);
    }
}

void CountryTrack::become_unstable(Ledger& ledger) {
    phase_ = Phase::kUnstable;
    outages_.clear();  // told: a long outage that ends the flapping is the first of a new count
    Incident* incident = ledger.find(incident_);
    if (incident != nullptr && !deep_) {
        incident->kind = IncidentKind::kUnstable;
    }
}

void CountryTrack::become_outage(Ledger& ledger) {
    deep_ = true;
    depth_ = Depth::kOutage;
    if (phase_ == Phase::kUnstable) {
        phase_ = Phase::kDown;
    }
    if (Incident* incident = ledger.find(incident_)) {
        incident->kind = IncidentKind::kOutage;
    }
}

void CountryTrack::measure_down(const Reading& reading, const RoutingVerdict& routing,
                                const Conserved& conserved, Ledger& ledger) {
    const double fade = std::exp(
        -std::min(reading.flows.expected / kDepthEvents, reading.seconds / kDepthWindow_s));
    low_.observed = low_.observed * fade + reading.flows.observed;
    low_.expected = low_.expected * fade + reading.flows.expected;
    const double ratio = ratio_of(low_).value_or(1);
    if (ratio < kOutageRatio) {
        below_s_ += reading.seconds;
    } else if (ratio > kNotDeep) {
        below_s_ = 0;
    }
    const bool stands = networks_.standing().has_value();
    if (!stands && below_s_ >= kDeep_s && (!deep_ || phase_ == Phase::kUnstable)) {
        become_outage(ledger);
    } else if (!stands && ratio_upper_bound(low_.observed, low_.expected) < kOutageBound) {
        depth_ = Depth::kOutage;
    }
    shallow_s_ = ratio_lower_bound(low_.observed, low_.expected) > kOutageBound
                     ? shallow_s_ + reading.seconds
                     : 0;
    if (stands || shallow_s_ >= kPartial_s) {
        depth_ = Depth::kPartial;
    }
    scope_.add(reading, routing, conserved);
    Incident* incident = ledger.find(incident_);
    if (incident == nullptr) {
        return;
    }
    if (phase_ == Phase::kDown && depth_ == Depth::kOutage &&
        incident->kind == IncidentKind::kPartialOutage) {
        incident->kind = IncidentKind::kOutage;
    }
    if (reading.flows.expected > 0) {
        const double drop = 1 - reading.flows.observed / reading.flows.expected;
        incident->area = std::max(0.0, incident->area + drop * 100 * reading.seconds / 60);
    }
    if (const auto now = ratio_of(recent_.sums().flows); now && recent_.full()) {
        incident->lowest_ratio = std::min(incident->lowest_ratio, *now);
    }
    scope_.judge(routing, conserved, *incident);
}

// One network that goes on answering, and the country is not gone (detection.md §1); a network of
// less than a twentieth of its flows may well be another country's that bears its name.
void CountryTrack::hear_standing(Ledger& ledger) {
    const auto standing = networks_.standing();
    Incident* incident = phase_ == Phase::kDown && standing ? ledger.find(incident_) : nullptr;
    if (incident == nullptr) {
        return;
    }
    if (incident->kind == IncidentKind::kOutage) {
        incident->kind = IncidentKind::kPartialOutage;
    }
    if (!told_standing_) {
        told_standing_ = true;
        Ledger::note(*incident, standing_evidence(*standing));
    }
}

// An outage needs both families; one alone is told by name (detection.md §2.7).
void CountryTrack::name_family(Ledger& ledger) {
    Incident* incident = phase_ == Phase::kDown ? ledger.find(incident_) : nullptr;
    if (incident == nullptr) {
        return;
    }
    const bool was_one =
        incident->kind == IncidentKind::kV4Only || incident->kind == IncidentKind::kV6Only;
    if (standing_) {
        incident->kind =
            *standing_ == Family::kIpv6 ? IncidentKind::kV4Only : IncidentKind::kV6Only;
    } else if (was_one) {
        incident->kind =
            depth_ == Depth::kOutage ? IncidentKind::kOutage : IncidentKind::kPartialOutage;
    }
}

void CountryTrack::pass_time(const Reading& reading, Ledger& ledger) {
    steady_s_ += reading.seconds;
    if (phase_ == Phase::kProbation && steady_s_ >= kProbation_s) {
        close(reading.end_ns, "back: steady for 1 h", ledger);
    } else if (phase_ == Phase::kUnstable && steady_s_ >= kQuiet_s) {
        if (down_) {
            phase_ = Phase::kDown;
        } else {
            close(reading.end_ns, "back: no edge for 2 h", ledger);
        }
    }
}

void CountryTrack::close(int64_t now_ns, const std::string& why, Ledger& ledger) {
    phase_ = Phase::kQuiet;
    if (Incident* incident = ledger.find(incident_)) {
        Ledger::note(*incident, why);
        Ledger::move(*incident, now_ns, state_name(state_now()));
        ledger.close(incident_, recovered_ns_);
    }
    doubted_ = incident_;
    incident_ = 0;
}

void CountryTrack::accept_present(int64_t now_ns) {
    tests_ = CountryTests{};
    networks_ = NetworkSilence{};
    recent_.clear();
    edges_.clear();
    outages_.clear();
    phase_ = Phase::kQuiet;
    depth_ = Depth::kOutage;
    down_ = deep_ = false;
    low_ = {};
    scope_ = {};
    below_s_ = shallow_s_ = frozen_s_ = steady_s_ = 0;
    suspect_ticks_ = 0;
    incident_ = doubted_ = 0;
    doubt_until_ns_ = recovered_ns_ = 0;
    enter_state(State::kLearning, now_ns);
    verdict_.ratio.reset();
    verdict_.evidence = 0;
    verdict_.doubtful = false;
    verdict_.grounds = {};
}

State CountryTrack::state_now() const {
    switch (phase_) {
        case Phase::kDown:
            return depth_ == Depth::kOutage && !standing_ ? State::kOutage : State::kPartialOutage;
        case Phase::kUnstable:
            return State::kUnstable;
        case Phase::kProbation:
            return State::kProbation;
        case Phase::kQuiet:
            break;
    }
    if (suspect_ticks_ >= kSuspectTicks) {
        return State::kSuspect;
    }
    switch (tests_.history()) {
        case CountryTests::History::kLearning:
            return State::kLearning;
        case CountryTests::History::kInsufficient:
            return State::kInsufficient;
        case CountryTests::History::kEnough:
            break;
    }
    return State::kNormal;
}

void CountryTrack::show(int64_t now_ns, Ledger& ledger) {
    const State state = state_now();
    if (state == verdict_.state && verdict_.state_since_ns != 0) {
        return;
    }
    enter_state(state, now_ns);
    if (Incident* incident = incident_ != 0 ? ledger.find(incident_) : nullptr) {
        Ledger::move(*incident, now_ns, state_name(state));
    }
}

void CountryTrack::enter_state(State state, int64_t since_ns) {
    verdict_.state = state;
    verdict_.state_since_ns = since_ns;
    std::rotate(verdict_.steps.begin(), verdict_.steps.begin() + 1, verdict_.steps.end());
    verdict_.steps.back() = {since_ns, state};
}

void CountryTrack::fill_verdict(const Reading& reading) {
    const Recent::Sums minute = recent_.sums();
    verdict_.seen = verdict_.seen || reading.flows.observed > 0 || reading.bytes.observed > 0;
    verdict_.observed_life_per_s = reading.flows.observed / reading.seconds;
    verdict_.observed_sources = reading.sources.observed;
    verdict_.observed_bytes_per_s = reading.bytes.observed / reading.seconds;
    const auto expected = [&](const Signal& signal, double per) -> std::optional<double> {
        if (reading.learned_s < CountryTests::kLearning_s || signal.expected <= 0) {
            return std::nullopt;
        }
        return signal.expected / per;
    };
    verdict_.expected_life_per_s = expected(reading.flows, reading.seconds);
    verdict_.expected_sources = expected(reading.sources, 1);
    verdict_.expected_bytes_per_s = expected(reading.bytes, reading.seconds);
    verdict_.ratio = verdict_.expected_life_per_s ? ratio_of(minute.flows) : std::nullopt;
    verdict_.demand_ratio = verdict_.expected_life_per_s ? ratio_of(minute.demand) : std::nullopt;
    verdict_.coverage = reading.coverage;
    verdict_.detectable_s = tests_.detectable_s();
    verdict_.doubtful = !down_ && doubt_until_ns_ > reading.end_ns;
    verdict_.evidence = evidence();
    verdict_.grounds = {
        reading.flows,     reading.life,    reading.sources,      reading.demand,
        reading.bytes,     tests_.report(), reading.common_ratio, reading.degraded_share,
        reading.learned_s, false,           reading.flows6};
    verdict_.dispersion =
        verdict_.expected_life_per_s ? std::optional<double>(tests_.dispersion()) : std::nullopt;
}

}  // namespace lull
