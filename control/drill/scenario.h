// A drill's scenario as values: how much traffic, and what happens to whom. Read strictly from
// YAML: every problem is told with file:line:column.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/config.h"
#include "control/country.h"
#include "dataplane/error.h"
#include "dataplane/types.h"

namespace lull {

inline constexpr std::size_t kMaxDrillEvents = 64;     // an endpoint's events are bits of a word
inline constexpr std::size_t kMaxUpstreams = 300;      // more than there are countries
inline constexpr double kMaxFlowsPerSecond = 200'000;  // what one core can generate
inline constexpr double kMaxScenarioSeconds = 400 * 86400.0;

/// Rates are per second of scenario time.
struct TrafficPlan {
    double flows_per_second = 1000;
    double floor_flows_per_second = 1;  // per country, as either end, at any hour
    double v6_share = 0.1;
    double scan_share = 0.02;  // of all conversations
    bool day_rhythm = true;
};

enum class EventKind : uint8_t {
    kOutage,
    kFlap,
    kFlood,
    kOneWay,
    kPortDark,
    kPoolLeak,
    kOversubscribe,
    kMember,
    kMove,        // both directions take a way past this tap; networks stay announced
    kOffload,     // a part of them does: a private interconnect, a cache
    kTableDrift,  // the target's networks answer with addresses that the table says are `to`'s
    kMaintenance  // the target, or the port, is silent as somebody announced
};
std::string_view event_name(EventKind kind);

/// What the world does while a target is silent: stop asking, or ask on without an answer.
enum class Demand : uint8_t { kLeaves, kStays };

/// kScan: SYNs of few sources to hosts all over the target.
enum class FloodVector : uint8_t { kNtp, kSsdp, kDns, kSyn, kUdp, kScan };

struct DrillTarget {
    enum class Kind : uint8_t { kCountry, kAsn, kPrefix, kPort, kMember };
    Kind kind = Kind::kPort;
    CountryId country = kCountryUnknown;
    uint32_t asn = 0;  // of a member: as drill_member() has it
    Family family = Family::kIpv4;
    Ipv6Bytes address{};  // network order; IPv4 in the first four bytes; host bits zero
    uint8_t length = 0;
    std::string text;  // "country KP", for people and JSON
};

struct DrillEvent {
    EventKind kind = EventKind::kOutage;
    int64_t at_ns = 0;
    int64_t until_ns = 0;  // at + for; an outage's recovery comes after it
    DrillTarget target;
    double depth = 1;  // share of the target's conversations that vanish; oversubscribe: of frames
    double ramp_s = 0;
    double recovery_s = 0;
    Demand demand = Demand::kLeaves;
    double period_s = 0;    // of a flap
    double down_share = 0;  // of each period, at its beginning
    FloodVector vector = FloodVector::kNtp;
    std::string from;   // a flood whose sources are this country's; "": anybody's
    std::string to;     // a table's drift: the country whose addresses are spoken from
    double times = 0;  // a flood's packets over the target's usual ones
    Place place;

    /// When nothing of the event is left.
    [[nodiscard]] int64_t over_ns() const;
    /// Share of the target's conversations that are gone, or drifted, at a time.
    [[nodiscard]] double down_share_at(int64_t time_ns) const;
    [[nodiscard]] bool active_at(int64_t time_ns) const {
        return time_ns >= at_ns && time_ns < over_ns();
    }
};

struct Scenario {
    std::string path;
    std::string name;
    int64_t from_ns = 0;
    int64_t until_ns = 0;
    uint64_t seed = 1;
    TrafficPlan traffic;
    std::vector<DrillEvent> events;  // in the order of the file
    /// Behind whom a country's networks stand in the routing part; others: the drill's own peer.
    std::map<CountryId, uint32_t> upstreams;
};

/// The exchange of a drill has so many members, of private AS numbers in a row.
inline constexpr uint32_t kDrillMembers = 48;
inline constexpr uint32_t kFirstDrillMember = 64512;
/// The one by whose port an AS sends and is reached.
constexpr uint32_t drill_member(uint32_t asn) {
    return kFirstDrillMember + asn % kDrillMembers;
}

Result<Scenario> load_scenario(const std::string& path);
/// `path` is used in messages alone.
Result<Scenario> parse_scenario(const std::string& text, const std::string& path);

}  // namespace lull
