// See rss.h. Hot: the hash is computed for each packet that is spread by software.
#include "dataplane/rss.h"

#include <rte_ethdev.h>

#include <algorithm>
#include <bit>

#include "dataplane/headers.h"

namespace lull {

namespace {

constexpr uint64_t kLayer4 = RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP;

// Toeplitz: for each input bit that is set, the 32 bits of the key that begin there. The key
// repeats after 16 bits, so bits 16 apart add the same word: the input may be folded to 16 bits
// first, and both halves of the hash are alike.
constexpr uint16_t kKeyWord = kSymmetricKeyPair[0] << 8 | kSymmetricKeyPair[1];

constexpr uint16_t toeplitz(uint16_t folded) {
    uint16_t hash = 0;
    for (int bit = 0; bit < 16; ++bit) {
        if ((folded >> (15 - bit) & 1) != 0) {
            hash = static_cast<uint16_t>(hash ^ std::rotl(kKeyWord, bit));
        }
    }
    return hash;
}

using ByteTable = std::array<uint16_t, 256>;
constexpr ByteTable byte_table(int shift) {
    ByteTable table{};
    for (uint32_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = toeplitz(static_cast<uint16_t>(byte << shift));
    }
    return table;
}
constexpr ByteTable kHigh = byte_table(8), kLow = byte_table(0);

uint32_t fold(uint32_t word) {
    return word >> 16 ^ (word & 0xffff);
}

uint32_t fold(const Ipv6Bytes& address) {
    uint32_t folded = 0;
    for (std::size_t i = 0; i < address.size(); i += 2) {
        folded ^= uint32_t{address[i]} << 8 | address[i + 1];
    }
    return folded;
}

}  // namespace

uint32_t rss_hash(const PacketView& view, RssInput input) {
    uint32_t folded = view.family == Family::kIpv4 ? fold(view.source4) ^ fold(view.destination4)
                                                   : fold(view.source6) ^ fold(view.destination6);
    if (input == RssInput::kAddressesAndPorts) {
        folded ^= uint32_t{view.source_port} ^ view.destination_port;
    }
    const auto half = static_cast<uint32_t>(kHigh[folded >> 8] ^ kLow[folded & 0xff]);
    return half << 16 | half;
}

RssInput rss_input(const PacketView& view, const RssPlan& plan) {
    const bool is4 = view.family == Family::kIpv4;
    uint64_t field = 0;
    switch (view.protocol) {
        case kProtocolTcp:
            field = is4 ? RTE_ETH_RSS_NONFRAG_IPV4_TCP : RTE_ETH_RSS_NONFRAG_IPV6_TCP;
            break;
        case kProtocolUdp:
            field = is4 ? RTE_ETH_RSS_NONFRAG_IPV4_UDP : RTE_ETH_RSS_NONFRAG_IPV6_UDP;
            break;
        case kProtocolSctp:
            field = is4 ? RTE_ETH_RSS_NONFRAG_IPV4_SCTP : RTE_ETH_RSS_NONFRAG_IPV6_SCTP;
            break;
    }
    return (plan.layer4 & field) != 0 ? RssInput::kAddressesAndPorts : RssInput::kAddresses;
}

SpreadBy spread_by(const RssOffer& offer, uint16_t workers) {
    if (workers <= 1) {
        return SpreadBy::kNobody;
    }
    if (offer.max_queues < workers) {
        return SpreadBy::kSoftware;
    }
    if ((offer.fields & (RTE_ETH_RSS_IP | kLayer4)) != 0) {
        return SpreadBy::kDevice;
    }
    return offer.fed_by_peer ? SpreadBy::kPeer : SpreadBy::kSoftware;
}

RssPlan rss_plan(std::span<const RssOffer> group, uint16_t workers) {
    RssPlan plan{.layer4 = kLayer4};
    uint16_t smallest = 0;
    for (const RssOffer& offer : group) {
        if (spread_by(offer, workers) != SpreadBy::kDevice) {
            continue;
        }
        plan.layer4 &= offer.fields;
        if (offer.table_entries != 0) {
            smallest =
                smallest == 0 ? offer.table_entries : std::min(smallest, offer.table_entries);
        }
    }
    plan.table_entries = smallest == 0 ? plan.table_entries : smallest;
    return plan;
}

uint64_t rss_fields(const RssOffer& offer, const RssPlan& plan) {
    return (offer.fields & RTE_ETH_RSS_IP) | plan.layer4;
}

}  // namespace lull
