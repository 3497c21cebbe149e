// What BGP and MRT bytes are read through: numbers in network order from a bounded run of octets.
// An underrun yields zeros and is remembered, so that a chain of reads is checked once at its end.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/cursor.h"

namespace lull {

using Bytes = std::span<const uint8_t>;

class Octets {
  public:
    Octets() = default;
    explicit Octets(Bytes bytes) : cursor_(bytes, 0) {}

    uint8_t u8() {
        const uint8_t* bytes = read(1);
        return bytes == nullptr ? uint8_t{0} : *bytes;
    }
    uint16_t u16() {
        const uint8_t* bytes = read(2);
        return bytes == nullptr ? uint16_t{0} : load_be16(bytes);
    }
    uint32_t u32() {
        const uint8_t* bytes = read(4);
        return bytes == nullptr ? 0 : load_be32(bytes);
    }
    /// The next `count` octets, stepped over; empty, and underrun, when there are fewer.
    Bytes take(uint32_t count) {
        const uint8_t* bytes = read(count);
        return bytes == nullptr ? Bytes{} : Bytes{bytes, count};
    }
    /// All that is left.
    Bytes rest() { return take(left()); }

    [[nodiscard]] uint32_t left() const { return cursor_.wire_bytes(); }
    [[nodiscard]] bool at_end() const { return left() == 0; }
    [[nodiscard]] bool underrun() const { return underrun_; }

  private:
    const uint8_t* read(uint32_t count) {
        if (count == 0) return nullptr;  // nothing to point at, and nothing missing
        const uint8_t* bytes = cursor_.take(count);
        underrun_ |= bytes == nullptr;
        return bytes;
    }

    Cursor cursor_;  // all of it is in memory: wire_bytes() is what is left
    bool underrun_ = false;
};

}  // namespace lull
