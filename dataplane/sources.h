// Distinct counting in bounded memory: a HyperLogLog of 1,024 one-byte registers per area.
// Flajolet et al. 2007, with linear counting below 2.5 registers' worth (Heule et al. 2013).
// Mergeable by maximum: workers, ports and ticks add up without double counting.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/limits.h"

namespace lull {

struct Sketch {
    std::array<uint8_t, kSketchRegisters> registers{};

    /// Adds one value by its 64-bit hash: low bits choose the register, high bits its rank.
    void add(uint64_t hash) {
        const uint64_t index = hash & (kSketchRegisters - 1);
        const auto rank =
            static_cast<uint8_t>(__builtin_clzll(hash | (1ull << (kSketchBits - 1))) + 1);
        if (registers[index] < rank) {
            registers[index] = rank;
        }
    }
    void merge(const Sketch& other);
    void clear() { registers.fill(0); }
    /// How many distinct values were added; standard error kSketchStandardError.
    [[nodiscard]] double estimate() const;
};

/// Mixes a 64-bit value with a per-run seed, so that nobody outside can aim at a register.
__extension__ typedef unsigned __int128 Uint128;  // not in ISO C++, in every 64-bit compiler

constexpr uint64_t mix(uint64_t value, uint64_t seed) {
    const auto product = static_cast<Uint128>(value ^ seed) * (0x9E3779B97F4A7C15ull ^ (seed | 1));
    uint64_t x = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    x ^= x >> 32;
    x *= 0xD6E8FEB86659FD93ull;
    return x ^ (x >> 32);
}

}  // namespace lull
