// See transmit.h.
#include "dataplane/transmit.h"

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "dataplane/driver_guard.h"
#include "dataplane/limits.h"
#include "dataplane/port.h"

namespace lull {

namespace {

constexpr auto kRetryPause = std::chrono::microseconds(20);

}  // namespace

struct Transmitter::Impl {
    std::unique_ptr<Port> own_port;  // null when an Engine's port is shared
    uint16_t port_id = 0;
    rte_mempool* pool = nullptr;
    std::array<rte_mbuf*, kBurstPackets> batch{};
    uint32_t batched = 0;
    std::vector<rte_mbuf*> leaked;
    DriverVisits visits;
    TransmitTotals totals;
};

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
        auto port = Port::open({.device = device, .mbufs = mbufs});
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
    return std::unique_ptr<Transmitter>(new Transmitter(std::move(impl)));
}

std::span<uint8_t> Transmitter::next(uint32_t bytes) {
    Impl& self = *impl_;
    if (self.batched == self.batch.size()) {
        flush(0);
    }
    self.totals.offered += 1;
    rte_mbuf* packet = bytes <= kMaxTransmitBytes ? rte_pktmbuf_alloc(self.pool) : nullptr;
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

void Transmitter::flush(double patience_s) {
    Impl& self = *impl_;
    uint32_t done = 0;
    const uint64_t deadline =
        rte_rdtsc() + static_cast<uint64_t>(patience_s * static_cast<double>(rte_get_tsc_hz()));
    while (done < self.batched) {
        self.visits.enter();
        done += rte_eth_tx_burst(self.port_id, 0, self.batch.data() + done,
                                 static_cast<uint16_t>(self.batched - done));
        self.visits.leave();
        if (done < self.batched) {
            if (rte_rdtsc() >= deadline) {
                break;
            }
            std::this_thread::sleep_for(kRetryPause);
        }
    }
    rte_pktmbuf_free_bulk(self.batch.data() + done, self.batched - done);
    self.totals.sent += done;
    self.totals.refused += self.batched - done;
    self.batched = 0;
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
