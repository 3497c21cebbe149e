// What devices tell while they run is acted upon. No device here raises such an event by itself, so
// the tests call what a driver calls: DPDK's own way in for them.
#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include "dataplane/engine.h"
#include "dataplane/port.h"
#include "dataplane/transmit.h"
#include "tests/support/engine_bench.h"

// DPDK's interface for drivers, of which Debian ships the library and not the header.
extern "C" {
struct rte_eth_dev;
rte_eth_dev* rte_eth_dev_allocated(const char* name);
int rte_eth_dev_callback_process(rte_eth_dev* device, rte_eth_event_type event, void* argument);
}

namespace lull {
namespace {

using testing::need_eal;
using testing::ring_config;
using testing::ring_device;
using testing::small_table;

uint64_t count(const PortDelta& port, PortEvent event) {
    return port.events[static_cast<std::size_t>(event)];
}

// Two ports of two groups, so that one can fail while the other goes on; one worker thread each.
class Devices : public ::testing::Test {
  protected:
    void SetUp() override {
        need_eal();
        for (std::string& device : devices_) {
            device = ring_device();
        }
        EngineConfig config = ring_config(devices_[0], EngineConfig::Drive::kWorkers);
        config.groups.push_back({"other", {0}});
        PortConfig other;
        other.name = "other";
        other.device = devices_[1];
        other.group = 1;
        config.ports.push_back(other);
        auto engine = Engine::create(config, small_table(1));
        ASSERT_TRUE(engine) << engine.error().message;
        engine_ = std::move(*engine);
        ASSERT_TRUE(engine_->start());
        engine_->maintain();
        engine_->collect();
    }
    void raise(std::size_t device, rte_eth_event_type event) const {
        rte_eth_dev_callback_process(rte_eth_dev_allocated(devices_[device].c_str()), event,
                                     nullptr);
    }
    Snapshot after_maintenance() {
        engine_->maintain();
        return engine_->collect();
    }
    // Sends a hundred frames to a port; how many of them its worker received.
    uint64_t received_of_hundred(std::size_t device) {
        {
            auto port = Transmitter::open(devices_[device]);
            EXPECT_TRUE(port) << port.error().message;
            const auto frame = testing::PacketBuilder()
                                   .ethernet()
                                   .ipv4("198.51.1.1", "203.0.7.7")
                                   .tcp(40000, 443, 0x18)
                                   .build();
            for (int i = 0; i < 100; ++i) {
                const auto room = (*port)->next(static_cast<uint32_t>(frame.size()));
                EXPECT_EQ(room.size(), frame.size());
                std::copy(frame.begin(), frame.end(), room.begin());
            }
            (*port)->flush(1);
        }
        uint64_t received = 0;
        for (int i = 0; i < 10'000 && received < 100; ++i) {
            received += engine_->collect().ports[device].received_packets;
        }
        return received;
    }

    std::array<std::string, 2> devices_;
    std::unique_ptr<Engine> engine_;
};

TEST_F(Devices, a_reset_that_the_driver_asks_for_is_made_and_the_port_goes_on) {
    ASSERT_EQ(received_of_hundred(0), 100u);
    raise(0, RTE_ETH_EVENT_INTR_RESET);
    const Snapshot snapshot = after_maintenance();
    EXPECT_EQ(count(snapshot.ports[0], PortEvent::kReset), 1u);
    EXPECT_EQ(snapshot.ports[0].restarts, 1u);
    EXPECT_EQ(snapshot.ports[0].device, DeviceState::kWorking);
    EXPECT_EQ(snapshot.ports[1].restarts, 0u);
    EXPECT_EQ(received_of_hundred(0), 100u);
    EXPECT_EQ(count(after_maintenance().ports[0], PortEvent::kReset), 0u);  // told once
}

TEST_F(Devices, a_removed_device_is_polled_no_more_and_the_other_port_goes_on) {
    raise(0, RTE_ETH_EVENT_INTR_RMV);
    const Snapshot told = engine_->collect();  // before it is acted upon
    EXPECT_EQ(told.ports[0].device, DeviceState::kRemoved);
    EXPECT_EQ(count(told.ports[0], PortEvent::kRemoved), 1u);
    const Snapshot snapshot = after_maintenance();
    EXPECT_EQ(count(snapshot.ports[0], PortEvent::kRemoved), 0u);
    EXPECT_FALSE(snapshot.ports[0].link_up);
    uint16_t id = 0;
    EXPECT_NE(rte_eth_dev_get_port_by_name(devices_[0].c_str(), &id), 0);  // let go of
    EXPECT_EQ(received_of_hundred(1), 100u);
    const Snapshot later = after_maintenance();
    EXPECT_EQ(later.ports[0].device, DeviceState::kRemoved);
    EXPECT_EQ(later.ports[0].mbufs_free, later.ports[0].mbufs_capacity);
}

TEST_F(Devices, a_device_that_its_driver_mends_is_left_alone_until_it_is_mended) {
    raise(0, RTE_ETH_EVENT_ERR_RECOVERING);
    raise(0, RTE_ETH_EVENT_INTR_RESET);  // must wait: no control calls while the driver is at it
    const Snapshot ill = after_maintenance();
    EXPECT_EQ(ill.ports[0].device, DeviceState::kRecovering);
    EXPECT_FALSE(ill.ports[0].link_up);
    EXPECT_EQ(ill.ports[0].restarts, 0u);
    raise(0, RTE_ETH_EVENT_RECOVERY_SUCCESS);
    const Snapshot well = after_maintenance();
    EXPECT_EQ(well.ports[0].device, DeviceState::kWorking);
    EXPECT_EQ(count(well.ports[0], PortEvent::kRecovered), 1u);
    EXPECT_TRUE(well.ports[0].link_up);
    EXPECT_EQ(received_of_hundred(0), 100u);
}

TEST_F(Devices, a_device_that_its_driver_could_not_mend_is_let_go_of) {
    raise(1, RTE_ETH_EVENT_ERR_RECOVERING);
    raise(1, RTE_ETH_EVENT_RECOVERY_FAILED);
    const Snapshot snapshot = after_maintenance();
    EXPECT_EQ(snapshot.ports[1].device, DeviceState::kFailed);
    EXPECT_EQ(count(snapshot.ports[1], PortEvent::kRecoveryFailed), 1u);
    EXPECT_EQ(received_of_hundred(0), 100u);
}

TEST_F(Devices, a_link_that_flaps_between_two_looks_is_told_all_the_same) {
    raise(0, RTE_ETH_EVENT_INTR_LSC);
    raise(0, RTE_ETH_EVENT_INTR_LSC);
    const Snapshot snapshot = after_maintenance();
    EXPECT_EQ(count(snapshot.ports[0], PortEvent::kLink), 2u);
    EXPECT_TRUE(snapshot.ports[0].link_up);
    EXPECT_EQ(snapshot.ports[0].restarts, 0u);
}

TEST(Port, the_redirection_table_of_a_device_says_what_the_plan_says) {
    need_eal();
    const std::string device = "net_null7";
    const auto offer = Port::offer(device);
    ASSERT_TRUE(offer) << offer.error().message;
    ASSERT_EQ(spread_by(*offer, 3), SpreadBy::kDevice);
    const RssPlan plan{.layer4 = RTE_ETH_RSS_TCP, .table_entries = 64};
    auto port = Port::open({.device = device, .workers = 3, .rss = plan});
    ASSERT_TRUE(port) << port.error().message;
    std::array<rte_eth_rss_reta_entry64, 2> table{};
    table[0].mask = table[1].mask = ~uint64_t{0};
    ASSERT_EQ(rte_eth_dev_rss_reta_query((*port)->id(), table.data(), offer->table_entries), 0);
    for (uint32_t entry = 0; entry < offer->table_entries; ++entry) {
        EXPECT_EQ(table[entry / 64].reta[entry % 64], entry % 64 % 3) << entry;
    }
    std::array<uint8_t, 40> key{};
    rte_eth_rss_conf conf{};
    conf.rss_key = key.data();
    conf.rss_key_len = key.size();
    ASSERT_EQ(rte_eth_dev_rss_hash_conf_get((*port)->id(), &conf), 0);
    EXPECT_EQ(key[38], kSymmetricKeyPair[0]);
    EXPECT_EQ(key[39], kSymmetricKeyPair[1]);
}

}  // namespace
}  // namespace lull
