// The Environment Abstraction Layer, started once per process.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/error.h"

namespace lull {

// Packet pools of some forty queues. With normal pages EAL reserves it at once, but the kernel
// gives pages only as they are touched.
inline constexpr uint32_t kDefaultMemoryMb = 256;

/// How to start it.
struct EalConfig {
    enum class Hugepages : uint8_t { kAuto, kOn, kOff };
    Hugepages hugepages = Hugepages::kAuto;
    uint32_t memory_mb = kDefaultMemoryMb;  // fewer free hugepages than this are not used
    std::optional<uint32_t> main_core;      // none: the first that this process may run on
    bool probe_pci = false;                 // scan the PCI bus: only where a port is a PCI device
    std::vector<std::string> extra_args;
    /// Receives one line of EAL or driver log at a time, without newline.
    std::function<void(std::string_view)> log;
};

/// Starts EAL once per process; later calls return the first one's answer. Returns the sentence
/// that says which way it took ("normal pages, 256 MB: 0 MB of hugepages are free …").
Result<std::string> start_eal(const EalConfig& config);

/// "DPDK 22.11.11".
std::string dpdk_version();

/// Memory in free hugepages of any size on this machine.
uint64_t free_hugepages_mb();

}  // namespace lull
