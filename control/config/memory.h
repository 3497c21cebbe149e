// How much memory a configuration takes, reckoned beforehand: what EAL is asked for (packet pools),
// and what lies beside it on pages of lull's own (origin tables, flow tables).
#pragma once

#include <cstdint>

#include "control/config/config.h"

namespace lull {

/// Derivation in memory.cpp.
struct MemoryNeed {
    uint64_t tables_mb = 0;  // two sets: a reload holds the old and the new one
    uint64_t flows_mb = 0;   // of all workers
    uint64_t pools_mb = 0;
    [[nodiscard]] uint64_t total_mb() const { return tables_mb + flows_mb + pools_mb; }
};
MemoryNeed memory_need(const Config& config, uint64_t prefixes4, uint64_t prefixes6);

/// The packet path's share of a configuration.
FlowLimits flow_limits(const Config& config);

/// What EAL is started with: dpdk.memory_mb, or the pools' need and room for drivers.
uint32_t eal_memory_mb(const Config& config);

}  // namespace lull
