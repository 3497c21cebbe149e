// See transmit.h.
#include "dataplane/transmit.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "dataplane/device.h"
#include "dataplane/driver_guard.h"
#include "dataplane/handover.h"
#include "dataplane/limits.h"
#include "dataplane/parse.h"
#include "dataplane/port.h"
#include "dataplane/rss.h"

namespace lull {

namespace {

constexpr auto kRetryPause = std::chrono::microseconds(20);

// What of a batch goes to one queue.
struct Lane {
    std::array<rte_mbuf*, kBurstPackets> packets;
    uint16_t count = 0;
    uint16_t done = 0;
};

// Symmetric in the two IP addresses, as a tap's RSS is; what is not IP hashes to 0.
uint32_t conversation_hash(const rte_mbuf* packet) {
    const ParseRules rules;
    PacketView view;
    const std::span<const uint8_t> frame(rte_pktmbuf_mtod(packet, const uint8_t*),
                                         packet->data_len);
    return parse_frame(frame, packet->pkt_len, rules, view) == Reject::kNone
               ? rss_hash(view, RssInput::kAddresses)
               : 0;
}

}  // namespace

struct Transmitter::Impl {
    std::unique_ptr<Port> own_port;  // null when an Engine's port is shared
    uint16_t port_id = 0;
    uint16_t queues = 1;
    rte_mempool* pool = nullptr;
    std::array<rte_mbuf*, kBurstPackets> batch{};
    uint32_t batched = 0;
    std::vector<rte_mbuf*> leaked;
    DriverVisits visits;
    TransmitTotals totals;

    void sort_into(std::span<Lane> lanes) const;
    /// Offers every lane to its queue once; returns how many frames still wait.
    uint32_t send(std::span<Lane> lanes);
};

void Transmitter::Impl::sort_into(std::span<Lane> lanes) const {
    for (rte_mbuf* packet : std::span(batch).first(batched)) {
        Lane& lane = lanes[lanes.size() == 1 ? 0 : conversation_hash(packet) % lanes.size()];
        lane.packets[lane.count++] = packet;
    }
}

uint32_t Transmitter::Impl::send(std::span<Lane> lanes) {
    uint32_t waiting = 0;
    for (std::size_t queue = 0; queue < lanes.size(); ++queue) {
        Lane& lane = lanes[queue];
        if (lane.done < lane.count) {
            hand_over(lane.packets.data() + lane.done, lane.count - lane.done);
            visits.enter();
            lane.done = static_cast<uint16_t>(
                lane.done + rte_eth_tx_burst(port_id, static_cast<uint16_t>(queue),
                                             lane.packets.data() + lane.done,
                                             static_cast<uint16_t>(lane.count - lane.done)));
            visits.leave();
        }
        waiting += lane.count - lane.done;
    }
    return waiting;
}

Transmitter::Transmitter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Transmitter::~Transmitter() {
    leak(false);
    rte_pktmbuf_free_bulk(impl_->batch.data(), impl_->batched);
}

Result<std::unique_ptr<Transmitter>> Transmitter::open(const std::string& device, uint32_t mbufs) {
    auto impl = std::make_unique<Impl>();
    uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(device_name(device).c_str(), &id) == 0 &&
        pool_of_port(id) != nullptr) {
        impl->port_id = id;
        impl->pool = pool_of_port(id);
    } else {
        auto port =
            Port::open({.device = device,
                        .tx_queues = std::min<uint16_t>(device_queues(device), kMaxTransmitQueues),
                        .mbufs = mbufs});
        if (!port) {
            return tl::unexpected(port.error());
        }
        impl->own_port = std::move(*port);
        impl->port_id = impl->own_port->id();
        impl->pool = impl->own_port->pool();
        if (!impl->own_port->started()) {
            return failed(
                "device \"{}\" cannot be started; mend: for memif the drill is the "
                "server (role=server) and needs a socket path it may write",
                device);
        }
    }
    rte_eth_dev_info info{};
    if (rte_eth_dev_info_get(impl->port_id, &info) != 0 || info.nb_tx_queues == 0) {
        return refused("device \"{}\" cannot send", device);
    }
    impl->queues = std::min<uint16_t>(info.nb_tx_queues, kMaxTransmitQueues);
    return std::unique_ptr<Transmitter>(new Transmitter(std::move(impl)));
}

std::span<uint8_t> Transmitter::next(uint32_t bytes) {
    Impl& self = *impl_;
    if (self.batched == self.batch.size()) {
        flush(0);
    }
    self.totals.offered += 1;
    // The pool's raw half first, so that TSan knows of the hand-over before anything is written.
    rte_mbuf* packet = bytes <= kMaxTransmitBytes ? rte_mbuf_raw_alloc(self.pool) : nullptr;
    if (packet != nullptr) {
        take_over(&packet, 1);
        rte_pktmbuf_reset(packet);
    }
    char* data =
        packet == nullptr ? nullptr : rte_pktmbuf_append(packet, static_cast<uint16_t>(bytes));
    if (data == nullptr) {
        rte_pktmbuf_free(packet);
        self.totals.refused += 1;
        return {};
    }
    self.batch[self.batched++] = packet;
    return {reinterpret_cast<uint8_t*>(data), bytes};
}

void Transmitter::put(std::span<const uint8_t> frame) {
    const auto bytes = std::min<std::size_t>(frame.size(), kMaxTransmitBytes);
    const auto room = next(static_cast<uint32_t>(bytes));
    if (room.data() != nullptr) {
        // Not memcpy(): g++ 12 makes `rep movs` of it, 20 ns for a small frame.
        rte_memcpy(room.data(), frame.data(), bytes);
        impl_->batch[impl_->batched - 1]->pkt_len = static_cast<uint32_t>(frame.size());
    }
}

void Transmitter::flush(double patience_s) {
    Impl& self = *impl_;
    std::array<Lane, kMaxTransmitQueues> all;
    const std::span<Lane> lanes(all.data(), self.queues);
    self.sort_into(lanes);
    const uint64_t deadline =
        rte_rdtsc() + static_cast<uint64_t>(patience_s * static_cast<double>(rte_get_tsc_hz()));
    uint32_t waiting = 0;
    while ((waiting = self.send(lanes)) != 0 && rte_rdtsc() < deadline) {
        std::this_thread::sleep_for(kRetryPause);
    }
    for (Lane& lane : lanes) {
        rte_pktmbuf_free_bulk(lane.packets.data() + lane.done, lane.count - lane.done);
    }
    self.totals.sent += self.batched - waiting;
    self.totals.refused += waiting;
    self.batched = 0;
}

uint16_t Transmitter::queues() const {
    return impl_->queues;
}

TransmitTotals Transmitter::totals() const {
    // What waits in the batch is neither sent nor refused yet: leave it out, so that the sum holds.
    TransmitTotals totals = impl_->totals;
    totals.offered -= impl_->batched;
    return totals;
}

bool Transmitter::link_up() const {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(impl_->port_id, &link) == 0 &&
           link.link_status == RTE_ETH_LINK_UP;
}

void Transmitter::leak(bool on) {
    Impl& self = *impl_;
    if (!on) {
        rte_pktmbuf_free_bulk(self.leaked.data(), static_cast<unsigned>(self.leaked.size()));
        self.leaked.clear();
        return;
    }
    while (rte_mbuf* packet = rte_pktmbuf_alloc(self.pool)) {
        self.leaked.push_back(packet);
    }
}

Result<void> Transmitter::drain(double timeout_s) {
    flush(timeout_s);
    // No vdev tells when its peer has taken the last frame. Half a second is 10,000 times what a
    // polling peer needs for a full ring; a peer that does not poll has lost it either way.
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(timeout_s, 0.5)));
    return {};
}

}  // namespace lull
