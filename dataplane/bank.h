// A bank: everything one worker counts between two flips. Each worker has two; it writes one while
// control reads and clears the other, so nothing is copied in the loop and nothing is locked.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/flow_facts.h"
#include "dataplane/hash_counts.h"
#include "dataplane/huge_array.h"
#include "dataplane/inspect/inspect_counts.h"
#include "dataplane/limits.h"
#include "dataplane/members.h"
#include "dataplane/sources.h"
#include "dataplane/types.h"

namespace lull {

/// Two of them share a cache line. 32 bits hold a bank's packets: kMaxBankSeconds.
struct OriginCounts {
    uint64_t sent_bytes;
    uint64_t received_bytes;
    uint32_t sent_packets;
    uint32_t received_packets;
};

struct AreaCounts {
    Sketch sources;
    Sketch life;
    Sketch life6;  // of it: over IPv6
    Sketch demand;
    Sketch answered;
    uint64_t answered_flows = 0;
    uint64_t answered_flows6 = 0;                                    // of them: over IPv6
    std::array<NetworkNumber, kAnsweredSample> answered_networks{};  // the last, a ring
    uint32_t living_flows = 0;
    uint32_t two_way_flows = 0;
};

/// Frames that a member handed in.
struct MemberCounts {
    uint64_t packets;
    uint64_t bytes;  // of frames, without FCS
};

/// Answered flows of an area by the member whose port they took.
class MemberFlows {
  public:
    struct Pair {
        uint16_t area;
        uint16_t member;
        uint64_t flows;
    };
    /// False: there is no place for a new pair.
    bool add(AreaId area, MemberId member) {
        return counts_.add(uint64_t{index_of(area)} << 16 | index_of(member), {1});
    }
    /// Takes what was added since the last time.
    void drain(auto&& take) {
        counts_.drain([&](uint64_t key, const Flows& flows) {
            take(Pair{static_cast<uint16_t>(key >> 16), static_cast<uint16_t>(key), flows.count});
        });
    }

  private:
    struct Flows {
        uint64_t count = 0;
        void add(const Flows& more) { count += more.count; }
    };
    HashCounts<Flows, kMemberPairBits> counts_;

  public:
    static constexpr std::size_t kBytes = decltype(counts_)::kBytes;
};

/// The last addresses that no member has: a ring, written by index mask.
struct UnknownMacs {
    std::array<MacNumber, kUnknownMacs> macs;
    uint64_t taken = 0;  // since the bank was cleared
    void add(MacNumber mac) { macs[taken++ % kUnknownMacs] = mac; }
};

struct PortCounts {
    uint64_t received_packets = 0;
    uint64_t received_bytes = 0;
    uint64_t counted_packets = 0;
    uint64_t truncated_packets = 0;
    std::array<uint64_t, kRejectCount> rejected{};
};

/// The last addresses sampled of one family: a ring, written by index mask.
struct AddressSample {
    std::array<SeenAddress, kSampledAddresses> seen;
    uint64_t taken = 0;  // since the bank was cleared
};

/// Origins are marked touched in blocks, so that control skips what nobody wrote.
inline constexpr uint32_t kOriginsPerMark = 8;

struct alignas(64) Bank {
    HugeArray<OriginCounts> origins{kMaxOrigins};
    // Beside the others, which every packet wants in the caches: a flow is answered once.
    HugeArray<uint32_t> answered_flows{kMaxOrigins};
    HugeArray<uint8_t> origin_marks{kMaxOrigins / kOriginsPerMark};
    HugeArray<AreaCounts> areas{kMaxAreas};
    std::array<uint8_t, kMaxAreas> area_marks{};
    std::array<PortCounts, kMaxPortsPerWorker> ports{};
    BurstCounts bursts{};
    std::array<WireCounts, kMaxPortsPerWorker> wire{};
    // Where members are told apart.
    HugeArray<MemberCounts> members{kMaxMembers};
    MemberFlows member_flows;
    UnknownMacs unknown_macs;
    bool has_members = false;  // written since it was cleared
    FlowCounts flows;
    InspectCounts inspected;
    AddressSample sample4, sample6;
    uint64_t sampled_bursts = 0;  // never cleared: which packet of a burst is next to be sampled
    uint64_t generation = 0;      // of the table its OriginIds speak in
    uint64_t busy_cycles = 0;     // of turns that had packets
    uint64_t total_cycles = 0;    // since the bank became the active one
    uint64_t longest_turn_cycles = 0;
    uint64_t turns = 0;
    uint64_t long_turns = 0;  // of them: longer than kLongTurn_us
};

/// What a bank takes, with its arrays.
inline constexpr std::size_t kBankBytes =
    sizeof(Bank) + HugeArray<OriginCounts>::bytes_for(kMaxOrigins) +
    HugeArray<uint32_t>::bytes_for(kMaxOrigins) +
    HugeArray<uint8_t>::bytes_for(kMaxOrigins / kOriginsPerMark) +
    HugeArray<AreaCounts>::bytes_for(kMaxAreas) + HugeArray<MemberCounts>::bytes_for(kMaxMembers) +
    MemberFlows::kBytes + InspectCounts::kBytes;

}  // namespace lull
