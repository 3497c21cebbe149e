// See worker.h. Hot: no allocation, lock, log or system call inside run().
#include "dataplane/worker.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>

namespace lull {

namespace {

bool inside(uint32_t address, const Route4& prefix) {
    return prefix.length == 0 || ((address ^ prefix.address) >> (32 - prefix.length)) == 0;
}

bool inside(const Ipv6Bytes& address, const Route6& prefix) {
    const std::size_t whole = prefix.length / 8, rest = prefix.length % 8;
    return std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                      prefix.address.begin()) &&
           (rest == 0 || ((address[whole] ^ prefix.address[whole]) >> (8 - rest)) == 0);
}

bool excluded(const PacketView& view, const Exclude& exclude) {
    if (view.family == Family::kIpv4) {
        return std::any_of(exclude.prefixes4.begin(), exclude.prefixes4.end(), [&](auto& prefix) {
            return inside(view.source4, prefix) || inside(view.destination4, prefix);
        });
    }
    return std::any_of(exclude.prefixes6.begin(), exclude.prefixes6.end(), [&](auto& prefix) {
        return inside(view.source6, prefix) || inside(view.destination6, prefix);
    });
}

// The head of a frame as contiguous bytes: in place, or copied from a chain of segments whose
// first one is short.
std::span<const uint8_t> head_of(const rte_mbuf* packet,
                                 std::array<uint8_t, kParseWindowBytes>& copy) {
    if (packet->nb_segs == 1 || packet->data_len >= kParseWindowBytes) [[likely]] {
        return {rte_pktmbuf_mtod(packet, const uint8_t*), packet->data_len};
    }
    const uint32_t length = std::min<uint32_t>(packet->pkt_len, kParseWindowBytes);
    const void* bytes = rte_pktmbuf_read(packet, 0, length, copy.data());
    return {static_cast<const uint8_t*>(bytes), bytes == nullptr ? 0 : length};
}

}  // namespace

Worker::Worker(uint32_t index, uint32_t core, std::vector<WorkerQueue> queues, const Shared& shared)
    : heartbeat_interval_(rte_get_tsc_hz() / 1000),
      index_(index),
      core_(core),
      queues_(std::move(queues)),
      shared_(shared) {
    const TableSet* table = shared_.table.load(std::memory_order_acquire);
    table_.store(table, std::memory_order_release);
    banks_[0].generation = table->generation();
    last_turn_tsc_ = rte_rdtsc();
    heartbeat_tsc_.store(last_turn_tsc_, std::memory_order_relaxed);
}

void Worker::run() {
    Burst burst;
    last_turn_tsc_ = rte_rdtsc();
    for (uint32_t turn = 0; !stop_.load(std::memory_order_relaxed); ++turn) {
        bool had_packets = false;
        for (uint32_t slot = 0; slot < queues_.size(); ++slot) {
            if ((paused_.load(std::memory_order_relaxed) >> slot & 1) != 0) {
                continue;
            }
            visits_.enter();
            const uint32_t received = burst.receive(queues_[slot].port_id, queues_[slot].queue_id);
            visits_.leave();
            if (received != 0) {
                process(slot, burst.packets());
                burst.release();
                had_packets = true;
            }
        }
        const uint64_t now = rte_rdtsc();
        note_turn(now, had_packets);
        if (!had_packets || turn % kHousekeepingTurns == 0) {
            housekeep(now);
        }
    }
}

void Worker::process(uint32_t slot, std::span<rte_mbuf* const> packets) {
    Bank& bank = banks_[active_];
    const TableSet& table = *table_.load(std::memory_order_relaxed);
    const uint32_t count = parse_burst(slot, packets, bank);
    look_up(table, count);
    const std::span<const PacketView> views(views_.data(), count);
    const std::span<const OriginPair> origins(origins_.data(), count);
    count_origins(views, origins, bank);
    count_areas(views, origins, table.traits(), shared_.sketch_seed, bank);
    sample_addresses(views, origins, bank);
}

uint32_t Worker::parse_burst(uint32_t slot, std::span<rte_mbuf* const> packets, Bank& bank) {
    const WorkerQueue& queue = queues_[slot];
    PortCounts& port = bank.ports[slot];
    std::array<uint8_t, kParseWindowBytes> copy;
    for (rte_mbuf* packet : packets) {
        rte_prefetch0(rte_pktmbuf_mtod(packet, void*));
    }
    const bool has_prefixes =
        !queue.exclude->prefixes4.empty() || !queue.exclude->prefixes6.empty();
    uint32_t count = 0;
    for (const rte_mbuf* packet : packets) {
        port.received_bytes += packet->pkt_len;
        PacketView& view = views_[count];
        Reject reason = parse_frame(head_of(packet, copy), packet->pkt_len, queue.rules, view);
        if (reason == Reject::kNone && has_prefixes && excluded(view, *queue.exclude)) {
            reason = Reject::kExcluded;
        }
        if (reason == Reject::kNone) [[likely]] {
            port.truncated_packets += view.truncated ? 1 : 0;
            ++count;
        } else {
            port.rejected[static_cast<std::size_t>(reason)] += 1;
        }
    }
    port.received_packets += packets.size();
    port.counted_packets += count;
    return count;
}

void Worker::look_up(const TableSet& table, uint32_t count) {
    std::array<uint32_t, 2 * kBurstPackets> addresses4;
    std::array<Ipv6Bytes, 2 * kBurstPackets> addresses6;
    std::array<OriginId, 2 * kBurstPackets> found;
    std::array<uint8_t, kBurstPackets> index4, index6;
    uint32_t n4 = 0, n6 = 0;
    for (uint32_t i = 0; i < count; ++i) {
        const PacketView& view = views_[i];
        if (view.family == Family::kIpv4) {
            addresses4[2 * n4] = view.source4;
            addresses4[2 * n4 + 1] = view.destination4;
            index4[n4++] = static_cast<uint8_t>(i);
        } else {
            addresses6[2 * n6] = view.source6;
            addresses6[2 * n6 + 1] = view.destination6;
            index6[n6++] = static_cast<uint8_t>(i);
        }
    }
    table.lookup4({addresses4.data(), 2 * n4}, found);
    for (uint32_t i = 0; i < n4; ++i) {
        origins_[index4[i]] = {found[2 * i], found[2 * i + 1]};
    }
    if (n6 != 0) {
        table.lookup6({addresses6.data(), 2 * n6}, found);
        for (uint32_t i = 0; i < n6; ++i) {
            origins_[index6[i]] = {found[2 * i], found[2 * i + 1]};
        }
    }
}

void Worker::note_turn(uint64_t now_tsc, bool had_packets) {
    Bank& bank = banks_[active_];
    const uint64_t cycles = now_tsc - last_turn_tsc_;
    last_turn_tsc_ = now_tsc;
    bank.total_cycles += cycles;
    bank.busy_cycles += had_packets ? cycles : 0;
    bank.longest_turn_cycles = std::max(bank.longest_turn_cycles, cycles);
    bank.turns += 1;
}

void Worker::housekeep(uint64_t now_tsc) {
    if (flips_wanted_.load(std::memory_order_acquire) !=
        flips_done_.load(std::memory_order_relaxed)) {
        flip();
    }
    // Quiescent means: holds no table but the published one.
    if (shared_.qsbr != nullptr &&
        table_.load(std::memory_order_relaxed) == shared_.table.load(std::memory_order_acquire)) {
        rte_rcu_qsbr_quiescent(shared_.qsbr, index_);
    }
    paused_.store(pause_wanted_.load(std::memory_order_acquire), std::memory_order_release);
    if (now_tsc - last_heartbeat_ > heartbeat_interval_) {
        last_heartbeat_ = now_tsc;
        heartbeat_tsc_.store(now_tsc, std::memory_order_relaxed);
    }
}

void Worker::flip() {
    const TableSet* table = shared_.table.load(std::memory_order_acquire);
    table_.store(table, std::memory_order_release);
    active_ ^= 1;
    banks_[active_].generation = table->generation();
    // As often as wanted at once: a flip that was not answered in time was given up by control.
    flips_done_.fetch_add(1, std::memory_order_release);
}

}  // namespace lull
