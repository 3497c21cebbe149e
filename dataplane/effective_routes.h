// What a list of routes really says: sorted, special space (special.cpp) put over everything inside
// it, and no route that repeats the one around it. What the lookup tables are built from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/types.h"

namespace lull {

using Key4 = uint32_t;
using Key6 = std::array<uint64_t, 2>;  // host order, so that it compares as the prefix sorts

/// Bits [begin, end) of an address, counted from its first one; at most 32 of them.
constexpr uint32_t bits_of(Key4 key, uint32_t begin, uint32_t end) {
    return static_cast<uint32_t>((uint64_t{key} << begin & 0xffffffff) >> (32 - (end - begin)));
}
/// Likewise; a range does not cross the middle of the address.
constexpr uint32_t bits_of(const Key6& key, uint32_t begin, uint32_t end) {
    return static_cast<uint32_t>(key[begin / 64] << (begin % 64) >> (64 - (end - begin)));
}

/// The first `length` bits of an address, the rest zero.
Key4 top_bits(Key4 key, uint32_t length);
Key6 top_bits(const Key6& key, uint32_t length);

template <typename Key>
struct EffectiveRoute {
    Key key;
    uint8_t length;
    OriginId origin;
};

/// Sorted by (key, length): a route comes before all that lie inside it.
std::vector<EffectiveRoute<Key4>> effective_routes(std::span<const Route4> routes);
std::vector<EffectiveRoute<Key6>> effective_routes(std::span<const Route6> routes);

}  // namespace lull
