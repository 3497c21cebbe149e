// The live canary (detection.md §2.8): theory says how soon a collapse could be noticed, a shadow
// shows it. Once an hour a country's tests are copied, and the copy is told that only one flow in
// twenty is left, until it would alarm; the real tests never hear of it. Pure and deterministic.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "control/country_tests.h"

namespace lull {

class Canary {
  public:
    /// What is left of the live counts.
    static constexpr double kLeft = 0.05;
    static constexpr double kEvery_s = 3600;
    /// A miss: no alarm after so many times the bound that is exported.
    static constexpr double kPatience = 3;

    /// Of a country whose place among `of` staggers the hours. `calm`: nothing is suspected of it.
    /// A trial that real events, or missing time, cut short counts for nothing.
    void step(const CountryTests& real, bool calm, const Reading& reading, double threshold,
              std::size_t place, std::size_t of);
    /// The tick is missing.
    void cut() { shadow_.reset(); }

    /// From the first thinned tick to the alarm, of the last trial; absent after a miss.
    [[nodiscard]] std::optional<double> detection_s() const { return detection_s_; }
    /// Trials in a row in which it did not alarm in time.
    [[nodiscard]] uint32_t misses() const { return misses_; }

  private:
    [[nodiscard]] bool is_due(const Reading& reading, std::size_t place, std::size_t of) const;
    void judge(const Reading& reading);

    std::unique_ptr<CountryTests> shadow_;  // while a trial runs
    int64_t begun_ns_ = 0;
    int64_t last_end_ns_ = 0;
    double patience_s_ = 0;
    std::optional<double> detection_s_;
    uint32_t misses_ = 0;
};

}  // namespace lull
