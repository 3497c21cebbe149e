// A country's own day, learned from its days: 96 slots of 15 minutes of civil time, each a ratio of
// sums, and from two weeks on what workdays and weekends make of it. It corrects the generic
// profile: with n days of a slot the correction counts to the power n / (n + 3). Pure values;
// some 1.6 KB a country, whatever it is taught.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lull {

class DayProfile {
  public:
    static constexpr std::size_t kSlots = 96;
    static constexpr int64_t kSlot_s = 900;
    /// Days whose weight equals that of the generic profile.
    static constexpr double kPriorDays = 3;
    /// Half of what a slot knows is older than this.
    static constexpr double kHalfLifeDays = 14;
    /// From so many days on workdays and weekends are told apart.
    static constexpr double kWeekAfterDays = 14;

    /// Takes a tick's events; `expected` by what is known now (0: nothing): above three times it,
    /// and above 3, events count no further, so that a flood makes no rhythm. Ticks of an incident
    /// are not given; the other days of their slot stand for them. `seconds` is the tick's length
    /// times the share of the country's groups that were seen.
    void learn(int64_t local_s, double tick_s, double seconds, double observed, double expected);
    /// Share of the daily mean in a tick about that civil time; its mean over a day is about 1.
    [[nodiscard]] double shape(int64_t local_s, double tick_s) const;
    /// Days learned from, faded.
    [[nodiscard]] double days() const;
    void fields(auto& archive) {
        for (auto& part : sums_) {
            for (Sums& sums : part) archive(sums.events, sums.seconds);
        }
        archive(rate_, week_days_, slot_);
    }

  private:
    enum Part : uint8_t { kWorkday, kWeekend };
    struct Sums {
        float events = 0;
        float seconds = 0;
    };
    /// Factor on `rate` that these sums ask for, by the weight of their days.
    static double corrected(const Sums& sums, double rate);
    void enter(std::size_t slot);
    [[nodiscard]] Sums smoothed(Part part, std::size_t slot) const;
    [[nodiscard]] double correction(Part part, std::size_t slot) const;
    [[nodiscard]] double shape_at(int64_t local_s) const;

    std::array<std::array<Sums, kSlots>, 2> sums_{};
    double rate_ = 0;      // events per second where the generic profile is 1
    float week_days_ = 0;  // days since the beginning, as far as they were seen; not faded
    int16_t slot_ = -1;
};

}  // namespace lull
