// Burst of PacketViews with their origins -> the active bank: packets and bytes per origin and
// direction, distinct sources, life and demand per area.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/bank.h"
#include "dataplane/parse.h"
#include "dataplane/types.h"

namespace lull {

/// One counted packet's two ends, beside its view.
struct OriginPair {
    OriginId source;
    OriginId destination;
};

/// Adds packets and IP bytes to both ends. Every packet adds one sent and one received.
void count_origins(std::span<const PacketView> views, std::span<const OriginPair> origins,
                   Bank& bank);

/// Adds sources, life and demand to the areas of both ends. `traits` is indexed by OriginId.
void count_areas(std::span<const PacketView> views, std::span<const OriginPair> origins,
                 std::span<const OriginTraits> traits, uint64_t seed, Bank& bank);

/// Whether a packet shows that somebody is there: TCP with payload, UDP not from a port that
/// reflects, ESP, GRE, SCTP. A bare ACK, SYN-ACK or RST answers floods and scans as well.
bool bears_life(const PacketView& view);
/// Whether a packet asks for something: TCP SYN without ACK, UDP toward the lower port.
bool is_request(const PacketView& view);

}  // namespace lull
