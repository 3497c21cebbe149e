// What the scenario's events do to an endpoint at a moment. Moves forward in time only, and looks
// at no more than the events that are under way.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/drill/endpoint.h"
#include "control/drill/sink.h"

namespace lull {

/// kAsked: silent, and the world goes on asking. kGone: silent, and nobody asks.
enum class Fate : uint8_t { kAlive, kAsked, kGone };

class Effects {
  public:
    explicit Effects(const std::vector<DrillEvent>& events);

    /// Bit i: event i silences, mutes or moves this endpoint while it lasts.
    [[nodiscard]] uint64_t events_of(const Endpoint& endpoint) const;
    /// When the next event begins or ends; INT64_MAX after the last one.
    [[nodiscard]] int64_t next_change_ns() const;
    /// Makes `time_ns` the moment that the questions below are about, up to next_change_ns().
    void advance(int64_t time_ns);

    [[nodiscard]] Fate fate(uint64_t events, double luck, int64_t time_ns) const {
        events &= active_ & silencing_;
        return events == 0 ? Fate::kAlive : fate_slowly(events, luck, time_ns);
    }
    /// The country whose addresses an endpoint now speaks from, if not its own's.
    [[nodiscard]] std::optional<CountryId> drifted_to(uint64_t events, double luck,
                                                      int64_t time_ns) const;
    /// What a muted endpoint sends does not come by this tap.
    [[nodiscard]] bool is_mute(uint64_t events) const { return (events & active_ & muting_) != 0; }
    [[nodiscard]] bool is_dark() const { return (active_ & darkening_) != 0; }
    /// Share of frames that the mirror in front of the tap has no room for.
    [[nodiscard]] double mirror_loss() const { return mirror_loss_; }
    [[nodiscard]] Leak leak() const { return (active_ & leaking_) != 0 ? Leak::kOn : Leak::kOff; }

  private:
    [[nodiscard]] Fate fate_slowly(uint64_t events, double luck, int64_t time_ns) const;

    std::vector<DrillEvent> events_;
    std::vector<int64_t> changes_;  // sorted
    std::size_t next_change_ = 0;
    uint64_t active_ = 0;
    uint64_t silencing_ = 0;  // outage, flap, member, move, offload, maintenance
    uint64_t muting_ = 0;
    uint64_t drifting_ = 0;
    uint64_t darkening_ = 0;
    uint64_t leaking_ = 0;
    double mirror_loss_ = 0;
};

}  // namespace lull
