// What the numbers say about one country, tick by tick: has its life fallen, and has it come back?
// It holds the tests and the noise they are measured against, and knows nothing of states.
//
// A test for a fall to the share r compares r x expected with q x expected, not with expected
// itself: q is the lower edge of what the country's own slow noise does to it (a day rhythm other
// than the profile, level noise). A dispersion large enough to cover such noise would cap what one
// tick can prove and make every collapse take an hour; the edge costs only the factor (q - r).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "control/cusum.h"
#include "control/dispersion.h"

namespace lull {

struct Signal {
    double observed = 0;
    double expected = 0;
    void fields(auto& archive) { archive(observed, expected); }
};

/// One country in one tick, over the groups that can be trusted, expectation after the common fall.
struct Reading {
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    double seconds = 10;
    Signal flows;   // answered conversations: they decide
    Signal life;    // one way at least: they confirm
    Signal flows6;  // of both: over IPv6
    Signal life6;
    Signal sources;
    Signal demand;
    Signal bytes;
    double coverage = 1;        // share of the expectation on groups that are not unhealthy
    double used_share = 1;      // of it: on groups that are not withheld, which flows are of
    double degraded_share = 0;  // share of the expectation on degraded groups
    double common_ratio = 1;    // e^g that the expectation was scaled by
    double learned_s = 0;       // of this country's history, incidents left out
    double events = 0;          // that the expectation rests on
    double events6 = 0;         // that flows6's does
    bool holiday = false;       // a day that is not like others: only a deep fall is then an alarm
};

/// The last is not of CountryTests but of NetworkSilence.
enum class Test : uint8_t { kDeepFall, kFall, kSilence, kCollapse, kNetworks };
inline constexpr std::size_t kTestCount = 4;  // of CountryTests

/// A fall that is proven.
struct Fall {
    Test test = Test::kDeepFall;
    int64_t onset_ns = 0;
    double score = 0;
    double threshold = 0;
    double observed = 0;  // since the onset
    double expected = 0;
};

/// How far each test has come, for whoever asks why.
struct TestsReport {
    struct Progress {
        double score = 0;  // S
        bool armed = false;
    };
    std::array<Progress, kTestCount> tests{};  // by Test
    double threshold = 0;                      // h
    double edge = 0;                           // as CountryTests::edge()
    bool sources_agree = true;                 // or too few are expected to say otherwise
    bool lives_one_way = false;
    uint32_t noise_hours = 0;  // that the noise is known from
};

/// Upper 95 % bound of observed / expected for counts (Byar's approximation).
double ratio_upper_bound(double observed, double expected);
/// Lower 95 % bound, likewise.
double ratio_lower_bound(double observed, double expected);

class CountryTests {
  public:
    /// Less history than this proves silence alone (detection.md §2.2).
    static constexpr double kLearning_s = 600;  // before it nothing is proven
    static constexpr double kInsufficient_s = 3600;
    static constexpr double kInsufficientEvents = 20;  // and below three quarters of it again
    /// Own history from which the fall to 0.3 may raise too.
    static constexpr double kOwnHistory_s = 3 * 86400.0;

    /// Whether the country is down by what was proven before: its gaps are then not learned.
    enum class Down : uint8_t { kNo, kYes };
    void step(const Reading& reading, double threshold, Down down);
    /// The fall proven by the last step, if any; sources and one-way life, where enough are
    /// expected, confirm.
    [[nodiscard]] std::optional<Fall> fall() const;
    /// While down: the return proven by the last step; the start of its first tick, with what went
    /// before it at a level that is no return left out.
    [[nodiscard]] std::optional<int64_t> returned() const;
    /// Tests start from zero, as after a change of state.
    void clear();
    void scale(double factor);

    /// Learning stops silently above a third of the threshold.
    [[nodiscard]] bool doubts() const { return evidence_ > 1.0 / 3; }
    /// Largest S / h; 1 is an alarm.
    [[nodiscard]] double evidence() const { return evidence_; }
    [[nodiscard]] TestsReport report() const;
    [[nodiscard]] double dispersion() const { return k_; }
    /// Lower edge of the country's normal range as a share of its expectation.
    [[nodiscard]] double edge() const { return edge_; }
    /// The same without the error of the level.
    [[nodiscard]] double silence_edge() const { return silence_edge_; }
    /// A fall must surely lie below this share of the expectation.
    [[nodiscard]] double fall_below() const { return bound_; }
    /// Share of the expectation above which a country may count as back; the part of it that noise
    /// takes is not granted while networks with most of its flows are silent.
    static constexpr double kBackRatio = 0.8;
    [[nodiscard]] double back_ratio() const;
    /// Seconds a full collapse needs to be proven at the present expectation (reckoned anew every
    /// five minutes); nullopt: not provable.
    [[nodiscard]] std::optional<double> detectable_s() const { return detectable_s_; }
    void learn(const Reading& reading);
    /// What there is to go by: learning, insufficient or normal.
    enum class History : uint8_t { kLearning, kInsufficient, kEnough };
    [[nodiscard]] History history() const { return history_; }
    void fields(auto& archive) {
        archive(noise_, falls_, silence_, back_, sources_, life_, threshold_, most_, evidence_, k_,
                edge_, silence_edge_, sources_fade_, refreshed_, detectable_s_, expected_, events_,
                learned_s_, tick_s_, depths_);
        archive.word(history_, History::kEnough);
        archive(armed_, bound_, collapse_, collapse_most_, beside_, above_back_);
    }

  private:
    void step_history();
    void refresh(double seconds);
    [[nodiscard]] std::optional<double> reckon_detectable_s() const;
    void step_falls(const Reading& reading);
    void step_beside(const Reading& reading);
    void step_return(const Reading& reading);
    /// What else was seen since a test's run began.
    struct Beside {
        Signal sources;
        Signal life;
        void fields(auto& archive) { archive(sources, life); }
    };
    [[nodiscard]] const Run& run_of(Test test) const;
    [[nodiscard]] bool proven(Test test) const;
    [[nodiscard]] bool collapse_armed() const;
    [[nodiscard]] bool confirmed(const Beside& beside) const;
    [[nodiscard]] bool lives_one_way(const Beside& beside) const;
    [[nodiscard]] double silence_progress() const;

    Dispersion noise_;
    std::array<Run, 2> falls_{};  // deep, partial
    std::array<double, 2> depths_{0.1, 0.3};
    std::array<bool, 2> armed_{};  // in the last step
    double bound_ = 0.5;           // below which a fall must surely lie to be one
    Silence silence_;
    Run back_;
    Signal sources_;  // decayed over a minute, as
    Signal life_;
    double threshold_ = 0;
    double most_ = 0;  // that one tick may add
    double evidence_ = 0;
    double k_ = 1;
    double edge_ = 0.45;
    double silence_edge_ = 0.45;  // without the error of the level, which Silence reckons itself
    double sources_fade_ = 0;
    int64_t refreshed_ = -1;  // span of five minutes
    std::optional<double> detectable_s_;
    double expected_ = 0;
    double events_ = 0;
    double learned_s_ = 0;
    double tick_s_ = 10;
    History history_ = History::kLearning;
    Run collapse_;              // the fall to kCollapse
    double collapse_most_ = 0;  // that one tick may add to it, and to silence
    std::array<Beside, kTestCount> beside_{};
    Run above_back_;  // while down: of a level above back_ratio()
};

}  // namespace lull
