#include "dataplane/flow_record.h"

#include <rte_ring_elem.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>

namespace lull {
namespace {

// rte_ring copies whole words of four bytes.
static_assert(sizeof(FlowRecord) % 4 == 0 && std::is_trivially_copyable_v<FlowRecord>);

}  // namespace

void RecordCounts::add(const RecordCounts& more) {
    for (std::size_t i = 0; i < kFlowClasses; ++i) {
        ended[i].add(more.ended[i]);
        unsampled[i].add(more.unsampled[i]);
    }
    dropped.add(more.dropped);
    unfollowed.add(more.unfollowed);
}

void RecordQueue::Free::operator()(void* memory) const {
    std::free(memory);
}

std::size_t RecordQueue::bytes_for(uint32_t records) {
    const auto bytes = rte_ring_get_memsize_elem(sizeof(FlowRecord), std::bit_ceil(records + 1));
    return (static_cast<std::size_t>(bytes) + RTE_CACHE_LINE_SIZE - 1) / RTE_CACHE_LINE_SIZE *
           RTE_CACHE_LINE_SIZE;
}

// In memory of its own: the heap of EAL is for packets.
RecordQueue::RecordQueue(const RecordRule& rule)
    : rule_(rule),
      samples_(std::any_of(rule.one_in.begin(), rule.one_in.end(),
                           [](uint32_t one_in) { return one_in > 1; })),
      ring_(static_cast<rte_ring*>(
          std::aligned_alloc(RTE_CACHE_LINE_SIZE, bytes_for(rule.queue_records)))) {
    if (ring_ == nullptr ||
        rte_ring_init(ring_.get(), "lull_records", std::bit_ceil(rule.queue_records + 1),
                      RING_F_SP_ENQ | RING_F_SC_DEQ) != 0) {
        throw std::bad_alloc();
    }
}

RecordQueue::~RecordQueue() = default;

void RecordQueue::offer(const FlowRecord& record, uint64_t hash) {
    const auto of = static_cast<std::size_t>(record.flow_class);
    const RecordSum sum{1, uint64_t{record.packets[0]} + record.packets[1],
                        record.bytes[0] + record.bytes[1]};
    ended_[of].add(sum);
    const uint32_t one_in = rule_.one_in[of];
    if (one_in > 1 && (hash >> 32) % one_in != 0) {
        unsampled_[of].add(sum);
    } else if (rte_ring_sp_enqueue_elem(ring_.get(), const_cast<FlowRecord*>(&record),
                                        sizeof(record)) != 0) {
        dropped_.add(sum);
    }
}

void RecordQueue::count_unfollowed(uint32_t bytes) {
    unfollowed_.add({0, 1, bytes});
}

std::size_t RecordQueue::take(std::span<FlowRecord> records) {
    return rte_ring_sc_dequeue_burst_elem(ring_.get(), records.data(), sizeof(FlowRecord),
                                          static_cast<unsigned>(records.size()), nullptr);
}

// rte_ring_count() reads one end after the other, neither as an atomic: what goes through meanwhile
// makes a full queue of an empty one. While nothing is taken the difference holds.
std::size_t RecordQueue::waiting() const {
    const auto load = [](const volatile uint32_t& tail) {
        return __atomic_load_n(&tail, __ATOMIC_ACQUIRE);
    };
    for (;;) {
        const uint32_t taken = load(ring_->cons.tail);
        const uint32_t offered = load(ring_->prod.tail);
        if (load(ring_->cons.tail) == taken) {
            return offered - taken;
        }
    }
}

std::size_t RecordQueue::room() const {
    return ring_->capacity - waiting();
}

RecordCounts RecordQueue::counts() const {
    RecordCounts counts;
    for (std::size_t i = 0; i < kFlowClasses; ++i) {
        counts.ended[i] = ended_[i].read();
        counts.unsampled[i] = unsampled_[i].read();
    }
    counts.dropped = dropped_.read();
    counts.unfollowed = unfollowed_.read();
    return counts;
}

void RecordQueue::Sum::add(const RecordSum& more) {
    const auto raise = [](std::atomic<uint64_t>& value, uint64_t by) {
        value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    };
    raise(flows, more.flows);
    raise(packets, more.packets);
    raise(bytes, more.bytes);
}

RecordSum RecordQueue::Sum::read() const {
    constexpr auto kAny = std::memory_order_relaxed;
    return {flows.load(kAny), packets.load(kAny), bytes.load(kAny)};
}

}  // namespace lull
