#include "control/family_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr double kWindow_s = 60;
constexpr double kWindowEvents = 40;
// So much must be expected of a family before it can be said to stand or to lie.
constexpr double kLeastExpected = 10;
constexpr double kStands = 0.5;
constexpr double kProbation_s = 3600;
// Where one family carries less than this of a country's conversations they are not told apart.
constexpr double kLeastShare = 0.02;

constexpr std::array<const char*, 2> kNames{"IPv4", "IPv6"};

/// The reading as if there were this family alone. Source networks are not told apart.
Reading part_of(const Reading& reading, std::size_t family) {
    const auto share = [&](const Signal& all, const Signal& over6) {
        return family == 1 ? over6
                           : Signal{std::max(0.0, all.observed - over6.observed),
                                    std::max(0.0, all.expected - over6.expected)};
    };
    Reading part = reading;
    part.flows = share(reading.flows, reading.flows6);
    part.life = share(reading.life, reading.life6);
    part.sources = {};
    part.events = family == 1 ? reading.events6 : std::max(0.0, reading.events - reading.events6);
    return part;
}

}  // namespace

void FamilyTrack::find_standing() {
    const auto stands = [](const Signal& signal) {
        return signal.expected >= kLeastExpected &&
               ratio_lower_bound(signal.observed, signal.expected) > kStands;
    };
    const auto lies = [](const Signal& signal) {
        return signal.expected >= kLeastExpected &&
               ratio_upper_bound(signal.observed, signal.expected) < kStands;
    };
    standing_.reset();
    if (stands(minute_[0]) && lies(minute_[1])) {
        standing_ = Family::kIpv4;
    } else if (stands(minute_[1]) && lies(minute_[0])) {
        standing_ = Family::kIpv6;
    }
}

void FamilyTrack::open(std::size_t family, const Fall& fall, const Reading& reading,
                       const Context& context, Ledger& ledger) {
    down_[family] = true;
    steady_s_ = 0;
    recovered_ns_ = 0;
    if (incident_ != 0) {
        if (Incident* incident = ledger.find(incident_)) {
            ++incident->edges;
        }
        return;
    }
    if (!context.notify) {
        return;
    }
    const Signal& other = minute_[1 - family];
    Incident incident;
    incident.country = context.country;
    incident.kind = family == 0 ? IncidentKind::kV4Only : IncidentKind::kV6Only;
    incident.start_ns = fall.onset_ns;
    incident.detected_ns = incident.last_verified_ns = reading.end_ns;
    incident.lowest_ratio = fall.expected > 0 ? fall.observed / fall.expected : 0;
    incident.edges = 1;
    incident.evidence = {
        fmt::format("answered flows over {}: {:.0f} seen where {:.1f} were expected, in {:.0f} s",
                    kNames[family], fall.observed, fall.expected,
                    static_cast<double>(reading.end_ns - fall.onset_ns) / 1e9),
        fmt::format("evidence: S {:.1f} reached the threshold h {:.1f}", fall.score,
                    fall.threshold),
        fmt::format("over {} the country stands at {:.2f} of its expectation", kNames[1 - family],
                    other.observed / other.expected)};
    incident.transitions.push_back({reading.end_ns, std::string(kind_name(incident.kind))});
    incident_ = ledger.open(std::move(incident));
}

void FamilyTrack::follow(std::size_t family, const Reading& part, Ledger& ledger) {
    Incident* incident = ledger.find(incident_);
    if (incident != nullptr) {
        incident->last_verified_ns = part.end_ns;
        const Signal& now = minute_[family];
        if (now.expected > 0 && part.flows.expected > 0) {
            incident->lowest_ratio = std::min(incident->lowest_ratio, now.observed / now.expected);
            const double drop = std::max(0.0, 1 - part.flows.observed / part.flows.expected);
            incident->area += drop * 100 * part.seconds / 60;
        }
    }
    const auto first_ns = tests_[family].returned();
    if (first_ns &&
        ratio_lower_bound(minute_[family].observed, minute_[family].expected) > kStands) {
        down_[family] = false;
        recovered_ns_ = *first_ns;
        steady_s_ = 0;
        tests_[family].clear();
        if (incident != nullptr) {
            ++incident->edges;
            Ledger::move(*incident, part.end_ns, "probation");
        }
    }
}

void FamilyTrack::close(int64_t end_ns, const char* why, Ledger& ledger) {
    if (Incident* incident = ledger.find(incident_)) {
        Ledger::note(*incident, why);
        Ledger::move(*incident, end_ns, "normal");
        ledger.close(incident_, end_ns);
    }
    incident_ = 0;
}

void FamilyTrack::step(const Reading& reading, const Context& context, Ledger& ledger) {
    const std::array<Reading, kFamilies> parts{part_of(reading, 0), part_of(reading, 1)};
    // Both over the same time, or the family with few events would seem to stand in each fall.
    const double fewest = std::min(parts[0].flows.expected, parts[1].flows.expected);
    const double fade = std::exp(-std::min(fewest / kWindowEvents, reading.seconds / kWindow_s));
    for (std::size_t family = 0; family < kFamilies; ++family) {
        const Signal& now = parts[family].flows;
        minute_[family] = {minute_[family].observed * fade + now.observed,
                           minute_[family].expected * fade + now.expected};
    }
    find_standing();
    const bool both = reading.flows6.expected >= kLeastShare * reading.flows.expected &&
                      reading.flows6.expected <= (1 - kLeastShare) * reading.flows.expected;
    if (!both && incident_ == 0) {
        return;  // nobody could be told apart
    }
    if (context.country_down) {
        if (incident_ != 0) {
            close(reading.end_ns, "the other family fell too: the country's own incident tells on",
                  ledger);
        }
        down_ = {};
        return;
    }
    for (std::size_t family = 0; family < kFamilies; ++family) {
        const Reading& part = parts[family];
        tests_[family].step(part, context.threshold,
                            down_[family] ? CountryTests::Down::kYes : CountryTests::Down::kNo);
        const Family other = family == 0 ? Family::kIpv6 : Family::kIpv4;
        // Down without an incident: ignored when it fell.
        const bool untold = incident_ == 0 && context.notify;
        const auto fall = tests_[family].fall();
        if (fall && standing_ == other && (!down_[family] || untold)) {
            open(family, *fall, reading, context, ledger);
        } else if (down_[family]) {
            follow(family, part, ledger);
        }
    }
    const bool frozen = down_[0] || down_[1] || tests_[1].doubts();
    frozen_s_ = frozen ? frozen_s_ + reading.seconds : 0;
    if (incident_ != 0 && recovered_ns_ != 0) {
        steady_s_ += reading.seconds;
        if (steady_s_ >= kProbation_s) {
            close(recovered_ns_, "back: steady for 1 h", ledger);
        }
    }
}

void FamilyTrack::learn(const Reading& reading) {
    for (std::size_t family = 0; family < kFamilies; ++family) {
        if (!down_[family]) {
            tests_[family].learn(part_of(reading, family));
        }
    }
}

void FamilyTrack::scale(double factor) {
    for (CountryTests& tests : tests_) {
        tests.scale(factor);
    }
}

}  // namespace lull
