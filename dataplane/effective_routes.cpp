// See effective_routes.h.
#include "dataplane/effective_routes.h"

#include <algorithm>
#include <tuple>

#include "dataplane/tables.h"

namespace lull {

namespace {

Key4 key_of(const Route4& route) {
    return route.address;
}

Key6 key_of(const Route6& route) {
    Key6 key{};
    for (std::size_t i = 0; i < 16; ++i) {
        key[i / 8] = key[i / 8] << 8 | route.address[i];
    }
    return key;
}

template <typename Key>
bool contains(const EffectiveRoute<Key>& outer, const EffectiveRoute<Key>& inner) {
    return outer.length <= inner.length && top_bits(inner.key, outer.length) == outer.key;
}

template <typename Key, typename Route>
std::vector<EffectiveRoute<Key>> reduce(std::span<const Route> routes,
                                        std::span<const Route> special) {
    std::vector<EffectiveRoute<Key>> sorted;
    sorted.reserve(routes.size() + special.size());
    for (const Route& route : special) {
        sorted.push_back({key_of(route), route.length, kOriginPrivate});
    }
    for (const Route& route : routes) {
        sorted.push_back({key_of(route), route.length, route.origin});
    }
    // A special range sorts before a table's entry of the same prefix (stable), and so hides it.
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::tie(a.key, a.length) < std::tie(b.key, b.length);
    });
    std::vector<EffectiveRoute<Key>> kept, around;
    kept.reserve(sorted.size());
    for (const auto& entry : sorted) {
        while (!around.empty() && !contains(around.back(), entry)) {
            around.pop_back();
        }
        const OriginId outer = around.empty() ? kOriginUnmatched : around.back().origin;
        if (outer == kOriginPrivate || (!around.empty() && around.back().length == entry.length)) {
            continue;
        }
        around.push_back(entry);
        if (entry.origin != outer) {
            kept.push_back(entry);
        }
    }
    return kept;
}

}  // namespace

Key4 top_bits(Key4 key, uint32_t length) {
    return length == 0 ? 0 : key & (~Key4{0} << (32 - length));
}

Key6 top_bits(const Key6& key, uint32_t length) {
    const uint32_t high = std::min(length, 64u), low = length - high;
    return {high == 0 ? 0 : key[0] & (~uint64_t{0} << (64 - high)),
            low == 0 ? 0 : key[1] & (~uint64_t{0} << (64 - low))};
}

std::vector<EffectiveRoute<Key4>> effective_routes(std::span<const Route4> routes) {
    return reduce<Key4>(routes, special_routes4());
}

std::vector<EffectiveRoute<Key6>> effective_routes(std::span<const Route6> routes) {
    return reduce<Key6>(routes, special_routes6());
}

}  // namespace lull
