// See offline.h.
#include "dataplane/offline.h"

#include <rte_mbuf_dyn.h>

#include <algorithm>
#include <limits>

namespace lull {

OfflinePump::OfflinePump(Worker& worker) : worker_(worker), ahead_(worker.queues().size()) {
    rte_mbuf_dyn_rx_timestamp_register(&timestamp_offset_, &timestamp_flag_);
}

bool OfflinePump::refill(uint32_t slot) {
    Burst& burst = ahead_[slot].burst;
    const WorkerQueue& queue = worker_.queues()[slot];
    return !burst.empty() || burst.receive(queue.port_id, queue.queue_id) != 0;
}

uint64_t OfflinePump::received_ns(const Ahead& ahead, const rte_mbuf* packet) const {
    uint64_t ns = 0;
    if (timestamp_offset_ >= 0 && (packet->ol_flags & timestamp_flag_) != 0) {
        ns = *RTE_MBUF_DYNFIELD(packet, timestamp_offset_, const rte_mbuf_timestamp_t*);
    }
    return std::max(ahead.last_ns, ns);
}

uint64_t OfflinePump::next_packet_ns() {
    uint64_t first = 0;
    for (uint32_t slot = 0; slot < ahead_.size(); ++slot) {
        if (refill(slot)) {
            const uint64_t ns = received_ns(ahead_[slot], ahead_[slot].burst.packets().front());
            first = first == 0 ? ns : std::min(first, ns);
        }
    }
    return first;
}

OfflinePump::Turn OfflinePump::next_turn(uint64_t limit_ns) {
    Turn turn{.first_ns = std::numeric_limits<uint64_t>::max(), .bound_ns = limit_ns};
    for (uint32_t slot = 0; slot < ahead_.size(); ++slot) {
        if (!refill(slot)) {
            continue;
        }
        turn.any = true;
        const uint64_t ns = received_ns(ahead_[slot], ahead_[slot].burst.packets().front());
        if (ns < turn.first_ns) {
            turn.bound_ns = std::min(limit_ns, turn.first_ns);
            turn.first_ns = ns;
            turn.slot = slot;
        } else {
            turn.bound_ns = std::min(turn.bound_ns, ns);
        }
    }
    return turn;
}

void OfflinePump::run(const Turn& turn) {
    Ahead& ahead = ahead_[turn.slot];
    const auto packets = ahead.burst.packets();
    uint32_t count = 0;
    while (count < packets.size()) {
        const uint64_t ns = received_ns(ahead, packets[count]);
        // Equal times on two ports: this one's first packet goes ahead, so there is progress.
        if (count > 0 && ns >= turn.bound_ns) {
            break;
        }
        ahead.last_ns = ns;
        ++count;
    }
    if (turn.first_ns != 0) {
        worker_.set_time_ns(turn.first_ns);
    }
    worker_.process(turn.slot, packets.first(count));
    ahead.burst.release_first(count);
}

Engine::Pumped OfflinePump::pump(uint64_t until_ns) {
    const uint64_t limit_ns = until_ns == 0 ? std::numeric_limits<uint64_t>::max() : until_ns;
    for (;;) {
        const Turn turn = next_turn(limit_ns);
        if (!turn.any) {
            return Engine::Pumped::kDrained;
        }
        if (turn.first_ns >= limit_ns) {
            return Engine::Pumped::kReachedLimit;
        }
        run(turn);
    }
}

}  // namespace lull
