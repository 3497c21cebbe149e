// See worker.h. Hot: no allocation, lock, log or system call inside run().
#include "dataplane/worker.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <bit>

#include "dataplane/idle.h"
#include "dataplane/link_addresses.h"
#include "dataplane/sample.h"

namespace lull {

namespace {

constexpr double kBeatUs = static_cast<double>(kBeatNs) / 1000;
constexpr std::size_t kStructAhead = 12, kHeaderAhead = 6;

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

// Keys of the flow table's hash, from the seed that the kernel's random numbers gave (or replay).
FlowHashKeys hash_keys(uint64_t seed, uint32_t worker) {
    FlowHashKeys keys;
    for (std::size_t i = 0; i < keys.words.size(); ++i) {
        keys.words[i] = mix(worker * keys.words.size() + i + 1, seed);
    }
    return keys;
}

}  // namespace

Worker::Worker(uint32_t index, uint32_t core, std::vector<WorkerQueue> queues, const Shared& shared,
               RecordQueue* records)
    : flows_(shared.flows, hash_keys(shared.sketch_seed, index), shared.sketch_seed,
             shared.offline ? FlowStage::Shedding::kNever : FlowStage::Shedding::kUnderPressure,
             index, records),
      heartbeat_interval_(rte_get_tsc_hz() / 1000),
      long_turn_cycles_(rte_get_tsc_hz() / 1'000'000 * kLongTurn_us),
      index_(index),
      core_(core),
      gives_records_(records != nullptr),
      queues_(std::move(queues)),
      shared_(shared) {
    adopt_published();
    banks_[0].generation = table()->generation();
    last_turn_tsc_ = started_tsc_ = rte_rdtsc();
    beats_per_cycle_ = shared.time_scale * 1e9 / static_cast<double>(kBeatNs) /
                       static_cast<double>(rte_get_tsc_hz());
    heartbeat_tsc_.store(last_turn_tsc_, std::memory_order_relaxed);
}

void Worker::run() {
    Burst burst;
    Idle idle(shared_.power);
    idle.prepare();
    last_turn_tsc_ = rte_rdtsc();
    for (uint32_t turn = 0; !stop_.load(std::memory_order_relaxed); ++turn) {
        bool had_packets = false;
        for (uint32_t slot = 0; slot < queues_.size(); ++slot) {
            if ((paused_.load(std::memory_order_relaxed) >> slot & 1) != 0) {
                continue;
            }
            if (receive(slot, burst) != 0) {
                process(slot, burst.packets());
                burst.release();
                had_packets = true;
            }
        }
        if (!had_packets) {
            follow();
        }
        if (flip_asked_) {
            settle_slice();
        }
        const uint64_t now = rte_rdtsc();
        note_turn(now, had_packets);
        if (!had_packets || turn % kHousekeepingTurns == 0) {
            housekeep(now);
        }
        if (had_packets) {
            idle.wake();
        } else if (!flip_asked_) {
            idle.rest();
        }
    }
}

uint32_t Worker::receive(uint32_t slot, Burst& burst) {
    const WorkerQueue& queue = queues_[slot];
    visits_.enter();
    const uint32_t received = queue.spreader == nullptr
                                  ? burst.receive(queue.port_id, queue.queue_id)
                                  : queue.spreader->receive(queue.queue_id, burst);
    visits_.leave();
    return received;
}

void Worker::process(uint32_t slot, std::span<rte_mbuf* const> packets) {
    Bank& bank = banks_[active_];
    if (!packets.empty()) {
        bank.bursts[static_cast<std::size_t>(std::bit_width(packets.size() - 1))] += 1;
    }
    batch_.count = parse_burst(slot, packets, bank);
    follow();
}

void Worker::follow() {
    if (batch_.count == 0) {
        return;
    }
    Bank& bank = banks_[active_];
    flows_.process(batch_, *table_.load(std::memory_order_relaxed), bank);
    sample_addresses({batch_.views.data(), batch_.count}, {batch_.origins.data(), batch_.count},
                     bank);
    batch_.count = 0;
}

// Counts a frame for who handed it in. `link` stands on the Ethernet header that tells.
MemberPair Worker::note_members(const MemberMap& members, Cursor link, uint32_t frame_bytes,
                                Bank& bank) const {
    const LinkAddresses addresses = link_addresses(link);
    const MemberPair pair{members.find(addresses.from, addresses.vlan),
                          members.find(addresses.to, addresses.vlan)};
    MemberCounts& counts = bank.members[index_of(pair.from)];
    counts.packets += 1;
    counts.bytes += frame_bytes;
    if (pair.from == kMemberUnknown && is_unicast(addresses.from)) {
        bank.unknown_macs.add(addresses.from);
    }
    return pair;
}

uint32_t Worker::parse_burst(uint32_t slot, std::span<rte_mbuf* const> packets, Bank& bank) {
    const WorkerQueue& queue = queues_[slot];
    PortCounts& port = bank.ports[slot];
    std::array<uint8_t, kParseWindowBytes> copy;
    const bool has_prefixes =
        !queue.exclude->prefixes4.empty() || !queue.exclude->prefixes6.empty();
    const MemberMap* const members = members_.load(std::memory_order_relaxed);
    uint32_t count = 0;
    if (packets.empty()) {
        return 0;
    }
    batch_.has_members = members != nullptr;
    batch_.inspect = inspect_.load(std::memory_order_relaxed);
    batch_.input = static_cast<uint8_t>(queue.port_index + 1);
    const bool keeps_frames = batch_.inspect != nullptr || gives_records_;
    bank.has_members |= batch_.has_members;
    const std::size_t last = packets.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
        // A few ahead, not all at once: a core has some sixteen lines on their way at a time.
        rte_prefetch0(packets[std::min(i + kStructAhead, last)]);
        rte_prefetch0(rte_pktmbuf_mtod(packets[std::min(i + kHeaderAhead, last)], void*));
        const rte_mbuf* const packet = packets[i];
        port.received_bytes += packet->pkt_len;
        PacketView& view = batch_.views[count];
        const std::span<const uint8_t> head = head_of(packet, copy);
        Reject reason = parse_frame(head, packet->pkt_len, queue.rules, view);
        if (reason == Reject::kNone && has_prefixes && excluded(view, *queue.exclude)) {
            reason = Reject::kExcluded;
        }
        if (members != nullptr) {
            Cursor link(head, packet->pkt_len);
            if (reason == Reject::kNone) {
                link.take(view.ip_offset - view.link_bytes);
                link.end_after(view.link_bytes);
            }
            batch_.members[count] = note_members(*members, link, packet->pkt_len, bank);
        }
        if (reason == Reject::kNone) [[likely]] {
            port.truncated_packets += view.truncated ? 1 : 0;
            flows_.prepare(batch_, count);
            if (keeps_frames) [[unlikely]] {
                batch_.frames[count] = {rte_pktmbuf_mtod(packet, const uint8_t*), packet->data_len};
            }
            if (wire_.samples(batch_.hashes[count])) [[unlikely]] {
                wire_.look(head, view, batch_.keys[count].direction, batch_.hashes[count], slot,
                           bank);
            }
            ++count;
        } else {
            port.rejected[static_cast<std::size_t>(reason)] += 1;
        }
    }
    port.received_packets += packets.size();
    port.counted_packets += count;
    return count;
}

void Worker::note_turn(uint64_t now_tsc, bool had_packets) {
    Bank& bank = banks_[active_];
    const uint64_t cycles = now_tsc - last_turn_tsc_;
    last_turn_tsc_ = now_tsc;
    wire_.set_time_us(static_cast<uint64_t>(beats_since_start(now_tsc) * kBeatUs));
    bank.total_cycles += cycles;
    bank.busy_cycles += had_packets ? cycles : 0;
    bank.longest_turn_cycles = std::max(bank.longest_turn_cycles, cycles);
    bank.long_turns += cycles > long_turn_cycles_ ? 1 : 0;
    bank.turns += 1;
}

void Worker::housekeep(uint64_t now_tsc) {
    flows_.set_beat(static_cast<uint32_t>(beats_since_start(now_tsc)));
    if (!flip_asked_ && flips_wanted_.load(std::memory_order_acquire) !=
                            flips_done_.load(std::memory_order_relaxed)) {
        flip_asked_ = true;
        flows_.begin_settling();
    }
    // Quiescent means: holds nothing but what is published.
    if (shared_.qsbr != nullptr && has_published()) {
        rte_rcu_qsbr_quiescent(shared_.qsbr, index_);
    }
    paused_.store(pause_wanted_.load(std::memory_order_acquire), std::memory_order_release);
    if (now_tsc - last_heartbeat_ > heartbeat_interval_) {
        last_heartbeat_ = now_tsc;
        heartbeat_tsc_.store(now_tsc, std::memory_order_relaxed);
    }
}

void Worker::settle_slice() {
    if (flows_.settle(*table_.load(std::memory_order_relaxed), banks_[active_])) {
        turn_bank();
    }
}

void Worker::flip() {
    if (!flip_asked_) {
        flip_asked_ = true;
        flows_.begin_settling();
    }
    while (flip_asked_) {
        settle_slice();
    }
}

void Worker::turn_bank() {
    // What waits was counted as received by its port in this bank, and so must its origins be.
    follow();
    flows_.end_settling(banks_[active_]);
    if (shared_.table.load(std::memory_order_acquire) != table_.load(std::memory_order_relaxed)) {
        flows_.adopt();
    }
    adopt_published();
    active_ ^= 1;
    banks_[active_].generation = table()->generation();
    flip_asked_ = false;
    // As often as wanted at once: a flip that was not answered in time was given up by control.
    flips_done_.fetch_add(1, std::memory_order_release);
}

void Worker::adopt_published() {
    table_.store(shared_.table.load(std::memory_order_acquire), std::memory_order_release);
    members_.store(shared_.members.load(std::memory_order_acquire), std::memory_order_release);
    inspect_.store(shared_.inspect.load(std::memory_order_acquire), std::memory_order_release);
}

bool Worker::has_published() const {
    constexpr auto kMine = std::memory_order_relaxed, kTheirs = std::memory_order_acquire;
    return table_.load(kMine) == shared_.table.load(kTheirs) &&
           members_.load(kMine) == shared_.members.load(kTheirs) &&
           inspect_.load(kMine) == shared_.inspect.load(kTheirs);
}

void Worker::set_time_ns(uint64_t ns) {
    flows_.set_beat(static_cast<uint32_t>(ns / kBeatNs));
    wire_.set_time_us(ns / 1000);
}

}  // namespace lull
