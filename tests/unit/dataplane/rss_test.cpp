// Software spreads as a NIC does: checked against DPDK's own Toeplitz, bit by bit.
#include "dataplane/rss.h"

#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include <random>
#include <vector>

#include "dataplane/headers.h"

namespace lull {
namespace {

std::array<uint8_t, 40> key() {
    std::array<uint8_t, 40> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = kSymmetricKeyPair[i % 2];
    }
    return bytes;
}

PacketView random_packet(std::mt19937& random, Family family) {
    PacketView view{};
    view.family = family;
    view.source4 = static_cast<uint32_t>(random());
    view.destination4 = static_cast<uint32_t>(random());
    for (std::size_t i = 0; i < 16; ++i) {
        view.source6[i] = static_cast<uint8_t>(random());
        view.destination6[i] = static_cast<uint8_t>(random());
    }
    view.source_port = static_cast<uint16_t>(random());
    view.destination_port = static_cast<uint16_t>(random());
    return view;
}

// What the NIC feeds to its hash: addresses, then ports, in network order, read as 32-bit words.
std::vector<uint32_t> nic_input(const PacketView& view, RssInput input) {
    std::vector<uint32_t> words{view.source4, view.destination4};
    if (view.family == Family::kIpv6) {
        words.clear();
        for (const Ipv6Bytes* address : {&view.source6, &view.destination6}) {
            for (std::size_t i = 0; i < 16; i += 4) {
                words.push_back(uint32_t{(*address)[i]} << 24 | uint32_t{(*address)[i + 1]} << 16 |
                                uint32_t{(*address)[i + 2]} << 8 | (*address)[i + 3]);
            }
        }
    }
    if (input == RssInput::kAddressesAndPorts) {
        words.push_back(uint32_t{view.source_port} << 16 | view.destination_port);
    }
    return words;
}

TEST(Rss, software_computes_the_hash_of_a_nic_in_both_families_with_and_without_ports) {
    std::mt19937 random(1);
    for (int i = 0; i < 4000; ++i) {
        const auto family = i % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
        const auto input = i % 4 < 2 ? RssInput::kAddresses : RssInput::kAddressesAndPorts;
        const PacketView view = random_packet(random, family);
        std::vector<uint32_t> words = nic_input(view, input);
        ASSERT_EQ(rss_hash(view, input),
                  rte_softrss(words.data(), static_cast<uint32_t>(words.size()), key().data()));
    }
}

TEST(Rss, both_directions_of_a_conversation_have_one_hash) {
    std::mt19937 random(2);
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        const PacketView there = random_packet(random, family);
        PacketView back = there;
        std::swap(back.source4, back.destination4);
        std::swap(back.source6, back.destination6);
        std::swap(back.source_port, back.destination_port);
        EXPECT_EQ(rss_hash(there, RssInput::kAddressesAndPorts),
                  rss_hash(back, RssInput::kAddressesAndPorts));
    }
}

TEST(Rss, conversations_spread_evenly_over_any_number_of_workers) {
    std::mt19937 random(3);
    for (const uint16_t workers : std::array<uint16_t, 3>{2, 3, 7}) {
        std::vector<uint32_t> packets(workers);
        constexpr uint32_t kEach = 10'000;
        for (uint32_t i = 0; i < kEach * workers; ++i) {
            const uint32_t hash =
                rss_hash(random_packet(random, Family::kIpv4), RssInput::kAddressesAndPorts);
            packets[rss_queue(hash % 128, 128, workers)] += 1;
        }
        for (const uint32_t count : packets) {
            // 128 entries over seven workers: some have 19, some 18.
            EXPECT_NEAR(count, kEach, 0.08 * kEach);
        }
    }
}

TEST(Rss, tables_of_different_sizes_say_the_same_for_every_hash) {
    for (const uint16_t workers : std::array<uint16_t, 4>{2, 3, 5, 8}) {
        for (uint32_t hash = 0; hash < 4096; ++hash) {
            ASSERT_EQ(rss_queue(hash % 512, 64, workers), rss_queue(hash % 64, 64, workers));
        }
    }
}

constexpr uint64_t kIpAndTcp = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP;

TEST(Rss, a_group_hashes_what_all_its_nics_can_over_the_smallest_table) {
    const std::vector<RssOffer> group{
        {.max_queues = 16, .fields = kIpAndTcp | RTE_ETH_RSS_UDP, .table_entries = 512},
        {.max_queues = 16, .fields = kIpAndTcp, .table_entries = 128}};
    const RssPlan plan = rss_plan(group, 4);
    EXPECT_EQ(plan.layer4, RTE_ETH_RSS_TCP);
    EXPECT_EQ(plan.table_entries, 128);
    EXPECT_EQ(rss_fields(group[0], plan), kIpAndTcp);
}

TEST(Rss, software_hashes_ports_only_where_all_nics_of_the_group_do) {
    const std::vector<RssOffer> group{
        {.max_queues = 16, .fields = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP}, {.max_queues = 1}};
    const RssPlan plan = rss_plan(group, 4);
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        PacketView view{};
        view.family = family;
        view.protocol = kProtocolTcp;
        EXPECT_EQ(rss_input(view, plan), RssInput::kAddressesAndPorts);
        for (const uint8_t protocol : {kProtocolUdp, kProtocolSctp, kProtocolIcmp}) {
            view.protocol = protocol;
            EXPECT_EQ(rss_input(view, plan), RssInput::kAddresses) << int{protocol};
        }
        view.protocol = kProtocolSctp;  // alone, or with others of one queue: what software can
        EXPECT_EQ(rss_input(view, rss_plan({}, 4)), RssInput::kAddressesAndPorts);
    }
}

TEST(Rss, who_spreads_follows_from_what_the_device_offers) {
    EXPECT_EQ(spread_by({.max_queues = 1}, 1), SpreadBy::kNobody);
    EXPECT_EQ(spread_by({.max_queues = 1, .fed_by_peer = true}, 2), SpreadBy::kSoftware);
    EXPECT_EQ(spread_by({.max_queues = 16, .fed_by_peer = true}, 2), SpreadBy::kPeer);
    EXPECT_EQ(spread_by({.max_queues = 16}, 2), SpreadBy::kSoftware);
    EXPECT_EQ(spread_by({.max_queues = 16, .fields = kIpAndTcp}, 2), SpreadBy::kDevice);
}

}  // namespace
}  // namespace lull
