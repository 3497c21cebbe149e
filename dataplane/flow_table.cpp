// See flow_table.h. Hot: no allocation, lock, log or system call after construction.
#include "dataplane/flow_table.h"

#include <algorithm>
#include <bit>

namespace lull {

namespace {

constexpr uint32_t kFlowsMin = 16;  // marks are read in whole words of eight groups
constexpr uint32_t kHintBits = 7;
constexpr uint32_t kHintMask = (1u << kHintBits) - 1;

}  // namespace

FlowTable::FlowTable(uint32_t flows, const FlowHashKeys& keys)
    : slots_(std::bit_ceil(std::max(flows, kFlowsMin)) * std::size_t{2}),
      totals_(slots_.size()),
      marks_(slots_.size() / kGroupSlots),
      keys_(keys),
      slot_mask_(static_cast<uint32_t>(slots_.size() - 1)) {}

uint32_t FlowTable::find_away(const FlowKey& key, uint64_t hash, uint32_t home) const {
    // Hint bit i: a flow whose home this is lies at place i + 1.
    uint32_t hints = slots_[home].ends[1] >> FlowEntry::kHintShift & kHintMask;
    for (; hints != 0; hints &= hints - 1) {
        const uint32_t at = place(hash, static_cast<uint32_t>(std::countr_zero(hints)) + 1);
        if (slots_[at].is(key)) {
            return at;
        }
    }
    return kHomeless;
}

uint32_t FlowTable::ask_away(uint64_t hash, uint32_t home) const {
    uint32_t hints = slots_[home].ends[1] >> FlowEntry::kHintShift & kHintMask;
    if (hints == 0) {
        return kHomeless;
    }
    for (; hints != 0; hints &= hints - 1) {
        __builtin_prefetch(&slots_[place(hash, static_cast<uint32_t>(std::countr_zero(hints)) + 1)],
                           1);
    }
    return kAway;
}

uint32_t FlowTable::free_slot(uint64_t hash) const {
    for (uint32_t number = 0; number < kPlaces; ++number) {
        const uint32_t at = place(hash, number);
        if (!slots_[at].occupied()) {
            return at;
        }
    }
    return kHomeless;
}

uint32_t FlowTable::victim(uint64_t hash, uint16_t now_beat, uint16_t keep_beats) const {
    uint32_t best = kHomeless, best_score = 0;
    for (uint32_t number = 0; number < kPlaces; ++number) {
        const uint32_t at = place(hash, number);
        const FlowEntry& entry = slots_[at];
        const bool answered = (entry.state & flow_state::kAnswered) != 0;
        const auto age = static_cast<uint16_t>(now_beat - entry.last_seen);
        if (answered && age < keep_beats) {
            continue;
        }
        const uint32_t score = 1 + age + (answered ? 0u : 1u << 16);
        if (score > best_score) {
            best_score = score;
            best = at;
        }
    }
    return best;
}

FlowEntry& FlowTable::put(uint32_t at, const FlowKey& key, uint64_t hash) {
    FlowEntry& entry = slots_[at];
    const uint32_t hints = entry.ends[1] & kHintMask << FlowEntry::kHintShift;  // the slot's own
    entry = FlowEntry{};
    entry.ends[1] = hints;
    entry.addresses = key.addresses;
    entry.ports = key.ports;
    entry.ends[0] = FlowEntry::identity_of(key);
    entry.state = flow_state::kOccupied;
    for (uint32_t number = 1; number < kPlaces; ++number) {
        if (place(hash, number) == at && at != home_of(hash)) {
            slots_[home_of(hash)].ends[1] |= 1u << (number - 1 + FlowEntry::kHintShift);
            break;
        }
    }
    marks_[at / kGroupSlots] |= kTaken;
    ++occupied_;
    return entry;
}

uint64_t FlowTable::hash_of_entry(const FlowEntry& entry) const {
    return hash_of(FlowKey{.addresses = entry.addresses,
                           .ports = entry.ports,
                           .protocol = entry.protocol(),
                           .ipv6 = entry.ipv6(),
                           .direction = 0},
                   keys_);
}

void FlowTable::erase(uint32_t at) {
    FlowEntry& entry = slots_[at];
    const uint64_t hash = hash_of_entry(entry);
    const uint32_t home = home_of(hash);
    for (uint32_t number = 1; number < kPlaces && at != home; ++number) {
        if (place(hash, number) == at) {
            slots_[home].ends[1] &= ~(1u << (number - 1 + FlowEntry::kHintShift));
            break;
        }
    }
    entry.state = 0;
    --occupied_;
}

}  // namespace lull
