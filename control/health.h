// Sensor health, layer 0 of detection: what a port and its group did in a tick -> may the tick be
// believed. A tick that may not is missing, never zero; of one that may in part the detector wants
// more evidence. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "control/facts.h"
#include "control/share.h"
#include "dataplane/snapshot.h"

namespace lull {

struct PortHealth {
    Health health = Health::kHealthy;
    std::string reason;  // "" when healthy
};

/// Watches one port, tick by tick.
class PortWatch {
  public:
    /// A tap that is said to slice its frames may cut them.
    enum class Frames : uint8_t { kWhole, kSliced };
    explicit PortWatch(std::string name, Frames frames = Frames::kWhole)
        : name_(std::move(name)), frames_(frames) {}

    /// Judges the tick that `delta` sums up. `seconds` is its length in scenario time.
    PortHealth judge(const PortDelta& delta, double seconds);
    /// Of TCP segments with data: what the other end acknowledged and no port of the group brought;
    /// and what came twice. Nothing until there is a sample.
    [[nodiscard]] std::optional<double> capture_loss() const { return capture_loss_.value(); }
    [[nodiscard]] std::optional<double> duplicates() const { return duplicates_.value(); }

  private:
    [[nodiscard]] std::string doubts(const PortDelta& delta, double device_loss) const;

    std::string name_;
    Frames frames_;
    Share capture_loss_;
    Share duplicates_;
    Share truncated_;
    double usual_packets_per_s_ = 0;  // slow mean over healthy ticks
    double learned_s_ = 0;
    double silent_s_ = 0;    // since the last packet
    double settling_s_ = 0;  // left to settle after a restart or a link's return
    uint64_t restarts_ = 0;
    bool was_down_ = false;
    bool had_packets_ = false;  // ever
    bool waited_ = false;       // had none at first
};

/// Watches the conversations of a group of ports: both directions must meet there.
class GroupWatch {
  public:
    explicit GroupWatch(std::string name) : name_(std::move(name)) {}

    /// Of the tick: conversations with life, and those of them that are seen both ways.
    PortHealth judge(uint64_t living, uint64_t two_way, double seconds);
    [[nodiscard]] std::optional<double> two_way() const { return two_way_.value(); }

  private:
    std::string name_;
    Share two_way_;
};

}  // namespace lull
