// What one tick saw, per port group and country: the only thing detection reads. Pure values; time
// comes in with them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "control/country.h"
#include "control/members/member.h"
#include "control/part_id.h"

namespace lull {

/// One country on one port group in one tick.
struct CountryFacts {
    double flows = 0;    // conversations with other countries, counted when first seen answered
    double flows6 = 0;   // of them: over IPv6
    double life = 0;     // distinct (source network, far network) pairs that live, if only one way
    double life6 = 0;    // of them: over IPv6
    double sources = 0;  // distinct networks of it with answered flows: no flood fakes them
    double demand = 0;   // distinct (far network, network of the country) pairs asking
    double packets = 0;  // sent and received: they size an event and decide nothing
    double bytes = 0;
    double received_bytes = 0;  // of them
    bool missing = false;       // not measured in this tick: missing, never zero
};

/// A part of a country that had answered flows in this tick.
struct PartFacts {
    CountryId country{};
    PartId id;
    double flows = 0;
};

/// A member by whose port answered flows of a country came or went in this tick.
struct MemberFacts {
    CountryId country{};
    MemberKey member;  // without a number: nobody known
    double flows = 0;
};

enum class Health : uint8_t { kHealthy, kDegraded, kUnhealthy };

/// An unhealthy group's tick is missing, never zero: `countries` is then not read.
struct GroupFacts {
    Health health = Health::kHealthy;
    std::string reason;                   // "tap0-a: no packet for 20 s", "" when healthy
    std::vector<CountryFacts> countries;  // by CountryId, countries().size() entries
    std::vector<PartFacts> parts;         // of countries, the largest ones
    std::vector<MemberFacts> members;     // in no order; empty where members are not told apart
};

/// What the calendar says of a country in a tick; the last one of a country counts.
struct Occasion {
    enum class Kind : uint8_t { kHoliday, kMaintenance };
    CountryId country{};
    Kind kind = Kind::kHoliday;
    std::string name;
};

/// How far the second witness can be gone by: what routing says of countries, written by `lull
/// routes`. kNone: none was ever there, so that none is expected; kTooOld: it is missing; kDeaf: no
/// peer can be heard, so that it says nothing.
enum class WitnessState : uint8_t { kNone, kTooOld, kDeaf, kSees };

/// Networks of a country that have changed hands: an AS of another country announces them, or a
/// later table gives them to another country. What was so for a week is usual.
struct MovedNetworks {
    uint32_t networks = 0;
    uint32_t asn = 0;                     // that announces most of them
    CountryId country = kCountryUnknown;  // to which they have moved with it
};

/// Upstreams are told one by one where a country has no more than these.
inline constexpr std::size_t kToldUpstreams = 8;
using UpstreamList = std::array<uint32_t, kToldUpstreams>;  // AS numbers, largest first; 0: none

/// What routing says of one country, as far as a verdict needs it (control/routes/witness.h).
struct RoutingFacts {
    uint32_t networks = 0;   // announced
    uint32_t withdrawn = 0;  // by every peer, in the last seven days
    uint32_t unknown = 0;    // of peers alone that cannot be heard now
    uint32_t upstreams = 0;
    uint32_t upstream = 0;  // AS number of the largest; 0: not known
    uint64_t changes = 0;   // networks gone or come back since the collector began
    bool usual = false;     // a record that tells no more than this: as many networks as ever
    MovedNetworks moved{};  // of those announced
    UpstreamList told_upstreams{};  // the largest
};

/// Whether members are told apart in a tick: no, all of them, or (a record) those alone that
/// brought less than they do as a rule.
enum class MembersTold : uint8_t { kNo, kAll, kUnusual };

/// Hostile traffic toward a country in a tick: what bore a label of an attack, a scan or malware.
struct LabelledFacts {
    std::string label;
    CountryId from = kCountryUnknown;  // by its addresses, which a flood may make up
    double bytes = 0;
};
struct CountryNoise {
    CountryId country{};
    double received_bytes = 0;  // in all
    std::vector<LabelledFacts> labelled;
};

/// What a tick can teach. kFlows: one of a history, which knows flows and bytes alone; distinct
/// networks of five minutes are not thirty times those of a live tick.
enum class Teaches : uint8_t { kAll, kFlows };

struct TickFacts {
    int64_t start_ns = 0;  // scenario time of the tick's first instant, since 1970
    double seconds = 10;   // its length, scenario time
    std::vector<GroupFacts> groups;
    std::vector<Occasion> occasions;  // of few countries
    WitnessState witness = WitnessState::kNone;
    std::vector<RoutingFacts> routing;  // by CountryId when the witness sees, else empty
    MembersTold members = MembersTold::kNo;
    std::vector<CountryNoise> noise;  // where payloads are inspected; of few countries
    bool networks_told = true;        // else: of an old record, or a history
    Teaches teaches = Teaches::kAll;
    std::vector<MemberKey> unusual;  // with MembersTold::kUnusual: whom the groups' lists are about
};

}  // namespace lull
