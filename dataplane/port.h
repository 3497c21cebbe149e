// A DPDK port as RAII: its device, its mbuf pool, its receive queues, and its counters accumulated
// across device resets (memif's restart from zero when the peer returns).
#pragma once

#include <rte_mempool.h>

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/error.h"

namespace lull {

struct PortOptions {
    std::string device;  // PCI address or vdev string
    uint16_t rx_queues = 1;
    uint16_t tx_queues = 1;  // none are opened on a device that cannot send
    uint16_t rx_descriptors = 1024;
    uint32_t mbufs = 0;  // 0: queues x (descriptors + burst + cache) x 2
};

/// Device counters since the port was opened.
struct DeviceCounts {
    uint64_t missed_packets = 0;
    uint64_t error_packets = 0;
    uint64_t nombuf_events = 0;
};

class Port {
  public:
    /// Probes the device, configures queues (symmetric RSS where the device has it) and starts it.
    /// A memif client whose server is not there yet is opened all the same and started by
    /// restart() later.
    static Result<std::unique_ptr<Port>> open(const PortOptions& options);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    [[nodiscard]] uint16_t id() const { return id_; }
    [[nodiscard]] uint16_t rx_queues() const { return rx_queues_; }
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
    /// The vdev driver's name ("net_memif") or "pci".
    [[nodiscard]] const std::string& driver() const { return driver_; }

  private:
    struct PoolFree {
        void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
    };

    Port() = default;
    Result<void> configure(const PortOptions& options);
    Result<void> setup_queues(const PortOptions& options);

    std::string name_;
    std::string driver_;
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

/// The device name inside a device string: everything before the first comma.
std::string device_name(const std::string& device);
/// What a vdev string says of `key` ("queues"); empty if nothing.
std::string device_argument_of(const std::string& device, const std::string& key);
/// How many queues each way a vdev string asks for ("queues=2", "qpairs=2", two
/// tx_pcap), 1 without a word.
uint16_t device_queues(const std::string& device);
/// The receive pool of an open port of this process; null if none.
rte_mempool* pool_of_port(uint16_t port_id);
/// Attaches a device to EAL and returns its port id; finds one that is attached already.
Result<uint16_t> attach_device(const std::string& device);

}  // namespace lull
