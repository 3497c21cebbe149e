// See port.h.
#include "dataplane/port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <string_view>

#include "dataplane/device.h"
#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr uint32_t kPoolCache = 256;
// Jumbo frames on taps: 9,600 bytes with their header; what is longer than a buffer comes in
// segments.
constexpr uint16_t kLongestMtu = 9600 - RTE_ETHER_HDR_LEN;
// Of a device that has no segments: what a buffer holds behind the header and two tags.
constexpr uint16_t kBufferMtu = RTE_MBUF_DEFAULT_DATAROOM - RTE_ETHER_HDR_LEN - 2 * 4;

using RssKey = std::array<uint8_t, 64>;

RssKey symmetric_key() {
    RssKey key{};
    for (std::size_t i = 0; i < key.size(); ++i) {
        key[i] = kSymmetricKeyPair[i % 2];
    }
    return key;
}

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

std::optional<uint16_t> mtu_within(uint16_t device_most, uint16_t wanted) {
    if (device_most == UINT16_MAX) {
        return std::nullopt;  // ethdev's value where a driver names none
    }
    return std::min(device_most, wanted);
}

static std::string driver_of(const std::string& device) {
    const std::string name = device_name(device);
    return name.starts_with("net_") ? name.substr(0, name.find_last_not_of("0123456789") + 1)
                                    : "pci";
}

static Result<rte_eth_dev_info> info_of(uint16_t id) {
    rte_eth_dev_info info{};
    if (const int rc = rte_eth_dev_info_get(id, &info); rc != 0) {
        return failed("its properties cannot be read: {}", rte_strerror(-rc));
    }
    return info;
}

Result<RssOffer> Port::offer(const std::string& device) {
    const auto id = attach_device(device);
    if (!id) {
        return tl::unexpected(id.error());
    }
    const auto info = info_of(*id);
    if (!info) {
        return within(device, info.error());
    }
    const bool is_virtio = std::string_view(info->driver_name) == "net_virtio";
    return RssOffer{.max_queues = info->max_rx_queues,
                    .fields = info->flow_type_rss_offloads,
                    .table_entries = info->reta_size,
                    .key_bytes = info->hash_key_size != 0 ? info->hash_key_size : uint8_t{40},
                    .fed_by_peer = is_virtio || driver_of(device) != "pci"};
}

Result<std::unique_ptr<Port>> Port::open(const PortOptions& options) {
    const auto offer = Port::offer(options.device);
    const auto id = attach_device(options.device);
    if (!offer || !id) {
        return tl::unexpected(!offer ? offer.error() : id.error());
    }
    std::unique_ptr<Port> port(new Port());
    port->options_ = options;
    port->offer_ = *offer;
    port->id_ = *id;
    port->probed_ = true;
    port->name_ = device_name(options.device);
    port->driver_ = driver_of(options.device);
    port->kernel_link_ = KernelLink(device_argument_of(options.device, "iface"));
    port->spread_by_ = lull::spread_by(*offer, options.workers);
    port->rx_queues_ = port->spread_by_ == SpreadBy::kSoftware ? 1 : options.workers;
    port->tx_queues_ = options.tx_queues;
    port->node_ = rte_eth_dev_socket_id(*id);
    for (const auto step : {&Port::configure, &Port::setup_queues}) {
        if (auto ok = (port.get()->*step)(); !ok) {
            return within(options.device, ok.error());
        }
    }
    port->events_.emplace(*id);
    if (auto ok = port->restart(); !ok && port->driver_ != "net_memif") {
        return within(options.device, ok.error());
    }
    return port;
}

rte_eth_rss_conf Port::rss_conf(std::array<uint8_t, 64>& key) const {
    rte_eth_rss_conf conf{};
    conf.rss_hf = rss_fields(offer_, options_.rss);
    conf.rss_key = key.data();
    conf.rss_key_len = std::min<uint8_t>(offer_.key_bytes, 64);
    return conf;
}

Result<void> Port::configure() {
    const auto info = info_of(id_);
    if (!info) {
        return tl::unexpected(info.error());
    }
    RssKey key = symmetric_key();
    rte_eth_conf conf{};
    conf.rxmode.offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    const bool in_segments = (conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
    const uint16_t longest = in_segments ? kLongestMtu : kBufferMtu;
    conf.rxmode.mtu = mtu_within(info->max_mtu, longest).value_or(0);  // 0: ethdev's own, 1,500
    if (spread_by_ == SpreadBy::kDevice) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf = rss_conf(key);
    }
    conf.intr_conf.lsc = (*info->dev_flags & RTE_ETH_DEV_INTR_LSC) != 0 ? 1 : 0;
    conf.intr_conf.rmv = (*info->dev_flags & RTE_ETH_DEV_INTR_RMV) != 0 ? 1 : 0;
    tx_queues_ = std::min(tx_queues_, info->max_tx_queues);
    const int rc = rte_eth_dev_configure(id_, rx_queues_, tx_queues_, &conf);
    if (rc != 0) {
        return failed("it cannot be configured: {}", rte_strerror(-rc));
    }
    // A driver that names no most may take it all the same, or refuse and keep 1,500. Not asked of
    // vdevs: the MTU of af_packet's and tap's is that of an interface which others use as well.
    if (conf.rxmode.mtu == 0 && driver_ == "pci") {
        rte_eth_dev_set_mtu(id_, longest);
    }
    return {};
}

Result<void> Port::setup_queues() {
    uint16_t descriptors = options_.rx_descriptors, tx_descriptors = 512;
    rte_eth_dev_adjust_nb_rx_tx_desc(id_, &descriptors, &tx_descriptors);
    mbufs_needed_ = 2u * descriptors;
    if (!pool_) {
        // With software spreading the rings to the workers take the place of descriptors.
        mbufs_ = options_.mbufs != 0
                     ? options_.mbufs
                     : 2u * options_.workers * (descriptors + kBurstPackets + kPoolCache) +
                           mbufs_needed_;
        pool_.reset(rte_pktmbuf_pool_create(pool_name().c_str(), mbufs_, kPoolCache, 0,
                                            RTE_MBUF_DEFAULT_BUF_SIZE, node_));
    }
    if (!pool_) {
        return failed("no memory for {} mbufs: {}; mend: raise dpdk.memory_mb", mbufs_,
                      rte_strerror(rte_errno));
    }
    pools_by_port()[id_] = pool_.get();
    const auto node = static_cast<unsigned>(node_);
    for (uint16_t queue = 0; queue < rx_queues_; ++queue) {
        const int rc = rte_eth_rx_queue_setup(id_, queue, descriptors, node, nullptr, pool_.get());
        if (rc != 0) {
            return failed("receive queue {} cannot be set up: {}", queue, rte_strerror(-rc));
        }
    }
    for (uint16_t queue = 0; queue < tx_queues_; ++queue) {
        const int rc = rte_eth_tx_queue_setup(id_, queue, tx_descriptors, node, nullptr);
        if (rc != 0) {
            return failed("send queue {} cannot be set up: {}", queue, rte_strerror(-rc));
        }
    }
    return {};
}

// Two bytes in turn make a hash symmetric in either order. True too where the driver does not say.
static bool has_symmetric_key(uint16_t id) {
    std::array<uint8_t, 64> key{};
    rte_eth_rss_conf conf{};
    conf.rss_key = key.data();
    conf.rss_key_len = key.size();
    if (rte_eth_dev_rss_hash_conf_get(id, &conf) != 0) {
        return true;
    }
    const std::size_t length = std::min<std::size_t>(conf.rss_key_len, 40);
    for (std::size_t i = 2; i < length; ++i) {
        if (key[i] != key[i - 2]) {
            return false;
        }
    }
    return true;
}

// What the driver made of the key is looked at: one that it did not take would tear conversations
// apart without a word. Some (net_null) do not take it at configuration but do here.
Result<void> Port::setup_rss() {
    if (spread_by_ != SpreadBy::kDevice) {
        return {};
    }
    if (!has_symmetric_key(id_)) {
        RssKey key = symmetric_key();
        rte_eth_rss_conf conf = rss_conf(key);
        rte_eth_dev_rss_hash_update(id_, &conf);
    }
    if (!has_symmetric_key(id_)) {
        return failed(
            "its RSS key cannot be set to a symmetric one: both directions of a conversation "
            "would not meet; mend: one core for this port");
    }
    if (offer_.table_entries == 0) {
        return {};
    }
    std::array<rte_eth_rss_reta_entry64, RTE_ETH_RSS_RETA_SIZE_512 / RTE_ETH_RETA_GROUP_SIZE>
        table{};
    if (offer_.table_entries > table.size() * RTE_ETH_RETA_GROUP_SIZE) {
        return {};
    }
    for (uint32_t entry = 0; entry < offer_.table_entries; ++entry) {
        auto& part = table[entry / RTE_ETH_RETA_GROUP_SIZE];
        part.mask |= uint64_t{1} << (entry % RTE_ETH_RETA_GROUP_SIZE);
        part.reta[entry % RTE_ETH_RETA_GROUP_SIZE] =
            rss_queue(entry, options_.rss.table_entries, rx_queues_);
    }
    const int rc = rte_eth_dev_rss_reta_update(id_, table.data(), offer_.table_entries);
    if (rc != 0 && rc != -ENOTSUP) {
        return failed("its RSS redirection table cannot be set: {}", rte_strerror(-rc));
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
    if (auto ok = setup_rss(); !ok) {
        return ok;
    }
    // Not every device has the mode (vdevs); a tap needs it, so a failure is only passed over
    // there.
    rte_eth_promiscuous_enable(id_);
    return {};
}

Result<void> Port::reset() {
    if (started_) {
        refresh_counts();
        rte_eth_dev_stop(id_);
        started_ = false;
    }
    // A device without a reset of its own is set up anew all the same.
    if (const int rc = rte_eth_dev_reset(id_); rc != 0 && rc != -ENOTSUP) {
        return failed("it cannot be reset: {}", rte_strerror(-rc));
    }
    for (const auto step : {&Port::configure, &Port::setup_queues, &Port::restart}) {
        if (auto ok = (this->*step)(); !ok) {
            return ok;
        }
    }
    refresh_counts();
    return {};
}

void Port::withdraw() {
    last_state_ = device_state();
    close();
}

void Port::close() {
    if (!probed_) {
        return;
    }
    events_.reset();
    if (started_) {
        rte_eth_dev_stop(id_);
        started_ = false;
    }
    probed_ = false;
    pools_by_port()[id_] = nullptr;
    rte_eth_dev_info info{};
    rte_device* device = rte_eth_dev_info_get(id_, &info) == 0 ? info.device : nullptr;
    rte_eth_dev_close(id_);
    if (device != nullptr) {
        rte_dev_remove(device);
    }
}

Port::~Port() {
    close();
}

PortEventCounts Port::take_events() {
    if (!events_) {
        return {};
    }
    if (device_state() == DeviceState::kWorking &&
        kernel_link_.state() == KernelLink::State::kGone) {
        events_->note(PortEvent::kRemoved);
    }
    return events_->take();
}

DeviceState Port::device_state() const {
    return events_ ? events_->device() : last_state_;
}

bool Port::link_up() const {
    rte_eth_link link{};
    return started_ && device_state() == DeviceState::kWorking &&
           rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP &&
           kernel_link_.state() == KernelLink::State::kUp;
}

uint32_t Port::mbufs_free() const {
    return rte_mempool_avail_count(pool_.get());
}

const DeviceCounts& Port::refresh_counts() {
    rte_eth_stats stats{};
    // While its driver mends it, nobody else may touch the device.
    if (probed_ && device_state() == DeviceState::kWorking && rte_eth_stats_get(id_, &stats) == 0) {
        counts_.missed_packets += grown(stats.imissed, last_raw_.missed_packets);
        counts_.error_packets += grown(stats.ierrors, last_raw_.error_packets);
        counts_.nombuf_events += grown(stats.rx_nombuf, last_raw_.nombuf_events);
    }
    return counts_;
}

}  // namespace lull
