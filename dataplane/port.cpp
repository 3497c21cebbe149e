// See port.h.
#include "dataplane/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr uint32_t kPoolCache = 256;
constexpr uint32_t kMaxFrameBytes = 9600;  // jumbo frames on taps; longer ones come in segments

// Toeplitz over this key gives both directions of a conversation the same hash (Woo and Park 2012).
constexpr std::array<uint8_t, 2> kSymmetricKeyPair{0x6d, 0x5a};
constexpr uint64_t kRssFields =
    RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP;

uint64_t grown(uint64_t now, uint64_t& last) {
    // A counter that went down was reset by the device: what it shows is new.
    const uint64_t by = now >= last ? now - last : now;
    last = now;
    return by;
}

std::string pool_name() {
    static std::atomic<uint32_t> counter{0};
    return "lull_rx" + std::to_string(counter.fetch_add(1));
}

// By port id; written where ports are opened and closed, which is one thread's work.
std::array<rte_mempool*, RTE_MAX_ETHPORTS>& pools_by_port() {
    static std::array<rte_mempool*, RTE_MAX_ETHPORTS> pools{};
    return pools;
}

}  // namespace

rte_mempool* pool_of_port(uint16_t port_id) {
    return pools_by_port()[port_id];
}

std::string device_name(const std::string& device) {
    return device.substr(0, device.find(','));
}

std::string device_argument_of(const std::string& device, const std::string& key) {
    const std::size_t at = device.find("," + key + "=");
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t start = at + key.size() + 2;
    return device.substr(start, device.find(',', start) - start);
}

uint16_t device_queues(const std::string& device) {
    for (const char* key : {"queues", "qpairs"}) {
        const std::string text = device_argument_of(device, key);
        uint16_t queues = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), queues).ec == std::errc{} &&
            queues > 0) {
            return queues;
        }
    }
    const std::string file = ",tx_pcap=";
    uint16_t files = 0;
    for (std::size_t at = device.find(file); at != std::string::npos;
         at = device.find(file, at + 1)) {
        ++files;
    }
    return std::max<uint16_t>(files, 1);
}

// A memif server that was killed leaves its socket behind, and bind() then fails: remove a socket
// that nobody listens on.
static void remove_stale_socket(const std::string& device) {
    const std::string path = device_argument_of(device, "socket");
    if (!device.starts_with("net_memif") || device_argument_of(device, "role") != "server" ||
        path.empty()) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return;
    }
    path.copy(address.sun_path, path.size());
    const int probe = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (probe >= 0 &&
        connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
        errno == ECONNREFUSED) {
        unlink(path.c_str());
    }
    close(probe);
}

Result<uint16_t> attach_device(const std::string& device) {
    const std::string name = device_name(device);
    uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) {
        return id;
    }
    remove_stale_socket(device);
    const int rc = rte_dev_probe(device.c_str());
    if (rc != 0) {
        return failed(
            "device \"{}\" cannot be opened: {}; mend: `lull check --config FILE` says "
            "what this machine has",
            device, rte_strerror(-rc));
    }
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0) {
        return failed("device \"{}\" was attached but is no Ethernet port", device);
    }
    return id;
}

Result<std::unique_ptr<Port>> Port::open(const PortOptions& options) {
    auto id = attach_device(options.device);
    if (!id) {
        return tl::unexpected(id.error());
    }
    std::unique_ptr<Port> port(new Port());
    port->id_ = *id;
    port->probed_ = true;
    port->name_ = device_name(options.device);
    port->driver_ = "pci";
    if (port->name_.starts_with("net_")) {
        port->driver_ = port->name_.substr(0, port->name_.find_last_not_of("0123456789") + 1);
    }
    port->rx_queues_ = options.rx_queues;
    port->tx_queues_ = options.tx_queues;
    if (auto ok = port->configure(options); !ok) {
        return within(options.device, ok.error());
    }
    if (auto ok = port->setup_queues(options); !ok) {
        return within(options.device, ok.error());
    }
    if (auto ok = port->restart(); !ok && port->driver_ != "net_memif") {
        return within(options.device, ok.error());
    }
    return port;
}

Result<void> Port::configure(const PortOptions& options) {
    rte_eth_dev_info info{};
    if (const int rc = rte_eth_dev_info_get(id_, &info); rc != 0) {
        return failed("its properties cannot be read: {}", rte_strerror(-rc));
    }
    if (options.rx_queues > info.max_rx_queues) {
        return refused(
            "{} cores need as many receive queues, the device has {}; mend: list fewer "
            "cores for this port",
            options.rx_queues, info.max_rx_queues);
    }
    std::array<uint8_t, 64> key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = kSymmetricKeyPair[i % 2];
    }
    rte_eth_conf conf{};
    conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    if (info.max_mtu >= kMaxFrameBytes - RTE_ETHER_HDR_LEN && info.max_mtu != UINT16_MAX) {
        conf.rxmode.mtu = kMaxFrameBytes - RTE_ETHER_HDR_LEN;
    }
    if (options.rx_queues > 1 && (info.flow_type_rss_offloads & kRssFields) != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads & kRssFields;
        conf.rx_adv_conf.rss_conf.rss_key = key.data();
        conf.rx_adv_conf.rss_conf.rss_key_len =
            info.hash_key_size != 0 ? std::min<uint8_t>(info.hash_key_size, 64) : 40;
    }
    tx_queues_ = std::min(tx_queues_, info.max_tx_queues);
    const int rc = rte_eth_dev_configure(id_, options.rx_queues, tx_queues_, &conf);
    if (rc != 0) {
        return failed("it cannot be configured: {}", rte_strerror(-rc));
    }
    return {};
}

Result<void> Port::setup_queues(const PortOptions& options) {
    uint16_t descriptors = options.rx_descriptors, tx_descriptors = 512;
    rte_eth_dev_adjust_nb_rx_tx_desc(id_, &descriptors, &tx_descriptors);
    mbufs_needed_ = 2u * descriptors;
    mbufs_ = options.mbufs != 0
                 ? options.mbufs
                 : 2u * rx_queues_ * (descriptors + kBurstPackets + kPoolCache) + mbufs_needed_;
    const int node = rte_eth_dev_socket_id(id_);
    pool_.reset(rte_pktmbuf_pool_create(pool_name().c_str(), mbufs_, kPoolCache, 0,
                                        RTE_MBUF_DEFAULT_BUF_SIZE, node));
    if (!pool_) {
        return failed("no memory for {} mbufs: {}; mend: raise dpdk.memory_mb", mbufs_,
                      rte_strerror(rte_errno));
    }
    pools_by_port()[id_] = pool_.get();
    for (uint16_t queue = 0; queue < rx_queues_; ++queue) {
        const int rc = rte_eth_rx_queue_setup(id_, queue, descriptors, static_cast<unsigned>(node),
                                              nullptr, pool_.get());
        if (rc != 0) {
            return failed("receive queue {} cannot be set up: {}", queue, rte_strerror(-rc));
        }
    }
    for (uint16_t queue = 0; queue < tx_queues_; ++queue) {
        const int rc = rte_eth_tx_queue_setup(id_, queue, tx_descriptors,
                                              static_cast<unsigned>(node), nullptr);
        if (rc != 0) {
            return failed("send queue {} cannot be set up: {}", queue, rte_strerror(-rc));
        }
    }
    return {};
}

Result<void> Port::restart() {
    if (started_) {
        refresh_counts();
        rte_eth_dev_stop(id_);
        started_ = false;
    }
    const int rc = rte_eth_dev_start(id_);
    if (rc != 0) {
        return failed("it cannot be started: {}", rte_strerror(-rc));
    }
    started_ = true;
    // Not every device has the mode (vdevs); a tap needs it, so a failure is only passed over
    // there.
    rte_eth_promiscuous_enable(id_);
    return {};
}

Port::~Port() {
    if (started_) {
        rte_eth_dev_stop(id_);
    }
    if (probed_) {
        pools_by_port()[id_] = nullptr;
        rte_eth_dev_info info{};
        rte_device* device = rte_eth_dev_info_get(id_, &info) == 0 ? info.device : nullptr;
        rte_eth_dev_close(id_);
        if (device != nullptr) {
            rte_dev_remove(device);
        }
    }
}

bool Port::link_up() const {
    rte_eth_link link{};
    return started_ && rte_eth_link_get_nowait(id_, &link) == 0 &&
           link.link_status == RTE_ETH_LINK_UP;
}

uint32_t Port::mbufs_free() const {
    return rte_mempool_avail_count(pool_.get());
}

const DeviceCounts& Port::refresh_counts() {
    rte_eth_stats stats{};
    if (rte_eth_stats_get(id_, &stats) == 0) {
        counts_.missed_packets += grown(stats.imissed, last_raw_.missed_packets);
        counts_.error_packets += grown(stats.ierrors, last_raw_.error_packets);
        counts_.nombuf_events += grown(stats.rx_nombuf, last_raw_.nombuf_events);
    }
    return counts_;
}

}  // namespace lull
