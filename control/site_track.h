// The site's own incident: everything fell together on ports that are healthy. It is an event, not
// blindness, and it is one event, not thirty countries (detection.md §2.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "control/country_tests.h"
#include "control/ledger.h"

namespace lull {

class SiteTrack {
  public:
    /// Below this share of expectation a common fall is an event, and no country can be judged
    /// against what it leaves; above the second it is over. An event begins and ends after a
    /// minute, or two ticks where ticks are longer.
    static constexpr double kFallen = 0.6;
    static constexpr double kBack = 0.8;
    /// What has not stood at kBack for so long is the new normal.
    static constexpr double kRelease_s = 7 * 86400.0;

    struct Tick {
        int64_t start_ns = 0;
        int64_t end_ns = 0;
        double ratio = 1;       // e^g of the group that fell furthest
        std::size_t group = 0;  // which
        std::size_t groups = 1;
        std::size_t countries = 0;  // that the centre rests on
        bool known = true;          // false: a group that had fallen cannot be seen, or too little
        std::optional<CountryId> home;
        Signal home_demand;  // requests toward the home countries
    };
    void step(const Tick& tick, Ledger& ledger);
    [[nodiscard]] uint64_t incident() const { return incident_; }  // 0: none open
    /// Ends the incident: what is left is the new normal.
    void accept(int64_t now_ns, Ledger& ledger);
    /// The incident was ended by others.
    void let_go() { *this = SiteTrack{}; }
    void fields(auto& archive) { archive(incident_, fallen_since_ns_, back_since_ns_, run_ticks_); }

  private:
    void open(const Tick& tick, Ledger& ledger);
    void measure(const Tick& tick, Ledger& ledger);

    uint64_t incident_ = 0;
    int64_t fallen_since_ns_ = 0;  // 0: not fallen
    int64_t back_since_ns_ = 0;
    uint32_t run_ticks_ = 0;
};

}  // namespace lull
