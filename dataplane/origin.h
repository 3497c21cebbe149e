// Packets of a burst -> the origins of both their ends, looked up together.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/parse.h"
#include "dataplane/tables.h"
#include "dataplane/types.h"

namespace lull {

/// One packet's two ends.
struct OriginPair {
    OriginId source;
    OriginId destination;
};

/// Origins of the views named by `index`, at most kBurstPackets of them, in that order.
void look_up(const TableSet& table, std::span<const PacketView> views,
             std::span<const uint8_t> index, std::span<OriginPair> origins);

}  // namespace lull
