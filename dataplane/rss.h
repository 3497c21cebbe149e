// Which worker a packet belongs to, the same for both directions of a conversation and on all ports
// of a group: the NIC's Toeplitz hash with a key that makes it symmetric, and a redirection table
// that says the same on NICs of different table sizes. Software computes the very same where a
// device has no queues to spread over.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/parse.h"

namespace lull {

/// A key of one repeated pair of bytes gives both directions the same hash (Woo and Park 2012).
inline constexpr std::array<uint8_t, 2> kSymmetricKeyPair{0x6d, 0x5a};

/// What a device offers, as its driver says.
struct RssOffer {
    uint16_t max_queues = 1;
    uint64_t fields = 0;         // RTE_ETH_RSS_ bits it can hash
    uint16_t table_entries = 0;  // of its redirection table; 0: none to be set
    uint8_t key_bytes = 40;
    /// Its queues are filled by a peer or the kernel, which spreads (vdevs, virtio).
    bool fed_by_peer = false;
};

/// Who spreads the packets of a port over the workers of its group.
enum class SpreadBy : uint8_t {
    kNobody,    // one worker
    kDevice,    // RSS
    kPeer,      // whoever fills the device's queues
    kSoftware,  // worker 0 takes all and hands over what belongs to the others
};
SpreadBy spread_by(const RssOffer& offer, uint16_t workers);

/// What all ports of a group are set to, so that both directions of a conversation meet.
struct RssPlan {
    uint64_t layer4 = 0;           // RTE_ETH_RSS_ bits of layer 4 that all can hash
    uint16_t table_entries = 128;  // entry i is (i mod this) mod workers: the smallest table's
};
RssPlan rss_plan(std::span<const RssOffer> group, uint16_t workers);
/// The fields to set on one device of the group.
uint64_t rss_fields(const RssOffer& offer, const RssPlan& plan);

/// Entry `hash mod table` of the redirection table.
constexpr uint16_t rss_queue(uint32_t entry, uint16_t table_entries, uint16_t workers) {
    return static_cast<uint16_t>(entry % table_entries % workers);
}
enum class RssInput : uint8_t { kAddresses, kAddressesAndPorts };
/// What the group's NICs hash of a packet: its ports where all of them can.
RssInput rss_input(const PacketView& view, const RssPlan& plan);
/// The NIC's hash of a packet; ports take part where they are known.
uint32_t rss_hash(const PacketView& view, RssInput input);

}  // namespace lull
