// Sensor health, layer 0 of detection: what a port did in a tick -> may its tick be believed. A
// tick that may not is missing, never zero. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "control/facts.h"
#include "dataplane/snapshot.h"

namespace lull {

struct PortHealth {
    Health health = Health::kHealthy;
    std::string reason;  // "" when healthy
};

/// Watches one port, tick by tick.
class PortWatch {
  public:
    explicit PortWatch(std::string name) : name_(std::move(name)) {}

    /// Judges the tick that `delta` sums up. `seconds` is its length in scenario time.
    PortHealth judge(const PortDelta& delta, double seconds);

  private:
    std::string name_;
    double usual_packets_per_s_ = 0;  // slow mean over healthy ticks
    double learned_s_ = 0;
    double silent_s_ = 0;    // since the last packet
    double settling_s_ = 0;  // left to settle after a restart or a link's return
    uint64_t restarts_ = 0;
    bool was_down_ = false;
    bool had_packets_ = false;  // ever
    bool waited_ = false;       // had none at first
};

}  // namespace lull
