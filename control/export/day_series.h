// The last day of each country as the page draws it: what was seen and expected, a bin a minute,
// kept in memory alone (a restart begins anew). Fed with each view; safe to ask from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <vector>

#include "control/view.h"

namespace lull {

class DaySeries {
  public:
    static constexpr std::size_t kBins = 1440;  // 23 KB a country that was ever seen

    /// Takes the view's last tick, once; a tick for which a country was not seen leaves a gap.
    void add(const View& view);
    /// {"country","step_seconds","times":[unix s of a bin's start],"observed","expected","low",
    /// "high": [answered flows a second or null],"state":[name or null]}, oldest first; the band is
    /// two standard deviations of what a bin of normal times holds.
    [[nodiscard]] nlohmann::json of(CountryId id) const;

  private:
    struct Bin {
        float seen = 0;      // sum over ticks
        float expected = 0;  // likewise, of those below
        float dispersion = 0;
        uint8_t ticks = 0;
        uint8_t expecting = 0;  // ticks for which something was expected
        State state = State::kBlind;
    };
    using Day = std::array<Bin, kBins>;

    void take(Day& day, std::size_t at, const CountryVerdict& verdict);
    void begin_bins(int64_t number);
    /// A copy, so that nobody waits for what is made of it; the number of its first bin.
    std::vector<Bin> bins_of(CountryId id, int64_t& first, int64_t& step_s) const;

    mutable std::mutex mutex_;  // guards all below
    int64_t step_s_ = 60;
    int64_t newest_ = -1;  // number of the newest bin: its start / step
    int64_t oldest_ = 0;   // of the first that was ever taken
    int64_t tick_end_ns_ = 0;
    std::vector<std::unique_ptr<Day>> days_;  // by CountryId; null: never seen
};

}  // namespace lull
