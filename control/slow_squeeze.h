// The second reference (detection.md §2.2): a fall so slow that the level follows it. Each hour is
// held against the median of the same local hour over the last 28 days, which no level adapts; six
// hours below half of it are an incident of kind `slow`, a ticket. Pure: time comes in.
//
// Memory: 672 hours as floats and 24 of demand, 3 KB a country, whatever it is taught.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "control/country.h"
#include "control/ledger.h"

namespace lull {

class SlowSqueeze {
  public:
    static constexpr std::size_t kDays = 28;
    static constexpr std::size_t kSlots = 24;
    /// Days of a slot before it is compared with.
    static constexpr std::size_t kLeastDays = 14;
    static constexpr std::size_t kHours = 6;  // below, to open; above, to close
    static constexpr double kBelow = 0.5;
    static constexpr double kAbove = 0.8;
    static constexpr double kNewNormal_s = 7 * 86400.0;

    /// A tick that could be judged. What a country does while it is down is no reference.
    struct Tick {
        double seconds = 0;
        double share = 1;  // of the country's expectation on groups that were seen
        double flows = 0;
        double demand = 0;
        bool down = false;
    };
    void add(const Tick& tick);
    /// Ends the hour in hand, the `local_hour`-th since 1970 of the country's civil time: its ratio
    /// to the reference, if it was seen for half of its time and the reference can tell.
    std::optional<double> close_hour(int64_t local_hour);

    struct Surroundings {
        CountryId country{};
        int64_t hour_start_ns = 0;
        double common_ratio = 1;      // where the other countries stand beside their references
        uint64_t other_incident = 0;  // that the country has open: no second one beside it
        bool notify = true;
    };
    /// After close_hour(): opens, measures and closes the incident.
    void judge(const Surroundings& around, Ledger& ledger);
    [[nodiscard]] uint64_t incident() const { return incident_; }  // 0: none open
    /// Its incident was ended by hand: what is left is the new normal.
    void let_go() {
        incident_ = 0;
        accept_ = true;
    }

    /// What was seen before becomes so many times as much: a new table.
    void scale(double factor);

    void fields(auto& archive) {
        archive(cells_, demand_, recent_, recent_count_, seen_s_, flows_, demand_now_, down_s_,
                last_hour_, since_ns_, incident_, opened_ns_, accept_, judged_);
    }

  private:
    struct Hour {
        double observed = 0, usual = 0, demand = 0, usual_demand = 0;
        void fields(auto& archive) { archive(observed, usual, demand, usual_demand); }
    };
    static constexpr float kMissing = -1;
    static constexpr std::size_t kCells = kDays * kSlots;

    void advance(int64_t local_hour);
    [[nodiscard]] float& cell(int64_t local_hour);
    [[nodiscard]] std::optional<double> usual_rate(int64_t local_hour) const;
    [[nodiscard]] double spread() const;
    [[nodiscard]] Hour sums() const;
    [[nodiscard]] double bound() const;
    [[nodiscard]] bool is_low(double bound) const;
    [[nodiscard]] bool is_back() const;
    void open(const Surroundings& around, double bound, Ledger& ledger);
    void measure(const Surroundings& around, Ledger& ledger);
    void close(int64_t end_ns, const std::string& why, Ledger& ledger);
    void forget_recent();
    void accept_new_normal(double ratio);

    std::array<float, kCells> cells_ = [] {
        std::array<float, kCells> cells{};
        cells.fill(kMissing);
        return cells;
    }();
    std::array<float, kSlots> demand_{};  // usual rate by slot; learned while nothing has fallen
    std::array<Hour, kHours> recent_{};   // the oldest first
    uint32_t recent_count_ = 0;
    // Of the hour in hand.
    double seen_s_ = 0;
    double flows_ = 0;
    double demand_now_ = 0;

    double down_s_ = 0;       // that the country has been down without a break
    int64_t last_hour_ = -1;  // local
    int64_t since_ns_ = 0;    // start of the first hour since the last that stood above kAbove
    uint64_t incident_ = 0;
    int64_t opened_ns_ = 0;
    bool accept_ = false;  // the next squeeze is what a long outage left: new normal, no incident
    bool judged_ = false;  // the hour just closed is the last of `recent_`
};

}  // namespace lull
