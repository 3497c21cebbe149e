// A country in routing (detection.md §2.5): how many of its usual networks are still announced, by
// what the witness says. It opens no incident; verdicts on traffic are told what it knows.
//
// Gone are networks that every peer took back. Those that only peers which cannot be heard have
// told of, and those that a collector has not heard of since it began, are not known: a session
// that is down never looks like a withdrawal.
#pragma once

#include <cstdint>
#include <optional>

#include "control/facts.h"
#include "control/upstream_track.h"

namespace lull {

enum class Routing : uint8_t { kNotKnown, kStands, kGone };

struct RoutingVerdict {
    Routing routing = Routing::kNotKnown;
    WitnessState witness = WitnessState::kNone;
    RoutingFacts now;          // of the last tick in which the witness saw
    double normal = 0;         // networks it usually announces
    double gone_share = 0;     // of them: that every peer took back
    int64_t since_ns = 0;      // when lull learned that it went, or is back; 0: it has always stood
    double flaps_per_min = 0;  // networks gone or come back, over the last minutes
    double moved_share = 0;    // of its usual networks: that another country's AS announces
    int64_t moved_since_ns = 0;  // when lull learned that half or more had moved; 0: they have not
    UpstreamChange upstream_change;  // the last one

    /// Of its usual networks, whole ones: never fewer than are announced.
    [[nodiscard]] uint32_t usual() const;
    [[nodiscard]] uint32_t gone() const { return usual() - now.networks; }
    [[nodiscard]] bool moved() const { return moved_since_ns != 0; }
};

/// Whether enough is known of a country to say how many networks it announces: at most a tenth of
/// those ever heard of hang on peers that cannot be heard.
bool tells_networks(uint32_t networks, uint32_t withdrawn, uint32_t unknown);

class RoutingTrack {
  public:
    // With fewer networks there is nothing of which half could go.
    static constexpr double kLeastNetworks = 1;
    static constexpr double kGoneShare = 0.5;
    static constexpr double kBack = 0.8;  // of the normal

    struct Tick {
        int64_t end_ns = 0;
        double seconds = 10;
        WitnessState witness = WitnessState::kNone;
        RoutingFacts facts;  // all zero: the witness does not name the country
    };
    void step(const Tick& tick);
    [[nodiscard]] const RoutingVerdict& verdict() const { return verdict_; }

    void fields(auto& archive) {
        archive.given(verdict_);  // of the next tick
        archive(normal_, seen_s_, frozen_s_, flaps_, changes_, since_ns_, down_, moved_since_ns_,
                upstreams_);
    }

  private:
    void count_changes(uint64_t changes);
    [[nodiscard]] Routing judge(const RoutingFacts& now, int64_t end_ns);
    void judge_moved(const RoutingFacts& now, int64_t end_ns);
    void learn(uint32_t networks, double seconds);

    RoutingVerdict verdict_;
    double normal_ = 0;
    double seen_s_ = 0;                // of what `normal_` rests on
    double frozen_s_ = 0;              // that learning has stood still
    double flaps_ = 0;                 // decayed over kFlaps_s
    std::optional<uint64_t> changes_;  // as the witness last counted them
    int64_t since_ns_ = 0;
    bool down_ = false;
    int64_t moved_since_ns_ = 0;
    UpstreamTrack upstreams_;
};

}  // namespace lull
