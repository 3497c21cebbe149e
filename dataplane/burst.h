// A Burst owns the mbufs that one receive returned and frees in bulk what it still holds.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/handover.h"
#include "dataplane/limits.h"

namespace lull {

class Burst {
  public:
    Burst() = default;
    ~Burst() { release(); }
    Burst(const Burst&) = delete;
    Burst& operator=(const Burst&) = delete;

    /// Receives up to kBurstPackets; must be empty before.
    uint32_t receive(uint16_t port_id, uint16_t queue_id) {
        count_ = rte_eth_rx_burst(port_id, queue_id, packets_.data(), kBurstPackets);
        take_over(packets_.data(), count_);
        first_ = 0;
        return count_;
    }
    /// The same from a ring that one other thread fills.
    uint32_t receive(rte_ring* ring) {
        count_ = rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(packets_.data()),
                                           kBurstPackets, nullptr);
        take_over(packets_.data(), count_);
        first_ = 0;
        return count_;
    }
    /// All that was received, for who passes some of it on: what stands first is kept.
    [[nodiscard]] std::span<rte_mbuf*> all() { return {packets_.data(), count_}; }
    void keep_first(uint32_t n) { count_ = n; }
    [[nodiscard]] bool empty() const { return first_ == count_; }
    [[nodiscard]] uint32_t size() const { return count_ - first_; }
    [[nodiscard]] std::span<rte_mbuf* const> packets() const {
        return {packets_.data() + first_, size()};
    }
    /// Frees the first `n` packets.
    void release_first(uint32_t n) {
        hand_over(packets_.data() + first_, n);
        rte_pktmbuf_free_bulk(packets_.data() + first_, n);
        first_ += n;
    }
    void release() {
        if (!empty()) {
            release_first(size());
        }
    }

  private:
    std::array<rte_mbuf*, kBurstPackets> packets_;
    uint32_t first_ = 0;
    uint32_t count_ = 0;
};

}  // namespace lull
