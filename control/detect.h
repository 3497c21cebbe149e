// The detector: facts in, verdicts out. Pure: no clock, thread, file or log; the same code serves
// `lull run` and `lull replay`. One step a tick; memory is bounded per country and group.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "control/country_parts.h"
#include "control/country_tests.h"
#include "control/facts.h"
#include "control/incident.h"
#include "control/move_watch.h"
#include "control/routing_track.h"
#include "dataplane/error.h"

namespace lull {

enum class State : uint8_t {
    kLearning,
    kInsufficient,
    kNormal,
    kSuspect,
    kUnstable,
    kPartialOutage,
    kOutage,
    kProbation,
    kBlind,
};
inline constexpr std::size_t kStateCount = 9;
/// "learning", "partial_outage" … as in lull_country_state{state}.
std::string_view state_name(State state);

struct DetectorSettings {
    double tick_s = 10;
    double false_alarms_per_year = 12;  // for the whole site
    std::vector<CountryId> home;
    std::vector<CountryId> watch;
    std::vector<CountryId> ignore;  // measured, never notified
};

/// The numbers behind a verdict, of the last tick that was judged: for whoever asks why.
struct Grounds {
    Signal flows, life, sources, demand, bytes;  // as in Reading
    TestsReport tests;
    double common_ratio = 1;    // what the common fall left of the expectation
    double degraded_share = 0;  // of the expectation, on degraded groups
    double learned_s = 0;
    bool held = false;  // withheld: everything fell together, or maintenance
    Signal flows6;      // of the flows: over IPv6
};

/// A state and since when; time 0: none.
struct StateStep {
    int64_t since_ns = 0;
    State state = State::kLearning;
    void fields(auto& archive) {
        archive(since_ns);
        archive.word(state, State::kBlind);
    }
};

/// One country on one port group in the last tick.
struct GroupReading {
    Signal flows;
    bool used = false;  // false: missing, or withheld
};

/// What is known of a country after a tick.
struct CountryVerdict {
    bool seen = false;  // any traffic ever; a country never seen has state alone
    State state = State::kLearning;
    // Deciding signal (life) of the last tick on healthy groups, and what was expected of it, per
    // second; expectation already includes the common factor. Absent until learned.
    double observed_life_per_s = 0;
    double observed_sources = 0;
    double observed_bytes_per_s = 0;
    std::optional<double> expected_life_per_s;
    std::optional<double> expected_sources;
    std::optional<double> expected_bytes_per_s;
    std::optional<double> ratio;  // observed / expected of the deciding signal, last 60 s
    std::optional<double> demand_ratio;
    double coverage = 1;                 // share of the expectation that is on healthy groups
    std::optional<double> detectable_s;  // how long a full collapse needs to be provable
    bool doubtful = false;               // back for less than 24 h
    std::optional<double> canary_s;      // how long the live canary's last collapse took to show
    uint32_t canary_misses = 0;          // of it, in a row
    bool watched = false;                // by DetectorSettings::watch
    std::optional<double> alive;         // CountryParts::alive
    double evidence = 0;                 // largest S / h of its tests, 1 = alarm
    std::optional<double> dispersion;    // k of the negative binomial in use
    int64_t state_since_ns = 0;
    Grounds grounds;
    std::array<StateStep, 6> steps{};  // the last ones, newest last
    RoutingVerdict routing;            // of the last tick, judged or not
    Conserved conserved;               // of its fall, if it is low

    void fields(auto& archive) {
        archive.given(grounds, canary_s, canary_misses, watched, alive, routing, conserved);
        archive(seen);
        archive.word(state, State::kBlind);
        archive(observed_life_per_s, observed_sources, observed_bytes_per_s, expected_life_per_s,
                expected_sources, expected_bytes_per_s, ratio, demand_ratio, coverage, detectable_s,
                doubtful, evidence, dispersion, state_since_ns, steps);
    }
};

class MemberTrack;  // member_track.h

/// Offset of a country's civil time from UTC at an instant, in seconds.
using UtcOffset = std::function<int32_t(CountryId, int64_t unix_s)>;

class Detector {
  public:
    /// `networks`: announced networks per CountryId (0: not known); its size is the number of
    /// countries. `groups`: number of port groups, the same in every TickFacts. The clocks and
    /// codes of countries are the world's, unless theirs are other ids.
    Detector(DetectorSettings settings, std::vector<uint32_t> networks, std::size_t groups,
             UtcOffset utc_offset = utc_offset_s, CountryCode code = country_code);
    ~Detector();
    Detector(Detector&&) noexcept;
    Detector& operator=(Detector&&) noexcept;

    /// Takes the next tick. Ticks come in order; a gap between them is missing, not zero.
    void step(const TickFacts& facts);

    [[nodiscard]] std::span<const CountryVerdict> verdicts() const;  // by CountryId
    /// By country and group: country * groups + group.
    [[nodiscard]] std::span<const GroupReading> group_readings() const;
    /// What the country consists of here.
    [[nodiscard]] const CountryParts& parts(CountryId country) const;
    /// By whose ports its answered flows come, where members are told apart.
    [[nodiscard]] const CountryMembers& members(CountryId country) const;
    [[nodiscard]] const MemberTrack& member_track() const;
    /// All incidents, oldest first: open ones and the last 1,000 closed.
    [[nodiscard]] const std::vector<Incident>& incidents() const;
    [[nodiscard]] bool blind() const;                // the whole site sees nothing it can trust
    [[nodiscard]] double common_fall_ratio() const;  // e^g over all groups, 1 = none
    [[nodiscard]] double threshold() const;          // h in use

    /// New settings take effect from the next tick on. A new budget scales S with h, so that a
    /// reload cannot fire an alarm.
    void reconfigure(DetectorSettings settings, std::vector<uint32_t> networks);

    /// A new table: what is expected of a country, by CountryId, becomes that many times as much.
    void move_expectation(std::span<const double> factors);

    /// Takes over what another detector of the same countries has learned of their days and of the
    /// last weeks, which no port group has a part in; levels and all that is under way stay.
    void learn_days(const Detector& other);
    /// Forgets the parts of countries for which `stays` is false: a new table does not have them.
    void keep_parts(const std::function<bool(CountryId, const PartId&)>& stays);

    /// All that was learned and is under way, for restore(); the incidents are not in it. `groups`
    /// are the names of the port groups, in the order of TickFacts.
    [[nodiscard]] std::vector<uint8_t> save(std::span<const std::string> groups) const;
    struct Restored {
        std::size_t countries = 0;
        std::size_t refused = 0;  // countries whose part made no sense: they learn anew
    };
    /// Goes on where save() was called, in place of what this detector holds. Countries are found
    /// by code, groups by name: one that is gone is left out, a new one starts empty. Time since
    /// then is missing. Refused, with nothing changed: other bytes, or a format that is not known.
    Result<Restored> restore(std::span<const uint8_t> bytes, std::span<const std::string> groups);
    /// After restore(), or without: takes the incidents of an earlier run. An open one that no
    /// restored country is in ends when it was last verified. New ids are above `last_id`.
    void adopt(std::vector<Incident> incidents, uint64_t last_id);

    /// What became of an operator's word (detect_operator.cpp). kFull: it has all the notes that
    /// one incident keeps.
    enum class Word : uint8_t { kTaken, kUnknown, kOver, kFull };
    /// Who looks after an open incident; a later word takes the place of an earlier. Changes
    /// nothing else.
    Word acknowledge(uint64_t id, Remark remark);
    /// For the record of an incident, open or over.
    Word annotate(uint64_t id, Remark remark);
    /// What people call the member of an incident of that kind; decides nothing.
    void name_member(uint64_t id, std::string name);
    /// Ends an open incident at the remark's time. What its country shows from now on counts as
    /// normal: its level is learned anew, its day is kept. For the site's incident that holds for
    /// every country without an incident of its own.
    Word close(uint64_t id, const Remark& why);

    struct Impl;  // detect_impl.h

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace lull
