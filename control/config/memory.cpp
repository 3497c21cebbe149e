#include "control/config/memory.h"

#include <algorithm>
#include <bit>
#include <set>
#include <string>
#include <utility>

#include "dataplane/eal.h"
#include "dataplane/engine.h"

namespace lull {

namespace {

constexpr uint64_t kMib = 1 << 20;
constexpr uint64_t kDriversMb = 64;  // rings and private data of devices

uint64_t to_mb(uint64_t bytes) {
    return (bytes + kMib - 1) / kMib;
}

}  // namespace

MemoryNeed memory_need(const Config& config, uint64_t prefixes4, uint64_t prefixes6) {
    // IPv4: a root of 2^24 cells of 4 bytes, and almost nothing below it. IPv6: 41 MB of nodes for
    // the full table's 220,103 networks (measured).
    constexpr uint64_t kRoot4Bytes = (uint64_t{1} << 24) * 4;
    constexpr uint64_t kRoute4Bytes = 8, kRoute6Bytes = 200;
    // Per queue (descriptors + a burst + the cache) x 2, as the engine does; an mbuf is 128 bytes
    // of header, 128 of headroom, 2,048 of data and 64 of the pool's own.
    constexpr uint64_t kMbufsPerQueue = (1024 + 32 + 256) * 2;
    constexpr uint64_t kMbufBytes = 128 + 128 + 2048 + 64;

    const uint64_t table_bytes = kRoot4Bytes + prefixes4 * kRoute4Bytes + prefixes6 * kRoute6Bytes;
    // A flow takes a line, half a line of totals and a quarter of a byte of marks; the table has at
    // least two slots for each.
    constexpr uint64_t kSlotBytes = 64 + 32 + 1;
    const uint64_t slots = std::bit_ceil(uint64_t{config.flows.per_worker}) * 2;
    uint64_t queues = 0;
    std::set<std::pair<std::string, uint32_t>> workers;  // a core of a group
    for (const PortSection& port : config.ports) {
        queues += port.cores.size();
        for (const uint32_t core : port.cores) {
            workers.emplace(port.group.empty() ? port.name : port.group, core);
        }
    }
    // Where records leave, the queue of them and how each flow came.
    constexpr uint64_t kWireBytes = 8;
    const IpfixSection& ipfix = config.exports.ipfix;
    const uint64_t record_bytes =
        ipfix.collector ? RecordQueue::bytes_for(ipfix.queue_records) + slots * kWireBytes : 0;
    return {to_mb(2 * table_bytes),
            to_mb(workers.size() * (slots * kSlotBytes + banks_bytes() + record_bytes)),
            to_mb(queues * kMbufsPerQueue * kMbufBytes)};
}

FlowLimits flow_limits(const Config& config) {
    const FlowsSection& flows = config.flows;
    return {.flows = flows.per_worker,
            .idle_s = static_cast<uint32_t>(flows.idle_s),
            .ended_s = static_cast<uint32_t>(flows.ended_s),
            .active_s = static_cast<uint32_t>(flows.active_s)};
}

uint32_t eal_memory_mb(const Config& config) {
    if (config.dpdk.memory_mb != 0) {
        return config.dpdk.memory_mb;
    }
    return static_cast<uint32_t>(
        std::max<uint64_t>(kDefaultMemoryMb, memory_need(config, 0, 0).pools_mb + kDriversMb));
}

}  // namespace lull
