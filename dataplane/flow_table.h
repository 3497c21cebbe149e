// The bounded table of one worker's conversations: one cache line each, found by one line where the
// flow is at home and two where it is not. A flow may lie in its home slot, in one of the three
// beside it, or in one of four of another group; the home slot's hints say in which, so that a miss
// costs no further line. No allocation after construction, no lock: one worker owns it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "dataplane/flow_key.h"
#include "dataplane/huge_array.h"
#include "dataplane/inspect/signature.h"
#include "dataplane/limits.h"
#include "dataplane/types.h"

namespace lull {

/// What is known of a flow, as bits of FlowEntry::state. Those of a direction come in pairs:
/// shifted left by the FlowDirection.
namespace flow_state {
inline constexpr uint8_t kOccupied = 1;
inline constexpr uint8_t kAnswered = 2;        // substance both ways, and counted as such
inline constexpr uint8_t kSubstance = 1 << 2;  // more than a bare SYN, SYN-ACK or RST that way
inline constexpr uint8_t kData = 1 << 4;       // a data-bearing segment was seen that way
inline constexpr uint8_t kLife = 1 << 6;       // it cannot be backscatter: see signals.h
}  // namespace flow_state

/// What inspection has made of a flow, as bits of FlowEntry::inspection(); they stay.
namespace flow_inspection {
inline constexpr uint8_t kLooks = 3;             // how many more payloads are looked into
inline constexpr uint8_t kHostile = 1 << 2;      // its people say nothing: it tells no sketch
inline constexpr uint8_t kProvisional = 1 << 3;  // its label falls when somebody follows it up
}  // namespace flow_inspection

/// What a flow has told the sketches since the bank was flipped, as bits of FlowEntry::reported();
/// in pairs likewise.
namespace flow_report {
inline constexpr uint8_t kSource = 1 << 0;
inline constexpr uint8_t kLife = 1 << 2;
}  // namespace flow_report

/// One flow. `packets` and `bytes` are those since the last roll-up; FlowTotals has the rest.
struct alignas(64) FlowEntry {
    std::array<uint64_t, 4> addresses;
    uint32_t ports;
    // By endpoint, so that no branch hangs on who sends: its origin in 17 bits; above it in the
    // first word protocol 8, IPv6 1, generation 6, in the second hints of this slot 7, reported 4,
    // inspection 4.
    std::array<uint32_t, 2> ends;
    std::array<uint32_t, 2> bytes;
    std::array<uint16_t, 2> packets;
    std::array<uint16_t, 2> sequence;  // TCP: low bits of the last data's; UDP: packets, to a few
    uint16_t last_seen;                // beats, see FlowStage
    uint8_t tcp_flags;                 // all seen, both ways
    uint8_t state;

    [[nodiscard]] bool occupied() const { return (state & flow_state::kOccupied) != 0; }
    [[nodiscard]] bool touched() const { return (packets[0] | packets[1]) != 0; }
    [[nodiscard]] OriginId origin(FlowDirection end) const {
        return OriginId{ends[end] & kOriginMask};
    }
    [[nodiscard]] uint8_t protocol() const {
        return static_cast<uint8_t>(ends[0] >> kProtocolShift);
    }
    [[nodiscard]] bool ipv6() const { return (ends[0] >> kIpv6Shift & 1) != 0; }
    /// 0: none; its origins must be looked up anew.
    [[nodiscard]] uint32_t generation() const { return ends[0] >> kGenerationShift; }
    void set_generation(uint32_t tag) {
        ends[0] = (ends[0] & ~(~0u << kGenerationShift)) | tag << kGenerationShift;
    }
    [[nodiscard]] uint8_t reported() const {
        return static_cast<uint8_t>(ends[1] >> kReportShift & kReportMask);
    }
    void report(uint8_t what) { ends[1] |= uint32_t{what} << kReportShift; }
    void forget_reports() { ends[1] &= ~(kReportMask << kReportShift); }
    [[nodiscard]] uint8_t inspection() const {
        return static_cast<uint8_t>(ends[1] >> kInspectionShift);
    }
    void set_inspection(uint8_t what) {
        ends[1] = (ends[1] & ((1u << kInspectionShift) - 1)) | uint32_t{what} << kInspectionShift;
    }
    [[nodiscard]] bool wants_look() const { return (inspection() & flow_inspection::kLooks) != 0; }
    void set_origins(OriginId lower, OriginId other) {
        ends[0] = (ends[0] & ~kOriginMask) | index_of(lower);
        ends[1] = (ends[1] & ~kOriginMask) | index_of(other);
    }
    [[nodiscard]] bool is(const FlowKey& key) const {
        const uint64_t differ =
            (addresses[0] ^ key.addresses[0]) | (addresses[1] ^ key.addresses[1]) |
            (addresses[2] ^ key.addresses[2]) | (addresses[3] ^ key.addresses[3]);
        return (differ | (ports ^ key.ports) | ((ends[0] ^ identity_of(key)) & kIdentityMask)) ==
                   0 &&
               occupied();
    }
    static uint32_t identity_of(const FlowKey& key) {
        return uint32_t{key.protocol} << kProtocolShift | uint32_t{key.ipv6} << kIpv6Shift;
    }

    static constexpr uint32_t kOriginMask = kMaxOrigins - 1;
    static constexpr uint32_t kProtocolShift = 17, kIpv6Shift = 25, kGenerationShift = 26;
    static constexpr uint32_t kGenerations = 1u << 6;
    static constexpr uint32_t kIdentityMask = 0x1ffu << kProtocolShift;
    static constexpr uint32_t kHintShift = 17, kReportShift = 24, kInspectionShift = 28;
    static constexpr uint32_t kReportMask = 0xf;
};
static_assert(sizeof(FlowEntry) == 64 && kMaxOrigins == 1u << 17);

/// What a flow had before its last roll-up, and what nobody asks per packet.
struct FlowTotals {
    std::array<uint64_t, 2> bytes;
    std::array<uint32_t, 2> packets;
    uint32_t first_seen;  // beats since the worker's start
    LabelId label;        // of inspection
    SiteId site;          // likewise

    [[nodiscard]] uint32_t most_packets() const { return std::max(packets[0], packets[1]); }
    [[nodiscard]] bool inspected() const { return label != kLabelNone || site != kSiteNone; }
};
static_assert(sizeof(FlowTotals) == 32);

class FlowTable {
  public:
    static constexpr uint32_t kGroupSlots = 4;
    static constexpr uint32_t kHomeless = ~0u, kAway = kHomeless - 1;

    /// Holds `flows` at a load of a half: as many slots as the next power of two of twice that.
    /// Throws std::bad_alloc.
    FlowTable(uint32_t flows, const FlowHashKeys& keys);

    [[nodiscard]] uint64_t hash(const FlowKey& key) const { return hash_of(key, keys_); }
    void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[home_of(hash)], 1); }

    /// The slot of the flow, kHomeless when it is not there.
    [[nodiscard]] uint32_t find(const FlowKey& key, uint64_t hash) const {
        const uint32_t home = home_of(hash);
        if (slots_[home].is(key)) [[likely]] {
            return home;
        }
        return find_away(key, hash, home);
    }
    /// The same by the home line alone: kAway when it may lie elsewhere, whose lines are asked for.
    [[nodiscard]] uint32_t find_at_home(const FlowKey& key, uint64_t hash) const {
        const uint32_t home = home_of(hash);
        if (slots_[home].is(key)) [[likely]] {
            return home;
        }
        return ask_away(hash, home);
    }

    /// A free slot for the flow; kHomeless when all eight are taken. Nothing is written yet.
    [[nodiscard]] uint32_t free_slot(uint64_t hash) const;
    /// Of the eight slots the one that is to give way: an unanswered flow before an answered one,
    /// and of those the one that was seen longest ago. kHomeless when all are answered and fresher
    /// than `keep_beats`.
    [[nodiscard]] uint32_t victim(uint64_t hash, uint16_t now_beat, uint16_t keep_beats) const;
    /// Makes the free slot `at` the flow's. Everything but the identity is zero.
    FlowEntry& put(uint32_t at, const FlowKey& key, uint64_t hash);
    /// Frees it; what it counted must have been rolled up.
    void erase(uint32_t at);

    FlowEntry& entry(uint32_t at) { return slots_[at]; }
    FlowTotals& totals(uint32_t at) { return totals_[at]; }
    [[nodiscard]] uint32_t slots() const { return static_cast<uint32_t>(slots_.size()); }
    [[nodiscard]] uint32_t occupied() const { return occupied_; }
    /// That of the key it was made with.
    [[nodiscard]] uint64_t hash_of_entry(const FlowEntry& entry) const;
    [[nodiscard]] bool is_home(uint32_t at, uint64_t hash) const { return home_of(hash) == at; }

    // ---- a byte a group, so that a sweep skips what nobody touched ----
    static constexpr uint8_t kTouched = 1, kTaken = 2;
    void mark_touched(uint32_t at) { marks_[at / kGroupSlots] |= kTouched; }
    uint8_t* marks() { return marks_.data(); }
    [[nodiscard]] uint32_t groups() const { return slots() / kGroupSlots; }

  private:
    [[nodiscard]] uint32_t home_of(uint64_t hash) const {
        return static_cast<uint32_t>(hash) & slot_mask_;
    }
    // The eight places of a flow, counted from its home: 0 to 3 in its group, 4 to 7 in the other.
    [[nodiscard]] uint32_t place(uint64_t hash, uint32_t number) const {
        const uint32_t home = home_of(hash);
        if (number < kGroupSlots) {
            return home ^ number;  // first the line that memory brings along with home's
        }
        // Flows of one home share the other group, so that a hint means one slot; the bit that is
        // always turned keeps that group from being the home's own.
        const uint64_t mixed = uint64_t{home} * 0x9E3779B97F4A7C15ull >> 32;
        const uint32_t other = home ^ (static_cast<uint32_t>(mixed) | kGroupSlots);
        return (other & slot_mask_ & ~(kGroupSlots - 1)) | (number - kGroupSlots);
    }
    [[nodiscard]] uint32_t find_away(const FlowKey& key, uint64_t hash, uint32_t home) const;
    [[nodiscard]] uint32_t ask_away(uint64_t hash, uint32_t home) const;

    static constexpr uint32_t kPlaces = 2 * kGroupSlots;

    HugeArray<FlowEntry> slots_;
    HugeArray<FlowTotals> totals_;
    HugeArray<uint8_t> marks_;
    FlowHashKeys keys_;
    uint32_t slot_mask_;
    uint32_t occupied_ = 0;
};

}  // namespace lull
