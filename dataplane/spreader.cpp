// See spreader.h. Hot but for create().
#include "dataplane/spreader.h"

#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>

#include "dataplane/handover.h"
#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr std::size_t kAhead = 6;  // headers asked for before they are read

}  // namespace

void Spreader::RingFree::operator()(rte_ring* ring) const {
    void* packet = nullptr;
    while (rte_ring_dequeue(ring, &packet) == 0) {
        rte_pktmbuf_free(static_cast<rte_mbuf*>(packet));
    }
    rte_ring_free(ring);
}

Spreader::~Spreader() = default;

Result<std::unique_ptr<Spreader>> Spreader::create(uint16_t port_id, uint16_t workers,
                                                   const RssPlan& plan, const ParseRules& rules,
                                                   int node) {
    std::unique_ptr<Spreader> spreader(new Spreader(port_id, workers, plan, rules));
    for (uint16_t worker = 1; worker < workers; ++worker) {
        rte_ring* ring = rte_ring_create(fmt::format("lull_spread{}_{}", port_id, worker).c_str(),
                                         kSpreadRingPackets, node, RING_F_SP_ENQ | RING_F_SC_DEQ);
        if (ring == nullptr) {
            return failed("no memory for the ring of worker {}: {}; mend: raise dpdk.memory_mb",
                          worker, rte_strerror(rte_errno));
        }
        spreader->rings_.emplace_back(ring);
    }
    return spreader;
}

uint16_t Spreader::worker_of(const rte_mbuf* packet) const {
    PacketView view;
    const std::span<const uint8_t> head(rte_pktmbuf_mtod(packet, const uint8_t*), packet->data_len);
    // What cannot be read is counted as rejected by the first worker.
    if (parse_frame(head, packet->pkt_len, rules_, view) != Reject::kNone) {
        return 0;
    }
    return rss_queue(rss_hash(view, rss_input(view, plan_)), plan_.table_entries, workers_);
}

uint32_t Spreader::receive(uint16_t index, Burst& burst) {
    if (index != 0) {
        return burst.receive(rings_[index - 1u].get());
    }
    const uint32_t received = burst.receive(port_id_, 0);
    const std::span<rte_mbuf*> packets = burst.all();
    // Lanes one after another: a burst's hashes first, then a pass for each worker.
    std::array<uint16_t, kBurstPackets> owners;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        rte_prefetch0(rte_pktmbuf_mtod(packets[std::min(i + kAhead, packets.size() - 1)], void*));
        owners[i] = worker_of(packets[i]);
    }
    std::array<rte_mbuf*, kBurstPackets> lane;
    uint64_t missed = 0;
    for (uint16_t worker = 1; received != 0 && worker < workers_; ++worker) {
        uint32_t count = 0;
        for (std::size_t i = 0; i < packets.size(); ++i) {
            if (owners[i] == worker) {
                lane[count++] = packets[i];
            }
        }
        hand_over(lane.data(), count);
        const uint32_t taken = rte_ring_sp_enqueue_burst(
            rings_[worker - 1u].get(), reinterpret_cast<void**>(lane.data()), count, nullptr);
        missed += count - taken;
        rte_pktmbuf_free_bulk(lane.data() + taken, count - taken);
    }
    uint32_t kept = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (owners[i] == 0) {
            packets[kept++] = packets[i];
        }
    }
    burst.keep_first(kept);
    if (missed != 0) {
        missed_.store(missed_.load(std::memory_order_relaxed) + missed, std::memory_order_relaxed);
    }
    return received;
}

}  // namespace lull
