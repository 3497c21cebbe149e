// What the detector holds between two ticks. Shared by detect.cpp (a tick) and detect_archive.cpp
// (saving and restoring); nobody else looks in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "control/baseline.h"
#include "control/canary.h"
#include "control/common_fall.h"
#include "control/country_parts.h"
#include "control/country_track.h"
#include "control/day_profile.h"
#include "control/detect.h"
#include "control/family_track.h"
#include "control/ledger.h"
#include "control/member_track.h"
#include "control/move_watch.h"
#include "control/noise_track.h"
#include "control/recurring.h"
#include "control/regional_track.h"
#include "control/routing_track.h"
#include "control/site_track.h"
#include "control/slow_squeeze.h"

namespace lull {

/// What is expected of one country on one port group.
struct Baseline {
    FallLevel flows;
    Level life;
    Level sources;
    Level demand;
    Level bytes;
    FallLevel flows6;
    Level life6;
    void scale(double factor) {
        flows.scale(factor);
        flows6.scale(factor);
        for (Level* level : {&life, &sources, &demand, &bytes, &life6}) {
            level->scale(factor);
        }
    }
    void fields(auto& archive) { archive(flows, life, sources, demand, bytes, flows6, life6); }
};

/// What the calendar says of a country in a tick, null: nothing.
const Occasion* occasion_of(const TickFacts& facts, std::size_t country);

// A country whose expectation is on unhealthy groups by more than half is blind.
inline constexpr double kLeastCoverage = 0.5;

inline constexpr uint32_t kMostGroups = 1024;  // in an archive

// As DayProfile::days(): after two weeks countries' own days are known, and need no common one.
inline constexpr double kPooledDays = 10;

struct Detector::Impl {
    enum class Use : uint8_t { kMissing, kHeld, kUsed };

    DetectorSettings settings;
    std::vector<uint32_t> networks;
    std::size_t groups;
    UtcOffset utc_offset;
    CountryCode code;
    double threshold = 20;

    std::map<std::size_t, NoiseTrack> noise;  // by country; those that were ever flooded
    std::vector<CountryTrack> tracks;
    std::vector<FamilyTrack> families;    // by country
    std::vector<Baseline> baselines;      // country * groups + group
    std::vector<DayProfile> days;         // by country
    std::vector<SlowSqueeze> squeezes;    // likewise
    std::vector<Recurring> recurring;     // likewise
    std::vector<CountryParts> parts;      // likewise
    std::vector<CountryMembers> members;  // likewise
    std::vector<RoutingTrack> routes;     // likewise
    int64_t hour_ns = -1;                 // start of the hour in hand; -1: none
    std::vector<double> learned_s;
    std::vector<double> profile;  // what `days` says of the time of day in hand
    int64_t profile_slot = -1;
    std::vector<Canary> canaries;
    std::vector<CountryVerdict> verdicts;
    Ledger ledger;
    SiteTrack site;
    MemberTrack member_track;
    RegionalTrack regional;
    std::vector<double> low_s;  // by group: since it last stood at SiteTrack::kBack
    std::vector<double> pooled_day;  // by group: factor on its countries' days, young ones
    double own_days = 0;             // that the middle one of all countries has learned
    std::optional<int64_t> last_end_ns;
    bool blind = false;
    double common_ratio = 1;

    // Of the tick in hand, kept to spare allocations.
    std::vector<double> expected;  // life, as `baselines`
    std::vector<CommonFall> falls;
    std::vector<Use> uses;
    bool members_seen = false;  // the tick shows what came by whom
    std::vector<double> logs;
    std::vector<GroupReading> readings;  // as `baselines`
    std::vector<Signal> judged_flows;    // by country; zero: not judged
    MoveWatch moves;                     // a restart takes its answers along in `tracks`

    std::size_t size() const { return tracks.size(); }
    CountryTrack::Notify notify(std::size_t country) const;
    void note_gap(const TickFacts& facts);
    void expect(const TickFacts& facts);
    void find_common_fall(const TickFacts& facts);
    void find_own_days();
    /// Where a level is 1 a second, what the country's time of day makes of a tick there.
    double shape_s(std::size_t country, std::size_t group, double seconds) const;
    /// What all countries of a group slowly do together is a part of their day, while their own is
    /// not known; once the tick in hand is judged.
    void follow_pooled_day(double seconds);
    /// Whose port fell; after expect(). What countries consist of is left open for their own step.
    void step_members(const TickFacts& facts, int64_t end_ns);
    void see_members(const TickFacts& facts, int64_t end_ns);
    void see_parts(const TickFacts& facts);
    /// What the tick in hand is good for; after read().
    CountryParts::Tick tick_of_parts(const TickFacts& facts, std::size_t country) const;
    CountryMembers::Tick tick_of_members(const TickFacts& facts, std::size_t country) const;
    /// Whether every port group is judged in the tick in hand; after find_common_fall().
    bool uses_all() const;
    void step_site(const TickFacts& facts, int64_t end_ns);
    /// Whether the tick in hand tells how the group stands; after find_common_fall().
    bool is_known(std::size_t group) const;
    /// Whether it fell, in the site's open incident, and was not seen to come back.
    bool is_fallen(std::size_t group) const;
    /// What fell together a week ago and has not come back is the new normal.
    void release_common_fall(double seconds, int64_t end_ns);
    /// Of all countries without an incident of their own what they show is normal.
    void accept_common_fall(std::size_t group, int64_t end_ns);
    /// Ends the hour in hand when `start_ns` is in another one.
    void step_hour(int64_t start_ns);
    void step_recurring(int64_t end_ns, std::size_t country);
    void step_routing(const TickFacts& facts, int64_t end_ns, std::size_t country);
    void step_country(const TickFacts& facts, int64_t end_ns, std::size_t country);
    void note_flood_meanwhile(uint64_t id, const NoiseTrack& flood, int64_t fell_ns,
                              int64_t now_ns);
    void judge(const TickFacts& facts, std::size_t country, Reading reading,
               const Occasion* occasion);
    /// Of one country on one group in the tick in hand.
    Use use(const TickFacts& facts, std::size_t country, std::size_t group) const;
    Reading read(const TickFacts& facts, int64_t end_ns, std::size_t country);
    void add_group(const TickFacts& facts, std::size_t country, std::size_t group,
                   Reading& reading) const;
    /// Forgets what was expected of a country and found against it; its day is kept. An incident of
    /// its own ends with these words.
    void accept_present(std::size_t country, const std::string& words, int64_t now_ns);
    /// Ends an open incident in the book alone, if it is one.
    void end_as_normal(uint64_t id, const std::string& words, int64_t now_ns);
    void learn(const TickFacts& facts, std::size_t country, const Reading& reading);
    void learn_day(const TickFacts& facts, std::size_t country, const Reading& reading);

    void fields(auto& archive) {
        archive.given(settings, networks, groups, utc_offset, code);
        archive(threshold, profile_slot, ledger, site, last_end_ns);
        archive.given(tracks, families, baselines, days, squeezes, recurring, parts, members,
                      routes, learned_s, profile, verdicts, canaries, noise);  // CountryPart
        archive.given(blind, common_ratio, expected, falls, uses, members_seen, logs, readings,
                      judged_flows, moves);  // of the next tick
        archive(hour_ns, member_track, regional);
        archive.list(low_s, kMostGroups);
        archive.list(pooled_day, kMostGroups);
        archive.given(own_days);  // of the next quarter of an hour
    }
};

}  // namespace lull
