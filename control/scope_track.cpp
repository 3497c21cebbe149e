#include "control/scope_track.h"

#include <algorithm>

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

void add_clipped(Signal& sum, const Signal& tick) {
    sum.expected += tick.expected;
    sum.observed += std::min(tick.observed, kCeiling * tick.expected);
}

bool fell(const Signal& sum) {
    return sum.expected >= kLeastExpected && ratio_upper_bound(sum.observed, sum.expected) < kStays;
}

}  // namespace

void ScopeTrack::begin(Routing known) {
    *this = {};
    told_ = known;
}

void ScopeTrack::add(const Reading& reading, Routing routing) {
    add_clipped(demand_, reading.demand);
    add_clipped(life_, reading.life);
    down_s_ += reading.seconds;
    left_ = left_ || routing == Routing::kGone;
}

// Nothing: too little to say.
std::optional<Scope> ScopeTrack::scope(Routing routing, Scope before) const {
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
    // A witness that is missing for a while takes back nothing.
    const bool stands = routing == Routing::kStands ||
                        (routing == Routing::kNotKnown && before == Scope::kGoneHere);
    if (stands && down_s_ >= kConverged_s && fell(demand_) && fell(life_)) {
        return Scope::kGoneHere;
    }
    return Scope::kUnproven;
}

void ScopeTrack::judge(Routing routing, Incident& incident) const {
    const std::optional<Scope> now = scope(routing, incident.scope);
    if (!now || *now == incident.scope) {
        return;
    }
    incident.scope = *now;
    if (demand_.expected >= kLeastExpected) {
        Ledger::note(incident, demand_evidence(demand_));
    }
}

void ScopeTrack::tell_routing(const RoutingVerdict& routing, int64_t fell_ns, Incident& incident) {
    if (routing.routing == Routing::kNotKnown || routing.routing == told_) {
        return;
    }
    const bool back = told_ == Routing::kGone;
    told_ = routing.routing;
    Ledger::note(incident, back ? routing_return(routing) : routing_evidence(routing, fell_ns));
}

}  // namespace lull
