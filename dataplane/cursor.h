// Bytes are read only through a Cursor, which carries two bounds: how many bytes lie here in memory
// and how many there were on the wire (a sliced or segmented frame has more of the latter). Running
// past the first makes the cursor null, and null it stays: every later read fails too, so a chain
// of reads may be checked once at its end. Network order is undone by load_be16 and load_be32.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>

namespace lull {

/// Two bytes in network order at `bytes`, which the caller has bounds-checked.
inline uint16_t load_be16(const uint8_t* bytes) {
    uint16_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return __builtin_bswap16(value);
}

/// Four bytes in network order at `bytes`, which the caller has bounds-checked.
inline uint32_t load_be32(const uint8_t* bytes) {
    uint32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return __builtin_bswap32(value);
}

class Cursor {
  public:
    Cursor() = default;

    /// `wire_bytes` below what is in memory is raised to it.
    Cursor(std::span<const uint8_t> bytes, uint32_t wire_bytes)
        : data_(bytes.data()),
          readable_(static_cast<uint32_t>(
              std::min<std::size_t>(bytes.size(), std::numeric_limits<uint32_t>::max()))),
          wire_(std::max(wire_bytes, readable_)) {}

    [[nodiscard]] uint32_t wire_bytes() const { return wire_; }

    /// How many of them are in memory.
    [[nodiscard]] uint32_t here_bytes() const { return readable_; }

    [[nodiscard]] bool has(uint32_t count) const { return count <= readable_; }

    /// The bytes that has() vouches for; the cursor stays where it is.
    [[nodiscard]] const uint8_t* data() const { return data_; }

    /// Whether `count` bytes are missing here although the wire had at least one more than is here:
    /// the capture cut them off, as opposed to a packet that is that short by its own word.
    [[nodiscard]] bool is_cut_before(uint32_t count) const {
        return readable_ < std::min(count, wire_);
    }

    /// The next `count` bytes, stepped over; nullptr, and a null cursor, when fewer are in memory.
    const uint8_t* take(uint32_t count) {
        if (count > readable_) [[unlikely]] {
            *this = Cursor();
            return nullptr;
        }
        const uint8_t* taken = data_;
        data_ += count;
        readable_ -= count;
        wire_ -= count;
        return taken;
    }

    /// What follows ends here after `wire_bytes` (an inner header said so): padding is out of
    /// reach.
    void end_after(uint32_t wire_bytes) {
        readable_ = std::min(readable_, wire_bytes);
        wire_ = wire_bytes;
    }

  private:
    const uint8_t* data_ = nullptr;
    uint32_t readable_ = 0;  // bytes in memory from data_ on
    uint32_t wire_ = 0;      // bytes on the wire from data_ on; never below readable_
};

}  // namespace lull
