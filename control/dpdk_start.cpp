#include "control/dpdk_start.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/config/cross_check.h"
#include "control/config/machine.h"
#include "control/config/memory.h"
#include "control/config/placement.h"
#include "control/log.h"
#include "control/log_repeats.h"
#include "dataplane/eal.h"

namespace lull {

Result<void> start_dpdk(const Config& config, const Layout& layout) {
    // Only the devices of the config are taken, with the devargs it has for them.
    std::vector<std::string> eal_args = config.dpdk.extra_eal_args;
    for (const PortConfig& port : layout.ports) {
        if (is_pci(port.device)) {
            eal_args.insert(eal_args.end(), {"-a", port.device});
        }
    }
    const bool pci = eal_args.size() > config.dpdk.extra_eal_args.size();
    auto eal =
        start_eal({.hugepages = config.dpdk.hugepages,
                   .memory_mb = eal_memory_mb(config),
                   .main_core = config.dpdk.main_core,
                   .probe_pci = pci,
                   .extra_args = std::move(eal_args),
                   .log = [](std::string_view line) { log_dpdk(LogLevel::kWarning, line); }});
    if (!eal) {
        return tl::unexpected(eal.error());
    }
    log_info("memory: {}", *eal);
    for (const Finding& finding : placement_findings(config, this_machine())) {
        if (finding.severity == Severity::kWarning) {
            log_warning("{}: {}; mend: {}", finding.where, finding.message, finding.mend);
        } else {
            log_info("{}: {}", finding.where, finding.message);
        }
    }
    return {};
}

}  // namespace lull
