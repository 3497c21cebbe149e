// What makes two packets parts of one conversation: both endpoints, in an order that does not
// depend on who sends, and the protocol. Hashed with keys drawn at start, so that nobody outside
// can aim conversations at one place of the table (a CRC would let them: it is linear).
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "dataplane/parse.h"
#include "dataplane/sources.h"
#include "dataplane/types.h"

namespace lull {

/// Which of a flow's two endpoints sends: 0 is the lower one.
using FlowDirection = uint8_t;

struct FlowKey {
    /// Two endpoints of two words. IPv4 fills the second word of each.
    std::array<uint64_t, 4> addresses;
    uint32_t ports;  // of the lower endpoint, then of the other
    uint8_t protocol;
    bool ipv6;
    FlowDirection direction;  // of the packet it was made from; no part of the identity
};

/// Keys of the hash; any values, drawn anew by each worker.
struct FlowHashKeys {
    std::array<uint64_t, 6> words;
};

/// The folded product of two words: what is known of one says nothing about the result while the
/// other is secret.
constexpr uint64_t fold_product(uint64_t a, uint64_t b) {
    const auto product = static_cast<Uint128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t hash_of(const FlowKey& key, const FlowHashKeys& keys) {
    const auto& k = keys.words;
    const auto& a = key.addresses;
    const uint64_t rest = uint64_t{key.ports} << 16 | uint64_t{key.protocol} << 8 | key.ipv6;
    uint64_t hash = fold_product((a[1] << 32 | a[3]) ^ k[0], rest ^ k[1]);
    if (key.ipv6) {
        hash ^= fold_product(a[0] ^ k[2], a[1] ^ k[3]) ^ fold_product(a[2] ^ k[4], a[3] ^ k[5]);
    }
    return fold_product(hash ^ k[2], k[5] | 1);
}

inline FlowKey flow_key_of(const PacketView& view) {
    FlowKey key;
    key.protocol = view.protocol;
    const uint16_t from_port = view.source_port, to_port = view.destination_port;
    bool swapped = false;
    if (view.family == Family::kIpv4) {
        key.ipv6 = false;
        swapped = (uint64_t{view.source4} << 16 | from_port) >
                  (uint64_t{view.destination4} << 16 | to_port);
        key.addresses = {0, swapped ? view.destination4 : view.source4, 0,
                         swapped ? view.source4 : view.destination4};
    } else {
        key.ipv6 = true;
        std::array<uint64_t, 2> from, to;
        std::memcpy(from.data(), view.source6.data(), sizeof(from));
        std::memcpy(to.data(), view.destination6.data(), sizeof(to));
        swapped = from != to ? from > to : from_port > to_port;
        const auto& low = swapped ? to : from;
        const auto& high = swapped ? from : to;
        key.addresses = {low[0], low[1], high[0], high[1]};
    }
    key.ports = swapped ? uint32_t{to_port} << 16 | from_port : uint32_t{from_port} << 16 | to_port;
    key.direction = swapped ? 1 : 0;
    return key;
}

}  // namespace lull
