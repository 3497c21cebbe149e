#include "control/scope_track.h"

#include <algorithm>
#include <utility>

#include "control/evidence.h"
#include "control/ledger.h"
#include "control/routing_text.h"

namespace lull {
namespace {

constexpr double kStays = 0.5;
constexpr double kLeastExpected = 10;
// What one tick may count towards a sum.
constexpr double kCeiling = 1.5;
// Peers take minutes to agree that a network is gone, the witness another ten seconds: that routes
// stand says something only after that.
constexpr double kConverged_s = 180;
// Until then the packets that prove a fall say little of where they went.
constexpr double kFirm_s = 120;

void add_clipped(Signal& sum, const Signal& tick) {
    sum.expected += tick.expected;
    sum.observed += std::min(tick.observed, kCeiling * tick.expected);
}

bool fell(const Signal& sum) {
    return sum.expected >= kLeastExpected && ratio_upper_bound(sum.observed, sum.expected) < kStays;
}

}  // namespace

void ScopeTrack::begin(const RoutingVerdict& known) {
    *this = {};
    told_ = known.routing;
    told_upstreams_ns_ = known.upstream_change.time_ns;
}

void ScopeTrack::fall(int64_t onset_ns) {
    fell_ns_ = onset_ns;
    moved_ = packets_moved_ = false;
    home_s_ = 0;
}

bool ScopeTrack::comes_with(int64_t time_ns) const {
    return time_ns >= fell_ns_ - kMovedBefore_ns && time_ns <= fell_ns_ + kMovedAfter_ns;
}

void ScopeTrack::add(const Reading& reading, const RoutingVerdict& routing,
                     const Conserved& conserved) {
    add_clipped(demand_, reading.demand);
    add_clipped(life_, reading.life);
    down_s_ += reading.seconds;
    left_ = left_ || routing.routing == Routing::kGone;
    if (routing.moved() && comes_with(routing.moved_since_ns)) {
        moved_ = true;
        home_s_ = 0;
    } else if (routing.routing != Routing::kNotKnown && !routing.moved()) {
        home_s_ += reading.seconds;
        moved_ = moved_ && home_s_ < kConverged_s;
    }
    if (conserved.answer != Conserved::Answer::kNotCheckable) {
        packets_moved_ = conserved.answer == Conserved::Answer::kYes;
    }
}

// Nothing: too little to say.
std::optional<Scope> ScopeTrack::scope(Routing routing, Scope before) const {
    // Networks that somebody else announces go on being asked, and have not left.
    if (moved_) {
        return Scope::kMoved;
    }
    // Routes that come back first do not make it a country that was never lost.
    if (left_) {
        return Scope::kLost;
    }
    if (demand_.expected < kLeastExpected) {
        return std::nullopt;
    }
    if (demand_.observed >= kStays * demand_.expected) {
        return Scope::kLost;
    }
    // Who asks for the country is counted where its ranges are: nobody does any more.
    if (packets_moved_) {
        return Scope::kMoved;
    }
    // A witness that is missing for a while takes back nothing.
    const bool stands = routing == Routing::kStands ||
                        (routing == Routing::kNotKnown && before == Scope::kGoneHere);
    if (stands && down_s_ >= kConverged_s && fell(demand_) && fell(life_)) {
        return Scope::kGoneHere;
    }
    return Scope::kUnproven;
}

void ScopeTrack::tell_packets(const Conserved& conserved, Incident& incident) {
    if (conserved.answer != Conserved::Answer::kNotCheckable && conserved.answer != told_packets_) {
        told_packets_ = conserved.answer;
        Ledger::note(incident, "moved, by packets: " + conserved_text(conserved));
    }
}

void ScopeTrack::judge(const RoutingVerdict& routing, const Conserved& conserved,
                       Incident& incident) {
    if (down_s_ >= kFirm_s) {
        tell_packets(conserved, incident);
    }
    const std::optional<Scope> now = scope(routing.routing, incident.scope);
    if (!now || *now == incident.scope) {
        return;
    }
    incident.scope = *now;
    if (demand_.expected >= kLeastExpected) {
        Ledger::note(incident, demand_evidence(demand_));
    }
    if (moved_) {
        Ledger::note(incident, moved_evidence(routing));
    } else if (packets_moved_) {
        tell_packets(conserved, incident);
    }
}

void ScopeTrack::tell_routing(const RoutingVerdict& routing, Traffic traffic,
                              const Reading& reading, Incident& incident) {
    hold_.pass(reading.seconds);
    // A country whose upstreams went before it fell is told of them as the incident opens.
    if (routing.upstream_change.time_ns != told_upstreams_ns_) {
        told_upstreams_ns_ = routing.upstream_change.time_ns;
        Ledger::note(incident, upstream_text(routing.upstream_change));
    }
    if (routing.routing == Routing::kNotKnown || routing.routing == told_) {
        return;
    }
    const auto lasted_s = static_cast<double>(reading.end_ns - routing.since_ns) / 1e9;
    const bool gone = routing.routing == Routing::kGone;
    // The fall may be seconds away.
    const double least_s = gone && traffic == Traffic::kHere ? kFirm_s : 0;
    if (!hold_.is_over(lasted_s) || lasted_s < least_s) {
        return;
    }
    hold_.told();
    const bool back = std::exchange(told_, routing.routing) == Routing::kGone;
    int64_t fell_ns = 0;
    if (traffic == Traffic::kDown) {
        fell_ns = fell_ns_ != 0 ? fell_ns_ : incident.start_ns;
    }
    Ledger::note(incident, back ? routing_return(routing) : routing_evidence(routing, fell_ns));
}

}  // namespace lull
