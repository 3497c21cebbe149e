// Who hands a frame in: the map of addresses, and what the packet path counts by it.
#include "dataplane/members.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "dataplane/engine.h"
#include "dataplane/link_addresses.h"
#include "dataplane/transmit.h"
#include "tests/support/engine_bench.h"
#include "tests/support/parse_check.h"

namespace lull::testing {
namespace {

using ::testing::HasSubstr;

constexpr MacNumber kMacA = 0x020000000001, kMacB = 0x020000000002, kMacC = 0x020000000003;
constexpr MemberId kA{1}, kB{2};

std::unique_ptr<MemberMap> map_of(std::vector<MemberAddress> addresses) {
    auto map = MemberMap::build(addresses);
    EXPECT_TRUE(map) << map.error().message;
    return map ? std::move(*map) : nullptr;
}

TEST(MemberMap, an_address_is_a_members_on_any_vlan) {
    const auto map = map_of({{kMacA, 0, kA}, {kMacB, 7, kB}, {kMacC, 0, kB}});
    for (const uint16_t vlan : std::initializer_list<uint16_t>{0, 7, 4094}) {
        EXPECT_EQ(map->find(kMacA, vlan), kA);
        EXPECT_EQ(map->find(kMacB, vlan), kB);
        EXPECT_EQ(map->find(kMacC, vlan), kB);
        EXPECT_EQ(map->find(0x020000000004, vlan), kMemberUnknown);
        EXPECT_EQ(map->find(0, vlan), kMemberUnknown);
    }
}

TEST(MemberMap, members_that_share_an_address_differ_by_vlan) {
    const auto map = map_of({{kMacA, 7, kA}, {kMacA, 8, kB}});
    EXPECT_EQ(map->find(kMacA, 7), kA);
    EXPECT_EQ(map->find(kMacA, 8), kB);
    EXPECT_EQ(map->find(kMacA, 0), kMemberUnknown);
    EXPECT_THAT(MemberMap::build(std::vector<MemberAddress>{{kMacA, 7, kA}, {kMacA, 7, kB}})
                    .error()
                    .message,
                HasSubstr("02:00:00:00:00:01: two members have it on VLAN 7"));
    EXPECT_THAT(MemberMap::build(std::vector<MemberAddress>{{kMacA, 0, kA}, {kMacA, 7, kB}})
                    .error()
                    .message,
                HasSubstr("two members have it"));
}

TEST(MemberMap, refuses_what_no_port_can_have) {
    for (const MacNumber mac : {MacNumber{0}, MacNumber{0x01005e000001}, MacNumber{1} << 48}) {
        EXPECT_FALSE(MemberMap::build(std::vector<MemberAddress>{{mac, 0, kA}})) << mac;
    }
    EXPECT_FALSE(MemberMap::build(std::vector<MemberAddress>{{kMacA, 0, MemberId{kMaxMembers}}}));
    EXPECT_FALSE(MemberMap::build(std::vector<MemberAddress>{{kMacA, 4096, kA}}));
    EXPECT_FALSE(MemberMap::build(std::vector<MemberAddress>(kMaxMemberAddresses + 1)));
}

TEST(MemberMap, finds_each_of_many) {
    std::vector<MemberAddress> addresses;
    for (uint64_t i = 0; i < kMaxMemberAddresses; ++i) {
        addresses.push_back({0x024c00000000 + i * 257, 0, MemberId(i % (kMaxMembers - 1) + 1)});
    }
    const auto map = map_of(addresses);
    for (const MemberAddress& each : addresses) {
        ASSERT_EQ(map->find(each.mac, 5), each.member);
        ASSERT_EQ(map->find(each.mac + 1, 5), kMemberUnknown);
    }
}

LinkAddresses nearest_link(const Bytes& frame, const ParseRules& rules) {
    const Parsed parsed = check(frame, rules);
    EXPECT_EQ(reject_name(parsed.reject), "none");
    Cursor link(frame, static_cast<uint32_t>(frame.size()));
    link.take(parsed.view.ip_offset - parsed.view.link_bytes);
    link.end_after(parsed.view.link_bytes);
    return link_addresses(link);
}

TEST(LinkAddresses, are_those_of_the_header_before_the_packet) {
    const auto outer = [] {
        return PacketBuilder().ethernet("02:00:00:00:00:0a", "02:00:00:00:00:0b");
    };
    ParseRules decap;
    decap.decap_gre = decap.decap_vxlan = true;
    struct Case {
        Bytes frame;
        MacNumber from, to;
        uint16_t vlan;
    };
    PacketBuilder plain = ethernet(), tagged = ethernet().vlan(0x8100, 7),
                  twice = ethernet().vlan(0x88a8, 5).vlan(0x8100, 6),
                  labels = ethernet().mpls(16).mpls(17),
                  mirrored =
                      outer().ipv4(kTapSource, kTapDestination).vxlan().ethernet().vlan(0x8100, 9),
                  bare = outer().ipv4(kTapSource, kTapDestination).gre();
    for (const Case& each : {Case{tcp_packet(plain).build(), kMacA, kMacB, 0},
                             Case{tcp_packet(tagged).build(), kMacA, kMacB, 7},
                             Case{tcp_packet(twice).build(), kMacA, kMacB, 5},
                             Case{tcp_packet(labels).build(), kMacA, kMacB, 0},
                             Case{tcp_packet(mirrored).build(), kMacA, kMacB, 9},
                             Case{tcp_packet(bare).build(), 0, 0, 0}}) {
        const LinkAddresses link = nearest_link(each.frame, decap);
        EXPECT_EQ(link.from, each.from);
        EXPECT_EQ(link.to, each.to);
        EXPECT_EQ(link.vlan, each.vlan);
    }
}

class MembersOnRing : public ::testing::Test {
  protected:
    void SetUp() override {
        need_eal();
        const std::string device = ring_device();
        auto engine = Engine::create(ring_config(device, EngineConfig::Drive::kCaller),
                                     small_table(1), map_of({{kMacA, 0, kA}, {kMacB, 0, kB}}));
        ASSERT_TRUE(engine) << engine.error().message;
        engine_ = std::move(*engine);
        auto port = Transmitter::open(device);
        ASSERT_TRUE(port) << port.error().message;
        port_ = std::move(*port);
    }
    void send(const Bytes& frame) {
        const auto room = port_->next(static_cast<uint32_t>(frame.size()));
        ASSERT_EQ(room.size(), frame.size());
        std::copy(frame.begin(), frame.end(), room.begin());
        port_->flush(1);
    }
    void send(MacNumber from, MacNumber to, const char* source, const char* destination,
              uint16_t source_port, uint16_t destination_port) {
        send(PacketBuilder()
                 .ethernet(format_mac(from), format_mac(to))
                 .ipv4(source, destination)
                 .tcp(source_port, destination_port, 0x18)
                 .payload(100)
                 .build());
    }
    Snapshot collect() {
        engine_->pump();
        return engine_->collect();
    }
    static std::map<uint16_t, std::pair<uint64_t, uint64_t>> handed_in(const Snapshot& snapshot) {
        std::map<uint16_t, std::pair<uint64_t, uint64_t>> sums;
        for (const MemberDelta& delta : snapshot.members) {
            sums[index_of(delta.member)].first += delta.packets;
            sums[index_of(delta.member)].second += delta.bytes;
        }
        return sums;
    }
    static std::map<std::pair<uint16_t, uint16_t>, uint64_t> flows(const Snapshot& snapshot) {
        std::map<std::pair<uint16_t, uint16_t>, uint64_t> sums;
        for (const GroupDelta& group : snapshot.groups) {
            for (const MemberFlowsDelta& delta : group.member_flows) {
                sums[{index_of(delta.area), index_of(delta.member)}] += delta.flows;
            }
        }
        return sums;
    }

    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Transmitter> port_;
};

TEST_F(MembersOnRing, every_frame_is_somebodys_or_nobodys) {
    send(kMacA, kMacB, "198.51.1.1", "203.0.7.7", 40000, 443);
    send(kMacB, kMacA, "203.0.7.7", "198.51.1.1", 443, 40000);
    send(kMacB, kMacA, "203.0.7.7", "198.51.1.1", 443, 40000);
    send(kMacC, kMacA, "203.0.7.8", "198.51.1.1", 443, 40001);
    send(PacketBuilder().ethernet(format_mac(kMacA)).type(0x0806).raw(Bytes(28)).build());
    const Snapshot snapshot = collect();
    const auto sums = handed_in(snapshot);
    EXPECT_EQ(sums.at(1), std::pair(uint64_t{2}, uint64_t{154 + 42})) << "ARP too";
    EXPECT_EQ(sums.at(2), std::pair(uint64_t{2}, uint64_t{2 * 154}));
    EXPECT_EQ(sums.at(0), std::pair(uint64_t{1}, uint64_t{154}));
    uint64_t packets = 0, bytes = 0;
    for (const auto& [member, sum] : sums) {
        packets += sum.first;
        bytes += sum.second;
    }
    EXPECT_EQ(packets, snapshot.ports.front().received_packets);
    EXPECT_EQ(bytes, snapshot.ports.front().received_bytes);
    EXPECT_EQ(snapshot.unknown_macs, std::vector<MacNumber>{kMacC});
    EXPECT_TRUE(collect().members.empty()) << "once";
}

TEST_F(MembersOnRing, an_answered_flow_is_of_the_ports_at_both_ends) {
    send(kMacA, kMacB, "198.51.1.1", "203.0.7.7", 40000, 443);
    EXPECT_TRUE(flows(collect()).empty()) << "not answered yet";
    send(kMacB, kMacA, "203.0.7.7", "198.51.1.1", 443, 40000);
    const auto seen = flows(collect());
    EXPECT_EQ(seen, (std::map<std::pair<uint16_t, uint16_t>, uint64_t>{{{1, 1}, 1}, {{2, 2}, 1}}));
    send(kMacB, kMacA, "203.0.7.7", "198.51.1.1", 443, 40000);
    EXPECT_TRUE(flows(collect()).empty()) << "each once";
    send(kMacA, kMacC, "198.51.1.1", "203.0.7.9", 40002, 443);
    send(kMacC, kMacA, "203.0.7.9", "198.51.1.1", 443, 40002);
    EXPECT_EQ(flows(collect()),
              (std::map<std::pair<uint16_t, uint16_t>, uint64_t>{{{1, 1}, 1}, {{2, 0}, 1}}));
}

TEST_F(MembersOnRing, a_new_list_is_taken_at_the_next_flip_and_none_ends_it) {
    send(kMacA, kMacB, "198.51.1.1", "203.0.7.7", 40000, 443);
    engine_->pump();
    engine_->publish(map_of({{kMacA, 0, kB}}));
    EXPECT_EQ(handed_in(collect()).count(1), 1u);
    send(kMacA, kMacB, "198.51.1.1", "203.0.7.7", 40000, 443);
    EXPECT_EQ(handed_in(collect()).count(2), 1u);
    engine_->publish(std::unique_ptr<MemberMap>());
    collect();
    send(kMacA, kMacB, "198.51.1.1", "203.0.7.7", 40000, 443);
    EXPECT_TRUE(handed_in(collect()).empty());
}

}  // namespace
}  // namespace lull::testing
