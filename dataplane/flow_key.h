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

/// All ones where `condition` holds: who sends is anybody's guess, a branch on it would be too.
inline uint64_t mask_where(bool condition) {
    return ~uint64_t{0} * static_cast<uint64_t>(condition);
}

inline FlowKey flow_key_of(const PacketView& view) {
    FlowKey key;
    key.protocol = view.protocol;
    if (view.family == Family::kIpv4) [[likely]] {
        const uint64_t from = uint64_t{view.source4} << 16 | view.source_port;
        const uint64_t to = uint64_t{view.destination4} << 16 | view.destination_port;
        const uint64_t swap = mask_where(from > to) & (from ^ to);
        const uint64_t low = from ^ swap, high = to ^ swap;
        key.ipv6 = false;
        key.addresses = {0, low >> 16, 0, high >> 16};
        key.ports = static_cast<uint32_t>((low & 0xffff) << 16 | (high & 0xffff));
        key.direction = from > to ? 1 : 0;
        return key;
    }
    Uint128 from = 0, to = 0;
    std::memcpy(&from, view.source6.data(), sizeof(from));
    std::memcpy(&to, view.destination6.data(), sizeof(to));
    const uint16_t from_port = view.source_port, to_port = view.destination_port;
    const bool swapped = (from > to) | ((from == to) & (from_port > to_port));
    const Uint128 swap = (from ^ to) & (Uint128{0} - static_cast<Uint128>(swapped));
    const Uint128 low = from ^ swap, high = to ^ swap;
    const auto swap_ports = static_cast<uint16_t>((from_port ^ to_port) & mask_where(swapped));
    key.ipv6 = true;
    key.addresses = {static_cast<uint64_t>(low), static_cast<uint64_t>(low >> 64),
                     static_cast<uint64_t>(high), static_cast<uint64_t>(high >> 64)};
    key.ports = static_cast<uint32_t>(from_port ^ swap_ports) << 16 |
                static_cast<uint32_t>(to_port ^ swap_ports);
    key.direction = swapped ? 1 : 0;
    return key;
}

}  // namespace lull
