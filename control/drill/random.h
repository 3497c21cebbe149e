// Random numbers for a drill, which is bytes for a seed: xoshiro256++ (Blackman, Vigna 2019),
// seeded by splitmix64, and Walker's alias method for weighted draws. The standard library's
// distributions are left out: what they draw is up to each library.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lull {

/// One step of splitmix64: also a good mix of a number's bits.
constexpr uint64_t mix64(uint64_t value) {
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

class Random {
  public:
    explicit Random(uint64_t seed) {
        for (uint64_t& word : state_) {
            seed += 0x9e3779b97f4a7c15;
            word = mix64(seed);
        }
    }

    uint64_t next() {
        const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
        const uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }
    /// In [0, bound); 0 for a bound of 0. The bias is below bound / 2^64.
    uint64_t below(uint64_t bound) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
    }
    uint32_t below32(uint32_t bound) { return static_cast<uint32_t>(below(bound)); }
    /// In [low, high].
    uint32_t between(uint32_t low, uint32_t high) { return low + below32(high - low + 1); }
    /// In [0, 1).
    double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    /// Waiting time of a Poisson process of `rate_per_s`, in seconds.
    double exponential_s(double rate_per_s) { return -std::log1p(-unit()) / rate_per_s; }

  private:
    std::array<uint64_t, 4> state_{};
};

/// Walker's alias method over part of an array: an entry keeps its index with a chance of
/// keep / 2^32 and otherwise gives way to `other`. Draws in constant time.
struct AliasEntry {
    uint32_t keep = 0;
    uint32_t other = 0;
};

/// Fills `entries` (as many as weights, none negative, not all zero).
inline void build_alias(std::span<const double> weights, std::span<AliasEntry> entries) {
    double sum = 0;
    for (const double weight : weights) sum += weight;
    std::vector<double> scaled(weights.size());
    std::vector<uint32_t> small;
    std::vector<uint32_t> large;
    for (uint32_t i = 0; i < weights.size(); ++i) {
        scaled[i] = weights[i] * static_cast<double>(weights.size()) / sum;
        entries[i] = {UINT32_MAX, i};
        (scaled[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
        const uint32_t poor = small.back();
        const uint32_t rich = large.back();
        small.pop_back();
        entries[poor] = {static_cast<uint32_t>(scaled[poor] * 0x1.0p32), rich};
        scaled[rich] -= 1 - scaled[poor];
        if (scaled[rich] < 1) {
            large.pop_back();
            small.push_back(rich);
        }
    }
}

inline uint32_t draw_alias(std::span<const AliasEntry> entries, Random& random) {
    const uint64_t bits = random.next();
    const auto slot = static_cast<uint32_t>(((bits >> 32) * entries.size()) >> 32);
    const AliasEntry& entry = entries[slot];
    return static_cast<uint32_t>(bits) <= entry.keep ? slot : entry.other;
}

}  // namespace lull
