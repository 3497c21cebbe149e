// The packet path on ring ports: every frame that goes in is in exactly one count that comes out.
#include "dataplane/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "dataplane/transmit.h"
#include "tests/support/engine_bench.h"

namespace lull {
namespace {

using testing::Bytes;
using testing::need_eal;
using testing::PacketBuilder;
using testing::ring_config;
using testing::ring_device;
using testing::small_table;

constexpr uint8_t kTcpAckPush = 0x18, kTcpSynOnly = 0x02;

Bytes tcp(const std::string& from, const std::string& to, uint8_t flags, std::size_t payload,
          uint16_t from_port = 40000, uint16_t to_port = 443) {
    return PacketBuilder()
        .ethernet()
        .ipv4(from, to)
        .tcp(from_port, to_port, flags)
        .payload(payload)
        .build();
}

Bytes arp() {
    return PacketBuilder().ethernet().type(0x0806).raw(Bytes(28)).build();
}

struct Sums {
    uint64_t received = 0, counted = 0, rejected = 0, sent = 0, origin_received = 0;
    void add(const Snapshot& snapshot) {
        for (const PortDelta& port : snapshot.ports) {
            received += port.received_packets;
            counted += port.counted_packets;
            rejected += std::accumulate(port.rejected.begin(), port.rejected.end(), uint64_t{0});
        }
        for (const GroupDelta& group : snapshot.groups) {
            for (const OriginDelta& origin : group.origins) {
                sent += origin.sent_packets;
                origin_received += origin.received_packets;
            }
        }
    }
};

class EngineOnRing : public ::testing::Test {
  protected:
    void SetUp() override {
        need_eal();
        device_ = ring_device();
    }
    void open(EngineConfig::Drive drive) {
        auto engine = Engine::create(ring_config(device_, drive), small_table(1));
        ASSERT_TRUE(engine) << engine.error().message;
        engine_ = std::move(*engine);
        auto port = Transmitter::open(device_);
        ASSERT_TRUE(port) << port.error().message;
        port_ = std::move(*port);
    }
    void send(const Bytes& frame) {
        const auto room = port_->next(static_cast<uint32_t>(frame.size()));
        ASSERT_EQ(room.size(), frame.size());
        std::copy(frame.begin(), frame.end(), room.begin());
        port_->flush(1);
    }
    void TearDown() override {
        port_.reset();
        engine_.reset();
    }

    std::string device_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Transmitter> port_;
};

const OriginDelta* find(const Snapshot& snapshot, uint32_t origin) {
    for (const OriginDelta& delta : snapshot.groups.front().origins) {
        if (delta.origin == OriginId{origin}) {
            return &delta;
        }
    }
    return nullptr;
}

const AreaDelta* find_area(const Snapshot& snapshot, uint16_t area) {
    for (const AreaDelta& delta : snapshot.groups.front().areas) {
        if (delta.area == AreaId{area}) {
            return &delta;
        }
    }
    return nullptr;
}

TEST_F(EngineOnRing, counts_both_ends_of_each_packet_in_ip_bytes) {
    open(EngineConfig::Drive::kCaller);
    send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
    send(tcp("198.51.2.1", "203.0.7.7", kTcpAckPush, 10));
    send(tcp("203.0.7.7", "10.0.0.1", kTcpAckPush, 10));
    send(tcp("9.9.9.9", "198.51.2.1", kTcpAckPush, 10));
    send(arp());
    engine_->pump();
    const Snapshot snapshot = engine_->collect();
    ASSERT_EQ(snapshot.groups.size(), 1u);
    const OriginDelta* one = find(snapshot, 2);
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->sent_packets, 2u);
    EXPECT_EQ(one->sent_bytes, 140u + 50u);
    EXPECT_EQ(one->received_packets, 1u);
    EXPECT_EQ(one->received_bytes, 50u);
    EXPECT_EQ(find(snapshot, index_of(kOriginPrivate))->received_packets, 1u);
    EXPECT_EQ(find(snapshot, index_of(kOriginUnmatched))->sent_packets, 1u);
    EXPECT_EQ(snapshot.ports[0].received_packets, 5u);
    EXPECT_EQ(snapshot.ports[0].counted_packets, 4u);
    EXPECT_EQ(snapshot.ports[0].rejected[static_cast<std::size_t>(Reject::kNotIp)], 1u);
}

TEST_F(EngineOnRing, a_frame_longer_than_a_buffer_is_counted_in_its_full_length) {
    open(EngineConfig::Drive::kCaller);
    port_->put(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 9000));
    port_->put(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 10));
    port_->put(Bytes());
    port_->flush(1);
    engine_->pump();
    const Snapshot snapshot = engine_->collect();
    EXPECT_EQ(find(snapshot, 2)->sent_bytes, 9040u + 50u);
    EXPECT_EQ(snapshot.ports[0].received_bytes, 9054u + 64u);
    EXPECT_EQ(snapshot.ports[0].rejected[static_cast<std::size_t>(Reject::kFrameTooShort)], 1u);
}

TEST_F(EngineOnRing, a_collected_bank_starts_again_from_zero) {
    open(EngineConfig::Drive::kCaller);
    for (int round = 0; round < 3; ++round) {
        send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
        engine_->pump();
        const Snapshot snapshot = engine_->collect();
        EXPECT_EQ(find(snapshot, 2)->sent_packets, 1u);
        EXPECT_DOUBLE_EQ(std::round(find_area(snapshot, 1)->sources.estimate()), 1);
    }
    const Snapshot empty = engine_->collect();
    EXPECT_TRUE(empty.groups.front().origins.empty());
    EXPECT_EQ(empty.ports[0].received_packets, 0u);
}

TEST_F(EngineOnRing, life_and_demand_are_told_apart_and_domestic_traffic_is_neither) {
    open(EngineConfig::Drive::kCaller);
    send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
    send(tcp("203.0.7.7", "198.51.1.1", 0x10, 0, 443, 40000));  // that one is answered
    send(tcp("198.51.1.2", "203.0.7.9", kTcpAckPush, 100));   // data once, one way: may be anything
    send(tcp("198.51.1.1", "198.51.9.9", kTcpAckPush, 100));  // domestic, answered
    send(tcp("198.51.9.9", "198.51.1.1", kTcpAckPush, 100, 443, 40000));
    send(tcp("203.0.7.7", "198.51.1.1", kTcpSynOnly, 0));  // demand toward area 1
    send(tcp("203.0.7.8", "198.51.1.1", 0x12, 0));         // a SYN-ACK is neither
    engine_->pump();
    const Snapshot snapshot = engine_->collect();
    EXPECT_DOUBLE_EQ(std::round(find_area(snapshot, 1)->life.estimate()), 1);
    EXPECT_EQ(find_area(snapshot, 1)->answered_flows, 1u);
    EXPECT_EQ(find_area(snapshot, 2)->answered_flows, 1u);
    EXPECT_EQ(find(snapshot, 2)->answered_flows, 1u);  // not the domestic one
    EXPECT_EQ(find(snapshot, 3)->answered_flows, 1u);
    EXPECT_DOUBLE_EQ(std::round(find_area(snapshot, 1)->demand.estimate()), 1);
    EXPECT_DOUBLE_EQ(std::round(find_area(snapshot, 2)->sources.estimate()), 1);
    EXPECT_EQ(snapshot.workers[0].flows.created, 5u);
    EXPECT_EQ(snapshot.workers[0].flows.occupied, 5u);
}

TEST_F(EngineOnRing, addresses_seen_come_with_what_the_table_said_of_them) {
    open(EngineConfig::Drive::kCaller);
    send(tcp("198.51.1.1", "9.9.9.9", kTcpAckPush, 100));
    engine_->pump();
    const Snapshot snapshot = engine_->collect();
    ASSERT_EQ(snapshot.seen.size(), 2u);
    EXPECT_EQ(snapshot.seen[0].address4, testing::address4("198.51.1.1"));
    EXPECT_EQ(snapshot.seen[0].origin, OriginId{2});
    EXPECT_EQ(snapshot.seen[1].address4, testing::address4("9.9.9.9"));
    EXPECT_EQ(snapshot.seen[1].origin, kOriginUnmatched);
    EXPECT_TRUE(engine_->collect().seen.empty());
}

TEST_F(EngineOnRing, a_bank_speaks_one_generation_and_a_swap_loses_nothing) {
    open(EngineConfig::Drive::kCaller);
    send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
    engine_->pump();
    engine_->publish(small_table(2));
    send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
    engine_->pump();
    const Snapshot before = engine_->collect();
    EXPECT_EQ(before.groups.front().table_generation, 1u);
    EXPECT_EQ(find(before, 2)->sent_packets, 2u);
    send(tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 100));
    engine_->pump();
    const Snapshot after = engine_->collect();
    EXPECT_EQ(after.groups.front().table_generation, 2u);
    EXPECT_EQ(find(after, 2)->sent_packets, 1u);
}

TEST_F(EngineOnRing, a_leaked_pool_shows_in_the_free_mbufs_and_nowhere_else) {
    open(EngineConfig::Drive::kCaller);
    EXPECT_GE(engine_->collect().ports[0].mbufs_free, engine_->collect().ports[0].mbufs_needed);
    port_->leak(true);
    EXPECT_TRUE(port_->next(64).empty());
    const Snapshot snapshot = engine_->collect();
    EXPECT_LT(snapshot.ports[0].mbufs_free, snapshot.ports[0].mbufs_needed);
    EXPECT_EQ(snapshot.ports[0].nombuf_events + snapshot.ports[0].missed_packets, 0u);
    port_->leak(false);
    EXPECT_EQ(engine_->collect().ports[0].mbufs_free, snapshot.ports[0].mbufs_capacity);
}

// A worker thread, traffic and a hundred swaps at once: the sums must be exact at every collect.
TEST_F(EngineOnRing, a_hundred_swaps_under_traffic_lose_and_double_nothing) {
    open(EngineConfig::Drive::kWorkers);
    ASSERT_TRUE(engine_->start());
    const Bytes ip = tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 6), other = arp();
    Sums sums;
    for (uint64_t generation = 2; generation < 102; ++generation) {
        for (int i = 0; i < 200; ++i) {
            const Bytes& frame = i % 10 == 0 ? other : ip;
            const auto room = port_->next(static_cast<uint32_t>(frame.size()));
            ASSERT_FALSE(room.empty());
            std::copy(frame.begin(), frame.end(), room.begin());
        }
        port_->flush(10);
        engine_->publish(small_table(generation));
        sums.add(engine_->collect());
        ASSERT_EQ(sums.received, sums.counted + sums.rejected);
        ASSERT_EQ(sums.counted, sums.sent);
        ASSERT_EQ(sums.counted, sums.origin_received);
    }
    const uint64_t sent = port_->totals().sent;
    for (int i = 0; i < 10'000 && sums.received < sent; ++i) {
        sums.add(engine_->collect());
    }
    engine_->stop();
    sums.add(engine_->collect());
    EXPECT_EQ(sent, 20'000u);
    EXPECT_EQ(sums.received, sent);
    EXPECT_EQ(sums.received, sums.counted + sums.rejected);
    EXPECT_EQ(sums.rejected, 2'000u);
    EXPECT_EQ(engine_->collect().ports[0].mbufs_free, engine_->collect().ports[0].mbufs_capacity);
}

TEST_F(EngineOnRing, what_a_late_worker_has_counted_before_a_stop_is_collected_after_it) {
    open(EngineConfig::Drive::kWorkers);
    ASSERT_TRUE(engine_->start());
    const Bytes frame = tcp("198.51.1.1", "203.0.7.7", kTcpAckPush, 6);
    Sums sums;
    send(frame);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    sums.add(engine_->collect(0));  // too soon for any worker to answer
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    send(frame);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    engine_->stop();
    sums.add(engine_->collect());
    sums.add(engine_->collect());
    EXPECT_EQ(sums.received, 2u);
    EXPECT_EQ(sums.sent, 2u);
}

TEST(Engine, an_unknown_device_is_refused_by_name) {
    need_eal();
    EngineConfig config = ring_config("net_bogus0", EngineConfig::Drive::kCaller);
    const auto engine = Engine::create(config, small_table(1));
    ASSERT_FALSE(engine);
    EXPECT_NE(engine.error().message.find("net_bogus0"), std::string::npos);
}

}  // namespace
}  // namespace lull
