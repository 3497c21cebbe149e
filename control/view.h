// What control publishes after each tick, immutable from then on: the one thing that metrics, the
// API, the page and replay's report read. A scrape takes a shared_ptr to it and no lock a worker
// takes.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/country.h"
#include "control/detect.h"
#include "control/incident.h"
#include "control/inspect/inspection.h"
#include "control/members/member_traffic.h"
#include "control/operator/maintenance_book.h"
#include "control/origins/table_file.h"
#include "control/routes/witness.h"
#include "control/seen_networks.h"
#include "dataplane/snapshot.h"

namespace lull {

/// Packets and IP bytes; totals since start, never decreasing.
struct Traffic {
    uint64_t sent_packets = 0;
    uint64_t sent_bytes = 0;
    uint64_t received_packets = 0;
    uint64_t received_bytes = 0;
    Traffic& operator+=(const Traffic& other) {
        sent_packets += other.sent_packets;
        sent_bytes += other.sent_bytes;
        received_packets += other.received_packets;
        received_bytes += other.received_bytes;
        return *this;
    }
    bool operator==(const Traffic&) const = default;
};

struct OriginTotals {
    uint32_t asn = 0;
    CountryId country = kCountryUnknown;
    Traffic traffic;
};

struct PortView {
    std::string name;
    std::string group;
    std::string device;
    bool healthy = true;
    bool degraded = false;  // healthy, but less sure: the detector wants more evidence
    std::string reason;     // of either
    bool link_up = true;
    // Of TCP segments with data; nothing until there is a sample.
    std::optional<double> capture_loss;
    std::optional<double> duplicates;
    PortDelta totals;  // counters since start; gauges of now
};

struct WorkerView {
    uint32_t core = 0;
    double busy_ratio = 0;
    double last_heartbeat_s = 0;
    double longest_turn_s = 0;  // of the last tick
    uint64_t long_turns = 0;    // longer than kLongTurn_us
    double taken_s = 0;         // since start: its core ran something else
    uint64_t received_packets = 0;
    std::string group;
    BurstCounts bursts{};            // since start
    double full_burst_ratio = 0;     // of its receives lately: those of more than 16 packets
    std::vector<QueueDelta> queues;  // packets since start; ports by index
    FlowCounts flows;                // sums since start; occupied and stage are those of now
};

struct GroupView {
    std::string name;
    /// Most packets of a worker lately over the mean of the group's workers; nothing if few came.
    std::optional<double> worker_skew;
    std::optional<double> two_way_share;  // of the conversations that live
    bool degraded = false;
    std::string reason;
};

struct CountryView {
    Traffic traffic;
    uint64_t answered_flows = 0;
    std::optional<double> two_way_share;  // of the flows that live, last ten minutes
    double active_sources = 0;  // distinct networks in the last closed 60 s (replay: the capture)
    uint32_t networks4 = 0;     // of the loaded table
    uint32_t networks6 = 0;
    uint32_t origins = 0;  // distinct AS numbers
};

/// A part of a country (country_parts.h).
struct PartView {
    CountryId country{};
    PartId id;
    double share = 0;  // of the country's answered flows
    int64_t last_ns = 0;
    bool silent = false;
};

/// A member of the exchange; the first of a list is whoever is not known.
struct MemberView {
    MemberKey key;
    std::string name;  // "": none
    bool listed = false;
    std::size_t ports = 0;  // MAC addresses of it
    MemberTotals totals;
    Signal flows;  // answered, of the last tick that was seen whole; 0 expected: none were
    bool fallen = false;
};

/// Of a country's answered flows, those that come or go by a member's port.
struct MemberShare {
    CountryId country{};
    MemberKey member;
    double share = 0;
};

struct TableView {
    std::string path;
    std::string sha256;
    int64_t built_at_s = 0;
    uint64_t prefixes4 = 0;
    uint64_t prefixes6 = 0;
    uint64_t loads_ok = 0;
    uint64_t loads_failed = 0;
};

struct StoreView {
    bool in_use = false;
    uint64_t errors = 0;             // since start
    double last_success_wall_s = 0;  // unix; 0: none yet
    std::string trouble;             // "" when the last write went well
};

/// The second witness: what routing says of countries.
struct WitnessView {
    WitnessState state = WitnessState::kNone;
    std::shared_ptr<const Witness> witness;  // the last good one, whatever its age; may be null
    uint64_t loads_ok = 0;                   // files read since start
    uint64_t loads_failed = 0;
};

/// Of what this monitor saw of a country in the last day (upstream_traffic.h).
struct CountryTraffic {
    uint64_t bytes = 0;           // sent and received; 0: nothing is known
    double attributed_share = 0;  // of origins of which the witness tells who is before them
    std::vector<OriginUpstream> upstreams;  // shares of `bytes`; at most kMaxWitnessUpstreams
};

struct View {
    uint64_t version = 0;
    std::string site;
    int64_t tick_end_ns = 0;      // scenario time
    double published_wall_s = 0;  // unix
    double tick_s = 10;
    double clock_scale = 1;
    std::vector<CountryView> countries;        // by CountryId
    std::vector<CountryVerdict> verdicts;      // by CountryId
    std::vector<GroupReading> group_readings;  // country * groups + group
    std::vector<PartView> parts;               // by country
    bool tells_members = false;
    std::vector<MacNumber> unknown_macs;     // some of those that sent and no member has
    std::vector<MemberView> members;         // by MemberId; the first is nobody known
    std::vector<MemberShare> member_shares;  // by country
    std::shared_ptr<const InspectView> inspect = std::make_shared<const InspectView>();
    std::vector<OriginTotals> origins;  // the exported ones, chosen as contract.md says
    std::vector<Incident> incidents;
    Traffic unmatched;
    Traffic private_space;
    std::vector<PortView> ports;
    std::vector<WorkerView> workers;
    std::vector<GroupView> groups;
    TableView table;
    std::vector<std::string> occasions;             // of the calendar, now: "DE: Christmas"
    std::vector<AnnouncedMaintenance> maintenance;  // all that is known, also what is over
    bool blind = false;
    double common_fall_ratio = 1;
    std::map<std::string, uint64_t> ticks;            // by result: ok, missing, partial
    std::array<uint64_t, 8> tick_duration_buckets{};  // cumulative; bounds in kTickDurationBounds
    double tick_duration_sum_s = 0;
    uint64_t tick_duration_count = 0;
    bool config_reload_ok = true;
    double config_reload_wall_s = 0;
    bool ready = false;
    std::string not_ready_reason;
    std::map<std::string, uint64_t> incidents_total;  // "kind/scope" -> opened since start
    std::optional<bool> clock_synchronised;           // nothing: the kernel may not be asked
    uint64_t clock_steps = 0;
    StoreView store;
    WitnessView witness;
    /// By CountryId; null while the witness is missing.
    std::shared_ptr<const std::vector<CountryTraffic>> traffic_behind;
    std::shared_ptr<const SeenSample> seen;  // null before the first tick
    std::shared_ptr<const std::map<uint32_t, std::string>>
        as_names;  // of the loaded table; may be null
};

/// Upper bounds of lull_detector_tick_duration_seconds, without +Inf.
inline constexpr std::array<double, 7> kTickDurationBounds{0.001, 0.0025, 0.005, 0.01,
                                                           0.025, 0.05,   0.1};

}  // namespace lull
