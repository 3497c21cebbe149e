// THE DOOR OUT. A snapshot is what the workers saw between two flips of their banks: differences,
// summed over workers, copied once by control; no lock a worker takes. All counts of a snapshot
// come from the same turn of each worker, so received = counted + rejected holds in each.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/flow_facts.h"
#include "dataplane/inspect/inspect_counts.h"
#include "dataplane/members.h"
#include "dataplane/sources.h"
#include "dataplane/types.h"

namespace lull {

/// Packets and IP bytes of one origin since the last snapshot; only origins touched are listed.
struct OriginDelta {
    OriginId origin{};
    uint64_t sent_packets = 0;
    uint64_t sent_bytes = 0;
    uint64_t received_packets = 0;
    uint64_t received_bytes = 0;
    uint64_t answered_flows = 0;  // with another area, counted as AreaDelta's
};

/// Distinct counts of one area since the last snapshot; only areas touched are listed.
struct AreaDelta {
    AreaId area{};
    Sketch sources;   // source networks (/24, /48) of the area, any packet
    Sketch life;      // pairs (source network, far network in another area) of flows that live: see
                      // signals.h
    Sketch life6;     // of them: over IPv6
    Sketch demand;    // pairs (far network, network of the area) of requests
    Sketch answered;  // source networks of the area with answered flows to another area
    uint64_t answered_flows = 0;   // became answered in this time; each once
    uint64_t answered_flows6 = 0;  // of them: over IPv6
    std::array<NetworkNumber, kAnsweredSample> answered_networks{};  // of some of them; 0: none
    uint64_t living_flows = 0;   // with life one way at least, seen in this time
    uint64_t two_way_flows = 0;  // of them: answered
};

/// Frames that a member handed in since the last snapshot; kMemberUnknown: nobody known.
struct MemberDelta {
    MemberId member{};
    uint64_t packets = 0;
    uint64_t bytes = 0;  // of frames, without FCS
};

/// Of AreaDelta::answered_flows, those that came or went by a member's port.
struct MemberFlowsDelta {
    AreaId area{};
    MemberId member{};
    uint64_t flows = 0;
};

/// Flows that bear a label since the last snapshot; a label may come several times, once a worker.
struct LabelDelta {
    LabelId label{};
    LabelCounts counts;
};

/// Of them, those from one area to another; what found no place in a bank is in LabelDelta alone.
struct LabelPairDelta {
    LabelId label{};
    AreaId from{};  // whose addresses sent
    AreaId to{};
    LabelCounts counts;
};

/// Flows of a named site since the last snapshot; likewise.
struct SiteDelta {
    SiteId site{};
    SiteCounts counts;
};

/// A name that was read from a payload, in lower case.
struct NameSeen {
    NameKind kind{};
    std::string name;
};

/// What one group of ports counted under one table generation. A group has one entry, or two when a
/// worker was too late for the flip that brought a new table.
struct GroupDelta {
    uint32_t group = 0;             // index into EngineConfig::groups
    uint64_t table_generation = 0;  // whose OriginIds `origins` speaks in
    std::vector<OriginDelta> origins;
    std::vector<AreaDelta> areas;
    std::vector<MemberFlowsDelta> member_flows;  // in no order; a pair may come several times
    std::vector<LabelPairDelta> labels;          // likewise
};

/// One port since the last snapshot, and its state now.
struct PortDelta {
    uint64_t received_packets = 0;  // what rx_burst returned
    uint64_t received_bytes = 0;    // frame bytes without FCS
    uint64_t counted_packets = 0;
    std::array<uint64_t, kRejectCount> rejected{};
    uint64_t truncated_packets = 0;  // counted, but the frame ends before its IP length says
    WireCounts wire;
    uint64_t missed_packets = 0;  // device: imissed, differences across resets
    uint64_t error_packets = 0;   // device: ierrors
    uint64_t nombuf_events = 0;   // device: rx_nombuf, a signal and not a loss of its own
    bool link_up = true;
    DeviceState device = DeviceState::kWorking;  // now
    PortEventCounts events{};
    uint32_t mbufs_free = 0;  // of the port's pool, now; caches counted as free
    uint32_t mbufs_capacity = 0;
    uint32_t mbufs_needed = 0;  // below this many free ones the port is about to go silent
    uint64_t restarts = 0;      // times the port was stopped and started again
    /// What its workers left out of this time's facts; counts are whole all the same.
    ShedStage shed = ShedStage::kNone;
    /// All workers of the port flipped in time and none slept for half the interval.
    bool complete = true;
};

/// What a worker took from one of its queues since the last snapshot.
struct QueueDelta {
    uint32_t port = 0;  // index into Snapshot::ports
    uint16_t queue = 0;
    uint64_t received_packets = 0;
};

struct WorkerDelta {
    uint32_t core = 0;
    uint32_t group = 0;           // index into EngineConfig::groups
    double busy_ratio = 0;        // share of cycles in turns that had packets
    double longest_turn_s = 0;    // longest time between two turns, real seconds
    double last_heartbeat_s = 0;  // wall clock, seconds since 1970, of its last housekeeping
    bool flipped = true;          // false: it did not answer in time; its counts follow later
    uint64_t turns = 0;
    uint64_t long_turns = 0;  // of them: longer than kLongTurn_us
    double taken_s = 0;       // see core_time.h; 0 where workers sleep when idle
    uint64_t received_packets = 0;
    BurstCounts bursts{};  // of each receive that returned any
    std::vector<QueueDelta> queues;
    FlowCounts flows;
};

struct Snapshot {
    uint64_t version = 0;   // counts up by one
    double interval_s = 0;  // real seconds since the last snapshot (packet time offline)
    std::vector<GroupDelta> groups;
    std::vector<PortDelta> ports;      // in the order of EngineConfig::ports
    std::vector<WorkerDelta> workers;  // by core
    /// A sample: both ends of one packet of a burst, at most kSampledAddresses a family and worker.
    std::vector<SeenAddress> seen;
    /// Where members are told apart, else empty; a member may come several times, once a worker.
    std::vector<MemberDelta> members;
    /// A sample of the sources that no member has, at most kUnknownMacs a worker.
    std::vector<MacNumber> unknown_macs;
    // ---- of inspection; empty where it is off ----
    std::vector<LabelDelta> labels;
    std::vector<SiteDelta> sites;
    std::vector<NameSeen> names;  // where all names are wanted
    uint64_t names_left_out = 0;  // found no place
    uint64_t payload_looks = 0;   // payloads that were looked into
};

}  // namespace lull
