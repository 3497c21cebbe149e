// Outages that come back at the same hour (detection.md §2.7), such as those of exam days: three
// incidents of a country within ten minutes of one local time in 14 days become a series, one
// incident of kind `recurring` that stays open until the series is over. Its episodes are in its
// transitions and page no more, unless one overruns or grows deeper: the incident then is an outage
// again until that episode ends. Pure; at most 2 KB a country.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "control/detect.h"
#include "control/ledger.h"

namespace lull {

class Recurring {
  public:
    static constexpr int64_t kDay_s = 86400;
    static constexpr int64_t kWithin_ns = 14 * kDay_s * 1'000'000'000;
    static constexpr int64_t kSameTime_s = 600;
    static constexpr std::size_t kLeast = 3;
    static constexpr double kOverrun = 1.5;  // times the longest episode before

    /// The open incident that a fall which began then goes on with, 0 for a new one: a series at
    /// its usual time, else `doubted`, the incident that the country returned from within a day. At
    /// another time a series takes no falls.
    [[nodiscard]] uint64_t incident_of(int64_t onset_ns, uint64_t doubted) const;

    /// After each judged tick of the country.
    struct Tick {
        int64_t end_ns = 0;
        int32_t utc_offset_s = 0;
        uint64_t incident = 0;  // the country's open one, as its track sees it
        int64_t fell_ns = 0;    // when its present episode began
        bool down = false;
        State state = State::kNormal;
    };
    void step(const Tick& tick, Ledger& ledger);

    /// Whether there is neither a series nor an episode: step() may then be left out while the
    /// country has no incident.
    [[nodiscard]] bool idle() const { return series_.empty() && now_.incident == 0; }
    /// That incident was ended by hand, and a series with it.
    void let_go(uint64_t incident) {
        std::erase_if(series_, [&](const Series& each) { return each.incident == incident; });
        if (now_.incident == incident) {
            now_ = {};
        }
    }
    /// Whether it keeps that incident open.
    [[nodiscard]] bool follows(uint64_t incident) const;

    void fields(auto& archive) {
        archive.list(episodes_, kEpisodesKept);
        archive.list(series_, kSeriesKept);
        archive(now_, utc_offset_s_);
    }

  private:
    static constexpr std::size_t kEpisodesKept = 32;
    static constexpr std::size_t kSeriesKept = 4;
    struct Episode {
        uint64_t incident = 0;
        int64_t start_ns = 0;
        double length_s = 0;
        double lowest_ratio = 1;
        int64_t of_day_s = 0;  // local time of its beginning
        void fields(auto& archive) {
            archive(incident, start_ns, length_s, lowest_ratio, of_day_s);
        }
    };
    struct Series {
        uint64_t incident = 0;
        int64_t last_start_ns = 0;
        int64_t last_end_ns = 0;
        int64_t longest_gap_ns = 0;  // between two beginnings
        double longest_s = 0;        // of the episodes that are over
        double lowest_ratio = 1;     // likewise
        int64_t of_day_s = 0;        // local time of the last one
        bool alarmed = false;        // the episode under way is worse than those before it
        void fields(auto& archive) {
            archive(incident, last_start_ns, last_end_ns, longest_gap_ns, longest_s, lowest_ratio,
                    of_day_s, alarmed);
        }
    };

    [[nodiscard]] Series* series_of(uint64_t incident);
    void begin(const Tick& tick, Ledger& ledger);
    void found(const std::vector<Episode>& before, Ledger& ledger);
    void watch(const Tick& tick, Series& series, Ledger& ledger);
    void end(Ledger& ledger);
    void end_series(int64_t now_ns, Ledger& ledger);

    std::deque<Episode> episodes_;  // of the last 14 days, that are over
    std::vector<Series> series_;
    Episode now_;  // under way; its incident is 0 when there is none
    int32_t utc_offset_s_ = 0;
};

}  // namespace lull
