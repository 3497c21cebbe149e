// One country's way through the states (detection.md §2.7) and the incident that goes with it.
// Tests say what fell and came back; here is what that means: outage, unstable, probation, doubt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "control/country_tests.h"
#include "control/detect.h"
#include "control/ledger.h"
#include "control/network_silence.h"
#include "control/recent.h"
#include "control/scope_track.h"
#include "dataplane/types.h"

namespace lull {

class NoiseTrack;
class Recurring;

/// What surrounds a country's tick: for its verdict and for the evidence.
struct Surroundings {
    double threshold = 20;  // h, already raised where groups are degraded
    std::size_t groups = 1;
    std::size_t healthy_groups = 1;
    uint32_t networks = 0;           // 0: not known
    std::string_view holiday;        // of the calendar; empty: a day like others
    std::optional<Family> standing;  // the one family that goes on, if one does
    const Recurring* recurring = nullptr;
    const CountryParts* parts = nullptr;
    bool parts_told = false;  // the tick was seen whole, and says which of them were there
    const RoutingVerdict* routing = nullptr;
    const NoiseTrack* noise = nullptr;  // null: no labelled traffic was seen toward it
    Conserved conserved;                // of this country's fall, in the ticks before this one
};

class CountryTrack {
  public:
    enum class Notify : uint8_t { kYes, kNo };
    CountryTrack(CountryId id, double tick_s, Notify notify);

    /// A tick that could be judged.
    void step(const Reading& reading, const Surroundings& around, Ledger& ledger);
    /// A tick in which less than half of the expectation could be seen: no verdict changes.
    void step_blind(int64_t start_ns, Ledger& ledger);
    /// A tick that is withheld because everything fell together.
    void step_held(const Reading& reading, Ledger& ledger);
    /// Time is missing before the next tick.
    void gap() { recent_.clear(); }

    /// Whether the tick just judged may teach the baseline.
    [[nodiscard]] bool may_learn() const;
    [[nodiscard]] bool is_down() const { return down_; }
    /// Whether it may take part in the common fall: countries that are down have their own reason.
    [[nodiscard]] bool is_up() const { return !down_ && phase_ != Phase::kUnstable; }
    void learn(const Reading& reading) { tests_.learn(reading); }
    [[nodiscard]] const CountryTests& tests() const { return tests_; }
    /// Learning stops silently above a third of the threshold.
    [[nodiscard]] bool doubts() const { return evidence() > 1.0 / 3; }
    /// Largest S / h of the country's tests and of its networks' silence.
    [[nodiscard]] double evidence() const {
        return std::max(tests_.evidence(), networks_.progress());
    }

    [[nodiscard]] const CountryVerdict& verdict() const { return verdict_; }
    /// What the country shows from now on is normal: nothing of the past is held against it. The
    /// incident is the caller's to end, before.
    void accept_present(int64_t now_ns);
    void reconfigure(double tick_s, Notify notify) {
        recent_ = Recent(tick_s);
        notify_ = notify;
    }
    /// After it was read.
    void resume(std::optional<Family> standing) { standing_ = standing; }
    void scale_evidence(double factor) {
        tests_.scale(factor);
        networks_.scale(factor);
    }
    [[nodiscard]] uint64_t incident() const { return incident_; }  // 0: none open
    /// When its present episode began: a relapse is another one.
    [[nodiscard]] int64_t fell_ns() const { return fell_ns_; }
    void fields(auto& archive) {
        archive.given(id_, notify_, standing_);
        archive(tests_, recent_, verdict_);
        archive.word(phase_, Phase::kProbation);
        archive.word(depth_, Depth::kOutage);
        archive(down_, deep_, low_, below_s_, shallow_s_, frozen_s_, steady_s_, suspect_ticks_);
        archive.list(edges_, kEdgesKept);
        archive.list(outages_, kEdgesKept);
        archive(incident_, doubted_, doubt_until_ns_, recovered_ns_, scope_.demand(), fell_ns_,
                scope_, networks_, told_standing_);
    }

  private:
    // More edges in an hour or a day than this say no more than three.
    static constexpr std::size_t kEdgesKept = 1000;
    enum class Phase : uint8_t { kQuiet, kDown, kUnstable, kProbation };
    enum class Depth : uint8_t { kPartial, kOutage };

    void on_fall(const Reading& reading, const Surroundings& around, const Fall& fall,
                 Ledger& ledger);
    void on_return(const Reading& reading, int64_t first_ns, Ledger& ledger);
    void enter_incident(const Reading& reading, const Surroundings& around, const Fall& fall,
                        Ledger& ledger);
    void become_unstable(Ledger& ledger);
    void become_outage(Ledger& ledger);
    void measure_down(const Reading& reading, const RoutingVerdict& routing,
                      const Conserved& conserved, Ledger& ledger);
    void name_family(Ledger& ledger);
    void hear_fall(const Reading& reading, const Surroundings& around, Ledger& ledger);
    void hear_return(const Reading& reading, Ledger& ledger);
    void hear_networks(const Reading& reading, const Surroundings& around);
    void hear_standing(Ledger& ledger);
    void pass_time(const Reading& reading, Ledger& ledger);
    void count_edge(int64_t now_ns, Ledger& ledger);
    void close(int64_t now_ns, const std::string& why, Ledger& ledger);
    void enter_state(State state, int64_t since_ns);
    void show(int64_t now_ns, Ledger& ledger);
    void fill_verdict(const Reading& reading);
    [[nodiscard]] State state_now() const;
    [[nodiscard]] bool many_edges(int64_t now_ns) const;

    CountryId id_;
    Notify notify_;
    CountryTests tests_;
    NetworkSilence networks_;
    Recent recent_;
    CountryVerdict verdict_;

    Phase phase_ = Phase::kQuiet;
    Depth depth_ = Depth::kOutage;
    bool down_ = false;
    bool deep_ = false;     // this incident was below 0.1 for ten minutes
    Signal low_;            // life while down, over the last 40 expected events or minute
    double below_s_ = 0;    // below 0.1 without a break
    double shallow_s_ = 0;  // clearly above an outage without a break
    double frozen_s_ = 0;   // that learning has stood still
    double steady_s_ = 0;   // seen without an edge
    uint32_t suspect_ticks_ = 0;
    std::deque<int64_t> edges_;    // of the last hour
    std::deque<int64_t> outages_;  // of the last day
    uint64_t incident_ = 0;        // 0: none open
    uint64_t doubted_ = 0;         // the incident that a relapse reopens
    int64_t doubt_until_ns_ = 0;
    int64_t recovered_ns_ = 0;        // start of the first bin of the last return
    int64_t fell_ns_ = 0;             // onset of the present episode
    std::optional<Family> standing_;  // as it was told in the last tick
    ScopeTrack scope_;
    bool told_standing_ = false;  // of this incident: that a network goes on answering
};

}  // namespace lull
