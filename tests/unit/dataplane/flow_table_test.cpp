// The flow table against a plain map, under more flows than it has room for.
#include "dataplane/flow_table.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>
#include <vector>

#include "control/drill/random.h"

namespace lull {
namespace {

constexpr FlowHashKeys kKeys{{11, 22, 33, 44, 55, 66}};

PacketView packet4(uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port) {
    PacketView view{};
    view.family = Family::kIpv4;
    view.source4 = from;
    view.destination4 = to;
    view.source_port = from_port;
    view.destination_port = to_port;
    view.protocol = 6;
    return view;
}

TEST(FlowKey, both_directions_have_one_key_and_are_told_apart) {
    const FlowKey there = flow_key_of(packet4(0x01020304, 1000, 0x05060708, 443));
    const FlowKey back = flow_key_of(packet4(0x05060708, 443, 0x01020304, 1000));
    EXPECT_EQ(there.addresses, back.addresses);
    EXPECT_EQ(there.ports, back.ports);
    EXPECT_NE(there.direction, back.direction);
    EXPECT_EQ(hash_of(there, kKeys), hash_of(back, kKeys));
}

TEST(FlowKey, equal_addresses_are_ordered_by_port) {
    const FlowKey there = flow_key_of(packet4(7, 1000, 7, 443));
    const FlowKey back = flow_key_of(packet4(7, 443, 7, 1000));
    EXPECT_EQ(there.ports, back.ports);
    EXPECT_NE(there.direction, back.direction);
}

TEST(FlowKey, ipv6_is_ordered_by_address_then_by_port) {
    PacketView there{};
    there.family = Family::kIpv6;
    there.protocol = 6;
    there.source_port = 9;
    there.destination_port = 1000;
    // Addresses that differ in one byte, of either half, or in none.
    for (std::size_t byte = 0; byte <= there.source6.size(); ++byte) {
        there.source6.fill(0x20);
        there.destination6.fill(0x20);
        if (byte < there.source6.size()) {
            there.source6[byte] = 0xfe;
        }
        PacketView back = there;
        std::swap(back.source6, back.destination6);
        std::swap(back.source_port, back.destination_port);
        const FlowKey key = flow_key_of(there), other = flow_key_of(back);
        EXPECT_EQ(key.addresses, other.addresses) << byte;
        EXPECT_EQ(key.ports, other.ports) << byte;
        EXPECT_NE(key.direction, other.direction) << byte;
        EXPECT_EQ(hash_of(key, kKeys), hash_of(other, kKeys)) << byte;
    }
}

TEST(FlowKey, every_part_of_the_identity_moves_the_hash) {
    const FlowKey base = flow_key_of(packet4(0x01020304, 1000, 0x05060708, 443));
    const uint64_t hash = hash_of(base, kKeys);
    EXPECT_NE(hash, hash_of(flow_key_of(packet4(0x01020305, 1000, 0x05060708, 443)), kKeys));
    EXPECT_NE(hash, hash_of(flow_key_of(packet4(0x01020304, 1001, 0x05060708, 443)), kKeys));
    FlowKey other = base;
    other.protocol = 17;
    EXPECT_NE(hash, hash_of(other, kKeys));
    other = base;
    other.ipv6 = true;
    EXPECT_NE(hash, hash_of(other, kKeys));
    EXPECT_NE(hash, hash_of(base, FlowHashKeys{{1, 2, 3, 4, 5, 6}}));
}

TEST(FlowTable, finds_what_a_map_holds_through_inserts_evictions_and_erasures) {
    FlowTable table(64, kKeys);
    ASSERT_EQ(table.slots(), 128u);
    std::map<std::tuple<uint32_t, uint16_t>, uint32_t> known;  // -> slot
    Random random(1);
    const auto key_of = [](uint32_t from, uint16_t port) {
        return flow_key_of(packet4(0x0a000000 + from, port, 0xc0000000 + from / 3, 443));
    };
    uint32_t evicted = 0;
    for (int step = 0; step < 20'000; ++step) {
        const uint32_t from = random.below32(40);
        const auto port = static_cast<uint16_t>(random.below32(8));
        const FlowKey key = key_of(from, port);
        const uint64_t hash = table.hash(key);
        const uint32_t at = table.find(key, hash);
        const auto place = known.find({from, port});
        ASSERT_EQ(at == FlowTable::kHomeless, place == known.end()) << step;
        if (at != FlowTable::kHomeless) {
            ASSERT_EQ(at, place->second);
            if (random.below32(3) == 0) {
                table.erase(at);
                known.erase(place);
            }
            continue;
        }
        uint32_t free = table.free_slot(hash);
        if (free == FlowTable::kHomeless) {
            free = table.victim(hash, 0, 100);
            ASSERT_NE(free, FlowTable::kHomeless);
            table.erase(free);
            std::erase_if(known, [&](const auto& entry) { return entry.second == free; });
            ++evicted;
        }
        ASSERT_FALSE(table.entry(free).occupied());
        table.put(free, key, hash);
        known[{from, port}] = free;
        ASSERT_EQ(table.occupied(), known.size());
    }
    EXPECT_GT(evicted, 100u);
    for (const auto& [name, slot] : known) {
        const FlowKey key = key_of(std::get<0>(name), std::get<1>(name));
        EXPECT_EQ(table.find(key, table.hash(key)), slot);
    }
}

TEST(FlowTable, unanswered_flows_give_way_first_and_fresh_answered_ones_never) {
    FlowTable table(16, kKeys);
    std::vector<uint32_t> slots;
    uint64_t hash = 0;
    // Fill the eight places of one hash.
    for (uint32_t i = 0; slots.size() < 8; ++i) {
        const FlowKey key = flow_key_of(packet4(i, 1, 2, 3));
        if (slots.empty()) {
            hash = table.hash(key);
        }
        const uint32_t at = table.free_slot(hash);
        ASSERT_NE(at, FlowTable::kHomeless);
        table.put(at, key, hash);
        slots.push_back(at);
    }
    EXPECT_EQ(table.free_slot(hash), FlowTable::kHomeless);
    for (std::size_t i = 0; i < slots.size(); ++i) {
        table.entry(slots[i]).last_seen = static_cast<uint16_t>(100 + i);
        table.entry(slots[i]).state |= flow_state::kAnswered;
    }
    EXPECT_EQ(table.victim(hash, 150, 60), FlowTable::kHomeless);  // all seen within 60 beats
    EXPECT_EQ(table.victim(hash, 170, 65), slots[0]);              // the oldest of the stale
    table.entry(slots[5]).state = flow_state::kOccupied;
    EXPECT_EQ(table.victim(hash, 170, 65), slots[5]);
}

}  // namespace
}  // namespace lull
