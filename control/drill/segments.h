// The address space of a table as disjoint segments, each owned by the origin that longest-prefix
// match gives its addresses: an address drawn from a segment is counted where the drill says.
// Special space and what is nested in it belongs to nobody. IPv6 is cut into /64 networks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/types.h"

namespace lull {

/// `Key` is uint32_t (IPv4 addresses) or uint64_t (the first half of IPv6 addresses). Both ends
/// belong to the segment.
template <typename Key>
struct Segment {
    Key first = 0;
    Key last = 0;
    uint32_t route = 0;  // index into the routes it was made from
};

/// The number that the first eight bytes make: the /64 that an IPv6 address is in.
uint64_t first_half(const Ipv6Bytes& address);

std::vector<Segment<uint32_t>> make_segments4(std::span<const Route4> routes,
                                              std::span<const Route4> special);
/// A route longer than /64 takes its whole /64 away from the drill.
std::vector<Segment<uint64_t>> make_segments6(std::span<const Route6> routes,
                                              std::span<const Route6> special);

}  // namespace lull
