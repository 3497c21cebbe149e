// What a tick saw, as bytes and back, so that a detector can be given the same ticks again
// elsewhere. Pure.
//
// A count is a whole number in as many bytes as it needs; an estimate is kept to 1/64, far below
// its own error. A country costs 12 to 20 bytes, and one that nothing was seen of costs none. Seen
// with the nk-2014 drill: 3.6 KB a tick of 246 countries, 31 MB a day at ticks of ten seconds.
// Of routing only countries that may not stand are kept, a dozen bytes each: the others are read as
// announcing what they usually do (RoutingFacts::usual). Of members those alone that fell. A
// network of a country that has few costs about 12 bytes in a tick in which it answered.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/facts.h"

namespace lull {

/// What one tick saw; packets, and origins as parts of countries, are left out: they decide
/// nothing.
struct TickRow {
    int64_t end_ns = 0;
    std::vector<uint8_t> record;
};

TickRow record_tick(const TickFacts& facts);
/// nullopt: the bytes make no sense. Countries that this lull does not know are left out.
std::optional<TickFacts> read_tick(std::span<const uint8_t> record);

}  // namespace lull
