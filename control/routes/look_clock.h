// When `lull routes` looks at what routing says: soon after the RIB has changed, seldom while it
// rests, and never so often that looking takes the loop from the routers. Pure: no clock.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace lull {

inline constexpr int64_t kWitnessEvery_s = 10;
/// Of a RIB that changes. BGP never rests: with a full table this is how often it is looked at.
inline constexpr int64_t kWitnessPause_s = 3;
/// Of the loop's time at most a fifth is for looking, unless once in kWitnessEvery_s is more.
inline constexpr double kPauseOfLook = 4;

class LookClock {
  public:
    /// `version`: Rib::version().
    [[nodiscard]] bool is_due(uint64_t version, int64_t now_s) const {
        return now_s >= latest_s_ || (version != version_ && now_s >= soonest_s_);
    }
    /// A look that took `took_s` has seen `version`.
    void looked(uint64_t version, int64_t now_s, double took_s) {
        const double pause_s = std::ceil(std::min(kPauseOfLook * took_s, 1.0 * kWitnessEvery_s));
        version_ = version;
        soonest_s_ = now_s + std::max(kWitnessPause_s, static_cast<int64_t>(pause_s));
        latest_s_ = now_s + kWitnessEvery_s;
    }
    /// Whatever was seen, the next look is due at once.
    void hurry() { latest_s_ = 0; }

  private:
    uint64_t version_ = 0;
    int64_t soonest_s_ = 0;
    int64_t latest_s_ = 0;
};

}  // namespace lull
