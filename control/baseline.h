// What a country's traffic is expected to be: a slow level times a day profile in the country's
// civil time. The level is a ratio of decayed sums (half-life 6 h), so that it is a plain mean at
// the start and an exponential average later. Pure values; a profile learned from the country's own
// days takes the place of generic_day_profile() when there is one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numbers>

namespace lull {

/// Share of the daily mean at a civil time of day, by a profile that fits most countries: quietest
/// about 05:00, busiest about 21:00, quietest / busiest 0.4. Its mean over a day is 1.
double generic_day_profile(int64_t local_s);

/// The mean rate of one signal with the day taken out, learned tick by tick.
class Level {
  public:
    Level() = default;
    explicit Level(double half_life_s) : memory_s_(half_life_s / std::numbers::ln2) {}

    /// Half-life of what is learned; a day's rhythm that the profile misses is followed, a flood or
    /// an outage of minutes is not.
    static constexpr double kHalfLife_s = 6 * 3600.0;
    /// How much a tick above the ceiling counts beside a full memory: a flood of 4 h raises the
    /// level by 12 %, a true new level of ten times the old is learned in two days.
    static constexpr double kFloodWeight = 0.125;

    /// Ticks are judged together up to this long: flows that come all at once each minute are no
    /// flood.
    static constexpr double kBlock_s = 300;

    /// Takes `observed` events of a tick in which a level of 1 per second would give `shape_s`
    /// (profile times seconds). From the first twenty minutes on ticks are taken by blocks, clipped
    /// at max(3, 3 x expected).
    void learn(double observed, double shape_s, double seconds);
    /// Events expected in a tick of that shape; 0 before anything was learned.
    [[nodiscard]] double expected(double shape_s) const {
        return exposure_s_ > 0 ? events_ / exposure_s_ * shape_s : 0;
    }
    /// The level becomes so many times as high.
    void scale(double factor) {
        events_ *= factor;
        block_.observed *= factor;
    }
    /// Decayed events the level rests on: its relative error is about 1 / sqrt of them.
    [[nodiscard]] double events() const { return events_; }
    void fields(auto& archive) {
        archive.given(memory_s_);
        archive(events_, exposure_s_, block_);
    }

  private:
    struct Block {
        double observed = 0;
        double shape_s = 0;
        double seconds = 0;
        void fields(auto& archive) { archive(observed, shape_s, seconds); }
    };
    void take(Block block);

    double memory_s_ = kHalfLife_s / std::numbers::ln2;  // seconds that a full memory holds
    double events_ = 0;
    double exposure_s_ = 0;
    Block block_;  // not yet taken
};

/// A level that a fall is measured against: the level of the last hours, but not far above the
/// usual one. What rose for a day or two may go back to where it was without having collapsed.
class FallLevel {
  public:
    static constexpr double kUsualHalfLife_s = 7 * 86400.0;
    static constexpr double kMostOfUsual = 1.25;

    void learn(double observed, double shape_s, double seconds) {
        now_.learn(observed, shape_s, seconds);
        usual_.learn(observed, shape_s, seconds);
    }
    [[nodiscard]] double expected(double shape_s) const {
        return std::min(now_.expected(shape_s), kMostOfUsual * usual_.expected(shape_s));
    }
    void scale(double factor) {
        now_.scale(factor);
        usual_.scale(factor);
    }
    [[nodiscard]] double events() const { return now_.events(); }
    void fields(auto& archive) { archive(now_, usual_); }

  private:
    Level now_;
    Level usual_{kUsualHalfLife_s};
};

}  // namespace lull
