// A flood toward a few hosts of a target: reflected answers from a fixed set of reflectors all over
// the table, or packets with made-up sources. Its size is a multiple of the target's usual packets.
#pragma once

#include <cstdint>
#include <vector>

#include "control/drill/effects.h"
#include "control/drill/frames.h"
#include "control/drill/networks.h"

namespace lull {

class Flood {
  public:
    /// `rate_per_s` in packets of scenario time. The target must have hosts in the world.
    Flood(const DrillEvent& event, const Networks& networks, const Effects& effects,
          double rate_per_s, Random& random);

    struct Packet {
        PacketSpec spec;  // its ends live as long as the flood
        uint64_t from_events = 0;
        uint64_t to_events = 0;
    };
    [[nodiscard]] Packet draw(Random& random) const;
    [[nodiscard]] int64_t at_ns() const { return at_ns_; }
    [[nodiscard]] int64_t until_ns() const { return until_ns_; }
    [[nodiscard]] double rate_per_s() const { return rate_per_s_; }

  private:
    struct Source {
        Endpoint end;
        uint64_t events = 0;
    };

    std::vector<Source> sources_;
    std::vector<Source> hosts_;
    FloodVector vector_ = FloodVector::kNtp;
    int64_t at_ns_ = 0;
    int64_t until_ns_ = 0;
    double rate_per_s_ = 0;
};

}  // namespace lull
