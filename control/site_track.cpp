// Open after a minute of a deep common fall, closed after a minute without.
#include "control/site_track.h"

#include <fmt/format.h>

#include <algorithm>

namespace lull {
namespace {

constexpr int64_t kHold_ns = 60'000'000'000;
constexpr uint32_t kHoldTicks = 2;
constexpr double kDemandStays = 0.5;
constexpr double kDemandEvents = 10;

}  // namespace

void SiteTrack::step(const Tick& tick, Ledger& ledger) {
    if (incident_ == 0) {
        if (tick.ratio >= kFallen) {
            fallen_since_ns_ = 0;
            run_ticks_ = 0;
            return;
        }
        if (fallen_since_ns_ == 0) {
            fallen_since_ns_ = tick.start_ns;
        }
        if (++run_ticks_ >= kHoldTicks && tick.end_ns - fallen_since_ns_ >= kHold_ns) {
            open(tick, ledger);
        }
        return;
    }
    if (tick.ratio >= kBack && !tick.known) {
        return;  // nobody saw a return
    }
    measure(tick, ledger);
    if (tick.ratio < kBack) {
        back_since_ns_ = 0;
        run_ticks_ = 0;
        return;
    }
    if (back_since_ns_ == 0) {
        back_since_ns_ = tick.start_ns;
    }
    if (++run_ticks_ >= kHoldTicks && tick.end_ns - back_since_ns_ >= kHold_ns) {
        if (Incident* incident = ledger.find(incident_)) {
            ++incident->edges;
            Ledger::move(*incident, tick.end_ns, "normal");
        }
        ledger.close(incident_, back_since_ns_);
        *this = SiteTrack{};
    }
}

void SiteTrack::accept(int64_t now_ns, Ledger& ledger) {
    if (Incident* incident = ledger.find(incident_)) {
        Ledger::note_at_last(*incident, "lasts for a week: the new normal, learned anew");
        Ledger::move(*incident, now_ns, "learning");
    }
    ledger.close(incident_, now_ns);
    *this = SiteTrack{};
}

void SiteTrack::open(const Tick& tick, Ledger& ledger) {
    Incident incident;
    incident.kind = IncidentKind::kSite;
    incident.start_ns = fallen_since_ns_;
    incident.detected_ns = tick.end_ns;
    incident.lowest_ratio = tick.ratio;
    incident.edges = 1;
    incident.evidence.push_back(fmt::format(
        "common fall: {} countries together stand at {:.2f} of their expectation on port group {} "
        "of {}",
        tick.countries, tick.ratio, tick.group + 1, tick.groups));
    incident.evidence.push_back(
        "ruled out, sensor: the port group reports itself healthy; no verdict on single countries "
        "while this lasts");
    if (tick.home && tick.home_demand.expected >= kDemandEvents) {
        const double share = tick.home_demand.observed / tick.home_demand.expected;
        incident.evidence.push_back(
            fmt::format("demand toward home: {:.2f} of what was expected", share));
        if (share >= kDemandStays) {
            incident.kind = IncidentKind::kHomeIsolated;
            incident.country = tick.home;
            incident.scope = Scope::kLost;
        }
    }
    incident.transitions.push_back({tick.end_ns, std::string(kind_name(incident.kind))});
    incident.last_verified_ns = tick.end_ns;
    incident_ = ledger.open(std::move(incident));
    run_ticks_ = 0;
    back_since_ns_ = 0;
}

void SiteTrack::measure(const Tick& tick, Ledger& ledger) {
    Incident* incident = ledger.find(incident_);
    if (incident == nullptr) {
        return;
    }
    const double minutes = static_cast<double>(tick.end_ns - tick.start_ns) / 60e9;
    incident->lowest_ratio = std::min(incident->lowest_ratio, tick.ratio);
    incident->area += (1 - tick.ratio) * 100 * minutes;
    incident->last_verified_ns = tick.end_ns;
}

}  // namespace lull
