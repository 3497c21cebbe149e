// What control says about flow tables, and what it hears of conversations.
#pragma once

#include <cstdint>

namespace lull {

struct FlowLimits {
    uint32_t flows = 1u << 20;  // of a worker, at a load of a half: 192 MB
    uint32_t idle_s = 60;       // until an answered flow is dropped; a quarter of it for others
    uint32_t ended_s = 5;       // likewise after FIN or RST
    uint32_t active_s = 1800;   // a longer one is counted as a new one
    /// And one of more packets one way, so that a record's 32 bits never wrap: it is looked at when
    /// the bank is flipped, and in the seconds between no port brings as many again.
    uint32_t record_packets = 1u << 31;
};

/// What a worker leaves out under pressure, in this order; counts are never left out.
enum class ShedStage : uint8_t { kNone, kInspect, kFlows, kSources };

/// TCP segments with data that one port brought, of the conversations that are looked at closely (a
/// sample: wire.h), since the bank was flipped.
struct WireCounts {
    uint64_t seen = 0;        // new data
    uint64_t lost = 0;        // acknowledged by the other end, and never seen here
    uint64_t compared = 0;    // with those just before them
    uint64_t duplicates = 0;  // of them: the same packet again

    void add(const WireCounts& more) {
        seen += more.seen;
        lost += more.lost;
        compared += more.compared;
        duplicates += more.duplicates;
    }
};

/// One worker's flows since its bank was flipped.
struct FlowCounts {
    uint64_t created = 0;
    uint64_t displaced = 0;             // of them: not at home, a second line to look at
    uint64_t ended = 0;                 // dropped after FIN or RST
    uint64_t idle = 0;                  // dropped unseen
    uint64_t active = 0;                // cut in two: longer than the active time
    uint64_t evicted = 0;               // gave way to a new one
    uint64_t refused = 0;               // new ones that found all places taken by answered ones
    uint64_t living = 0;                // flows with life that were seen in this bank
    uint64_t two_way = 0;               // of them: answered
    uint64_t shed_inspect_packets = 0;  // of new flows that are not looked into
    uint64_t shed_flow_packets = 0;     // packets that were not followed as flows
    uint64_t shed_source_packets = 0;   // of them: nor told to a sketch
    uint32_t occupied = 0;              // now
    ShedStage shed_stage = ShedStage::kNone;  // the worst

    /// Of a later bank of the same worker: sums, the worst stage, the table as it is now.
    void add(const FlowCounts& more);
};

}  // namespace lull
