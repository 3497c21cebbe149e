// Lost, or gone from here (detection.md §2.6)? What an incident's scope rests on, summed while its
// country is down: whether the world goes on asking, whether the country still sends, and whether
// its networks left routing.
#pragma once

#include <cstdint>
#include <optional>

#include "control/country_tests.h"
#include "control/incident.h"
#include "control/routing_track.h"

namespace lull {

class ScopeTrack {
  public:
    /// A new incident, whose evidence has what is known of routing.
    void begin(Routing known);
    /// A tick in which the country is down.
    void add(const Reading& reading, Routing routing);
    /// Sets the scope, and notes what changed it.
    void judge(Routing routing, Incident& incident) const;
    /// Notes that the country's networks went, or came back, since the last call.
    void tell_routing(const RoutingVerdict& routing, int64_t fell_ns, Incident& incident);

    /// Kept apart from the other fields: it is older than they are.
    [[nodiscard]] Signal& demand() { return demand_; }
    void fields(auto& archive) {
        archive.given(demand_);
        archive(life_, down_s_, left_);
        archive.word(told_, Routing::kGone);
    }

  private:
    [[nodiscard]] std::optional<Scope> scope(Routing routing, Scope before) const;

    Signal demand_;      // clipped: a flood is no proof of asking
    Signal life_;        // likewise
    double down_s_ = 0;  // of the ticks in these sums
    bool left_ = false;  // its networks left routing while it was down
    Routing told_ = Routing::kNotKnown;
};

}  // namespace lull
