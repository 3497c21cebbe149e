// Prefixes nest or are disjoint, so one sweep with a stack of the open ones gives the segments.
#include "control/drill/segments.h"

#include <algorithm>
#include <limits>

namespace lull {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;  // special space

template <typename Key>
std::vector<Segment<Key>> flatten(std::vector<Segment<Key>> ranges) {
    // Outer before inner; of equal ones special space is the outer, so that it owns both.
    std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
        if (a.first != b.first) return a.first < b.first;
        if (a.last != b.last) return a.last > b.last;
        return a.route > b.route;
    });
    std::vector<Segment<Key>> segments;
    segments.reserve(ranges.size());
    std::vector<Segment<Key>> open;
    Key cursor = 0;
    bool past_the_end = false;  // the last address of all is used up; cursor + 1 would wrap
    const auto emit = [&](Key last, uint32_t route) {
        if (past_the_end || cursor > last) return;
        if (route != kNobody) segments.push_back({cursor, last, route});
        if (last == std::numeric_limits<Key>::max()) {
            past_the_end = true;
        } else {
            cursor = last + 1;
        }
    };
    for (Segment<Key> range : ranges) {
        while (!open.empty() && open.back().last < range.first) {
            emit(open.back().last, open.back().route);
            open.pop_back();
        }
        if (!open.empty()) {
            if (range.first > 0) emit(range.first - 1, open.back().route);
            if (open.back().route == kNobody) range.route = kNobody;
        }
        if (!past_the_end) cursor = std::max(cursor, range.first);
        open.push_back(range);
    }
    while (!open.empty()) {
        emit(open.back().last, open.back().route);
        open.pop_back();
    }
    return segments;
}

template <typename Key>
Segment<Key> range_of(Key address, uint32_t length, uint32_t route) {
    constexpr uint32_t kBits = std::numeric_limits<Key>::digits;
    const Key hosts =
        length >= kBits ? Key{0} : static_cast<Key>(std::numeric_limits<Key>::max() >> length);
    return {static_cast<Key>(address & ~hosts), static_cast<Key>(address | hosts), route};
}

}  // namespace

uint64_t first_half(const Ipv6Bytes& address) {
    uint64_t half = 0;
    for (std::size_t i = 0; i < 8; ++i) half = half << 8 | address[i];
    return half;
}

std::vector<Segment<uint32_t>> make_segments4(std::span<const Route4> routes,
                                              std::span<const Route4> special) {
    std::vector<Segment<uint32_t>> ranges;
    ranges.reserve(routes.size() + special.size());
    for (const Route4& route : special) {
        ranges.push_back(range_of<uint32_t>(route.address, route.length, kNobody));
    }
    for (uint32_t i = 0; i < routes.size(); ++i) {
        ranges.push_back(range_of<uint32_t>(routes[i].address, routes[i].length, i));
    }
    return flatten(std::move(ranges));
}

std::vector<Segment<uint64_t>> make_segments6(std::span<const Route6> routes,
                                              std::span<const Route6> special) {
    std::vector<Segment<uint64_t>> ranges;
    ranges.reserve(routes.size() + special.size());
    for (const Route6& route : special) {
        ranges.push_back(range_of(first_half(route.address), route.length, kNobody));
    }
    for (uint32_t i = 0; i < routes.size(); ++i) {
        const uint32_t owner = routes[i].length > 64 ? kNobody : i;
        ranges.push_back(range_of(first_half(routes[i].address), routes[i].length, owner));
    }
    return flatten(std::move(ranges));
}

}  // namespace lull
