// A DPDK port as RAII: its device, its mbuf pool, its receive queues, and its counters accumulated
// across device resets (memif's restart from zero when the peer returns).
#pragma once

#include <rte_mempool.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "dataplane/error.h"
#include "dataplane/kernel_link.h"
#include "dataplane/port_events.h"
#include "dataplane/rss.h"

namespace lull {

struct PortOptions {
    std::string device;      // PCI address or vdev string
    uint16_t workers = 1;    // that share its packets
    RssPlan rss{};           // of its group
    uint16_t tx_queues = 1;  // none are opened on a device that cannot send
    uint16_t rx_descriptors = 1024;
    uint32_t mbufs = 0;  // 0: workers x (descriptors + burst + cache) x 2
};

/// Device counters since the port was opened.
struct DeviceCounts {
    uint64_t missed_packets = 0;
    uint64_t error_packets = 0;
    uint64_t nombuf_events = 0;
};

/// The MTU to set on a device that takes `device_most` (rte_eth_dev_info::max_mtu) where `wanted`
/// is enough; nullopt: it does not say.
std::optional<uint16_t> mtu_within(uint16_t device_most, uint16_t wanted);

class Port {
  public:
    /// Probes the device, configures queues (symmetric RSS where the device has it) and starts it.
    /// A memif client whose server is not there yet is opened all the same and started by
    /// restart() later.
    static Result<std::unique_ptr<Port>> open(const PortOptions& options);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    /// Probes the device and says what it offers, before it is opened.
    static Result<RssOffer> offer(const std::string& device);

    [[nodiscard]] uint16_t id() const { return id_; }
    [[nodiscard]] uint16_t rx_queues() const { return rx_queues_; }
    [[nodiscard]] SpreadBy spread_by() const { return spread_by_; }
    /// The socket its memory lies on; negative when the device is on none.
    [[nodiscard]] int node() const { return node_; }
    [[nodiscard]] bool started() const { return started_; }
    [[nodiscard]] bool link_up() const;
    [[nodiscard]] rte_mempool* pool() const { return pool_.get(); }
    [[nodiscard]] uint32_t mbufs_free() const;
    [[nodiscard]] uint32_t mbufs_capacity() const { return mbufs_; }
    /// Fewer free ones than this and the port is about to go silent without any counter moving.
    [[nodiscard]] uint32_t mbufs_needed() const { return mbufs_needed_; }
    /// Reads the device's counters and adds what is new.
    const DeviceCounts& refresh_counts();
    /// Stops and starts the device; nobody may poll it meanwhile.
    Result<void> restart();
    /// Sets the device up anew after its driver asked for a reset; nobody may poll it meanwhile.
    Result<void> reset();
    /// Lets go of a device that is not there any more; nobody may poll the port from then on.
    void withdraw();
    [[nodiscard]] bool withdrawn() const { return !probed_; }
    /// What its driver and its kernel interface told since the last call.
    PortEventCounts take_events();
    [[nodiscard]] DeviceState device_state() const;
    /// The vdev driver's name ("net_memif") or "pci".
    [[nodiscard]] const std::string& driver() const { return driver_; }

  private:
    struct PoolFree {
        void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
    };

    Port() = default;
    Result<void> configure();
    Result<void> setup_queues();
    Result<void> setup_rss();
    [[nodiscard]] rte_eth_rss_conf rss_conf(std::array<uint8_t, 64>& key) const;
    void close();

    PortOptions options_;
    std::string name_;
    std::string driver_;
    RssOffer offer_;
    SpreadBy spread_by_ = SpreadBy::kNobody;
    int node_ = 0;
    KernelLink kernel_link_;
    std::optional<PortEvents> events_;
    DeviceState last_state_ = DeviceState::kWorking;  // once withdrawn
    uint16_t id_ = 0;
    uint16_t rx_queues_ = 1;
    uint16_t tx_queues_ = 1;
    uint32_t mbufs_ = 0;
    uint32_t mbufs_needed_ = 0;
    bool probed_ = false;
    bool started_ = false;
    std::unique_ptr<rte_mempool, PoolFree> pool_;
    DeviceCounts counts_;
    DeviceCounts last_raw_;
};

/// The receive pool of an open port of this process; null if none.
rte_mempool* pool_of_port(uint16_t port_id);

}  // namespace lull
