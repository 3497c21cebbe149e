// A port of one queue over several workers: each frame is in one worker's counts, and both
// directions of a conversation in the same one's.
#include "dataplane/spreader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "dataplane/engine.h"
#include "dataplane/port.h"
#include "dataplane/transmit.h"
#include "tests/support/engine_bench.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using testing::need_eal;
using testing::ring_config;
using testing::small_table;

void put(Transmitter& port, const testing::Bytes& frame) {
    const auto room = port.next(static_cast<uint32_t>(frame.size()));
    ASSERT_EQ(room.size(), frame.size());
    std::copy(frame.begin(), frame.end(), room.begin());
}

// Conversation `i`, there or back.
testing::Bytes frame_of(uint32_t i, bool back) {
    const std::string client = "198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    auto builder = testing::PacketBuilder().ethernet();
    return back ? builder.ipv4("203.0.7.7", client).tcp(443, 40000, 0x10).payload(100).build()
                : builder.ipv4(client, "203.0.7.7").tcp(40000, 443, 0x18).payload(100).build();
}

// A capture is a device of one queue.
class Capture {
  public:
    /// Both directions of each conversation, and a frame that is not IP after every hundred.
    explicit Capture(uint32_t conversations) : file_(folder_.file("frames.pcap")) {
        auto port = Transmitter::open(device_name() + ",tx_pcap=" + file_);
        EXPECT_TRUE(port) << port.error().message;
        for (uint32_t i = 0; i < conversations; ++i) {
            put(**port, frame_of(i, false));
            put(**port, frame_of(i, true));
            if (i % 100 == 99) {
                auto arp = testing::PacketBuilder().ethernet().type(0x0806);
                put(**port, arp.raw(testing::Bytes(28)).build());
            }
        }
        (*port)->flush(10);
        frames_ = (*port)->totals().sent;
        EXPECT_EQ(frames_, 2 * conversations + conversations / 100);
    }
    [[nodiscard]] std::string device() const { return device_name() + ",rx_pcap=" + file_; }
    [[nodiscard]] uint64_t frames() const { return frames_; }

  private:
    static std::string device_name() {
        static int number = 40;
        return "net_pcap" + std::to_string(number++);
    }
    TemporaryFolder folder_;
    std::string file_;
    uint64_t frames_ = 0;
};

// The port and its spreader without a thread: the test is each worker in turn.
class Spread {
  public:
    Spread(const std::string& device, uint16_t workers) {
        auto port = Port::open({.device = device, .workers = workers, .rss = {}});
        EXPECT_TRUE(port) << port.error().message;
        port_ = std::move(*port);
        EXPECT_EQ(port_->spread_by(), SpreadBy::kSoftware);
        auto spreader = Spreader::create(port_->id(), workers, {}, {}, port_->node());
        EXPECT_TRUE(spreader) << spreader.error().message;
        spreader_ = std::move(*spreader);
    }
    /// Hands what worker `index` gets in one receive to `see`; how many that were.
    uint32_t receive(uint16_t index, const std::function<void(const rte_mbuf*)>& see) {
        spreader_->receive(index, burst_);
        const uint32_t count = burst_.size();
        for (const rte_mbuf* packet : burst_.packets()) {
            see(packet);
        }
        burst_.release();
        return count;
    }
    [[nodiscard]] uint64_t missed() const { return spreader_->missed(); }
    [[nodiscard]] bool all_free() const { return port_->mbufs_free() == port_->mbufs_capacity(); }
    void let_go() { spreader_.reset(); }

  private:
    std::unique_ptr<Port> port_;
    std::unique_ptr<Spreader> spreader_;
    Burst burst_;
};

TEST(Spreader, both_directions_meet_and_workers_have_equal_shares) {
    need_eal();
    constexpr uint16_t kWorkers = 3;
    const Capture capture(3000);
    Spread spread(capture.device(), kWorkers);
    std::map<std::pair<uint32_t, uint32_t>, std::set<uint16_t>> owners;
    std::array<uint64_t, kWorkers> received{};
    for (int idle = 0; idle < 100; ++idle) {
        for (uint16_t worker = 0; worker < kWorkers; ++worker) {
            const uint32_t count = spread.receive(worker, [&](const rte_mbuf* packet) {
                PacketView view;
                const std::span<const uint8_t> frame(rte_pktmbuf_mtod(packet, const uint8_t*),
                                                     packet->data_len);
                if (parse_frame(frame, packet->pkt_len, ParseRules{}, view) == Reject::kNone) {
                    owners[std::minmax(view.source4, view.destination4)].insert(worker);
                } else {
                    EXPECT_EQ(worker, 0);
                }
            });
            received[worker] += count;
            idle = count != 0 ? 0 : idle;
        }
    }
    EXPECT_EQ(owners.size(), 3000u);
    for (const auto& [pair, workers] : owners) {
        ASSERT_EQ(workers.size(), 1u);
    }
    for (const uint64_t packets : received) {
        EXPECT_NEAR(static_cast<double>(packets), static_cast<double>(capture.frames()) / kWorkers,
                    static_cast<double>(capture.frames()) * 0.03);
    }
    EXPECT_EQ(received[0] + received[1] + received[2], capture.frames());
    EXPECT_EQ(spread.missed(), 0u);
    EXPECT_TRUE(spread.all_free());
}

TEST(Spreader, what_finds_no_room_in_a_workers_ring_is_counted_as_missed_and_the_rest_freed) {
    need_eal();
    const Capture capture(3000);
    Spread spread(capture.device(), 2);
    uint64_t kept = 0;
    for (int idle = 0; idle < 400; ++idle) {
        const uint32_t count = spread.receive(0, [](const rte_mbuf*) {});
        kept += count;
        idle = count != 0 ? 0 : idle;
    }
    // Nobody takes what is the other worker's: its ring is full, one place short of its size.
    EXPECT_EQ(kept + spread.missed() + kSpreadRingPackets - 1, capture.frames());
    EXPECT_GT(spread.missed(), 0u);
    EXPECT_FALSE(spread.all_free());
    spread.let_go();
    EXPECT_TRUE(spread.all_free());
}

// Three worker threads; as they may share one core, rings can run over: what is lost is counted.
TEST(Spreader, under_an_engine_every_frame_is_received_or_missed_and_every_collect_adds_up) {
    need_eal();
    const Capture capture(3000);
    EngineConfig config = ring_config(capture.device(), EngineConfig::Drive::kWorkers);
    config.groups[0].cores = {0, 0, 0};
    auto engine = Engine::create(config, small_table(1));
    ASSERT_TRUE(engine) << engine.error().message;
    ASSERT_TRUE((*engine)->start());
    uint64_t received = 0, accounted = 0, missed = 0, of_workers = 0, of_queues = 0;
    const auto collect = [&] {
        const Snapshot snapshot = (*engine)->collect();
        const PortDelta& port = snapshot.ports[0];
        received += port.received_packets;
        missed += port.missed_packets;
        accounted +=
            std::accumulate(port.rejected.begin(), port.rejected.end(), port.counted_packets);
        ASSERT_EQ(received, accounted);
        for (const WorkerDelta& worker : snapshot.workers) {
            of_workers += worker.received_packets;
            for (const QueueDelta& queue : worker.queues) {
                of_queues += queue.received_packets;
            }
        }
    };
    for (int i = 0; i < 10'000 && received + missed < capture.frames(); ++i) {
        collect();
    }
    (*engine)->stop();
    collect();
    EXPECT_EQ(received + missed, capture.frames());
    EXPECT_EQ(of_workers, received);
    EXPECT_EQ(of_queues, received);
    const Snapshot rest = (*engine)->collect();
    EXPECT_EQ(rest.ports[0].mbufs_free, rest.ports[0].mbufs_capacity);
}

}  // namespace
}  // namespace lull
