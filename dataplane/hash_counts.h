// Counts by a key that has too many values for an array, in a hash table of bounded size: what
// finds no place is counted as such. One worker adds, control drains.
#pragma once

#include <cstdint>

#include "dataplane/huge_array.h"

namespace lull {

/// `Value` is plain and has add(const Value&). A key is never 0.
template <typename Value, uint32_t kBits>
class HashCounts {
  public:
    static constexpr std::size_t kPlaces = std::size_t{1} << kBits;

    /// False: there is no place for a new key.
    bool add(uint64_t key, const Value& value) {
        std::size_t at = (key * 0x9E3779B97F4A7C15ull) >> (64 - kBits);
        for (uint32_t step = 0; step < kSteps; ++step, at = (at + 1) % kPlaces) {
            Slot& slot = slots_[at];
            if (slot.key == 0) {
                slot.key = key;
                used_ = true;
            }
            if (slot.key == key) {
                slot.value.add(value);
                return true;
            }
        }
        return false;
    }
    /// Takes what was added since the last time: take(key, value).
    void drain(auto&& take) {
        if (!used_) {
            return;
        }
        used_ = false;
        for (std::size_t at = 0; at < kPlaces; ++at) {
            if (slots_[at].key != 0) {
                take(slots_[at].key, slots_[at].value);
                slots_[at] = {};
            }
        }
    }

  private:
    struct Slot {
        uint64_t key = 0;  // 0: free
        Value value;
    };

  public:
    static constexpr std::size_t kBytes = HugeArray<Slot>::bytes_for(kPlaces);

  private:
    static constexpr uint32_t kSteps = 16;
    HugeArray<Slot> slots_{kPlaces};
    bool used_ = false;
};

}  // namespace lull
