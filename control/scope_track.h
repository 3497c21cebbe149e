// Lost, moved, or gone from here (detection.md §2.6)? What an incident's scope rests on, summed
// while its country is down: whether the world goes on asking, whether the country still sends,
// whether its networks left routing or changed hands as it fell, and whether its flows turned up in
// another country.
#pragma once

#include <cstdint>
#include <optional>

#include "control/country_tests.h"
#include "control/hold_down.h"
#include "control/incident.h"
#include "control/move_watch.h"
#include "control/routing_track.h"

namespace lull {

class ScopeTrack {
  public:
    // A move explains a fall that comes with it. Ahead of it the traffic of an hour would have been
    // seen; collectors are late by a file, which RouteViews writes every 15 min.
    static constexpr int64_t kMovedBefore_ns = int64_t{3600} * 1'000'000'000;
    static constexpr int64_t kMovedAfter_ns = int64_t{1200} * 1'000'000'000;

    /// A new incident, whose evidence has what is known of routing.
    void begin(const RoutingVerdict& known);
    /// The country fell, again or for the first time: a move of before explains nothing.
    void fall(int64_t onset_ns);
    /// A tick in which the country is down.
    void add(const Reading& reading, const RoutingVerdict& routing, const Conserved& conserved);
    /// Sets the scope, and notes what changed it.
    void judge(const RoutingVerdict& routing, const Conserved& conserved, Incident& incident);
    /// Notes that the country's networks went or came back, or that its upstreams changed, since
    /// the last call.
    enum class Traffic : uint8_t { kHere, kDown };
    void tell_routing(const RoutingVerdict& routing, Traffic traffic, const Reading& reading,
                      Incident& incident);

    /// Kept apart from the other fields: it is older than they are.
    [[nodiscard]] Signal& demand() { return demand_; }
    void fields(auto& archive) {
        archive.given(demand_);
        archive(life_, down_s_, left_);
        archive.word(told_, Routing::kGone);
        archive(fell_ns_, moved_, home_s_, packets_moved_, told_upstreams_ns_, hold_);
        archive.word(told_packets_, Conserved::Answer::kYes);
    }

  private:
    [[nodiscard]] std::optional<Scope> scope(Routing routing, Scope before) const;
    [[nodiscard]] bool comes_with(int64_t time_ns) const;
    void tell_packets(const Conserved& conserved, Incident& incident);

    Signal demand_;      // clipped: a flood is no proof of asking
    Signal life_;        // likewise
    double down_s_ = 0;  // of the ticks in these sums
    bool left_ = false;  // its networks left routing while it was down
    Routing told_ = Routing::kNotKnown;
    int64_t fell_ns_ = 0;         // onset of the last fall
    bool moved_ = false;          // its networks changed hands as it fell
    double home_s_ = 0;           // that they have been back since
    bool packets_moved_ = false;  // another country has its flows
    int64_t told_upstreams_ns_ = 0;
    HoldDown hold_;
    Conserved::Answer told_packets_ = Conserved::Answer::kNotCheckable;
};

}  // namespace lull
