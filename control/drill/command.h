// `lull drill`: a scenario onto a port, in step with the clock that the monitor shares, or into a
// capture file as fast as it can be written.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/error.h"

namespace lull {

struct DrillOptions {
    enum class Output : uint8_t { kText, kJson };
    std::string scenario;
    std::string table;                  // an origin table (.lut)
    std::optional<std::string> device;  // PCI address or vdev string; this or `pcap`
    std::optional<std::string> pcap;
    std::optional<std::string> routes;  // a folder for MRT files (routing.h)
    std::optional<std::string> config;  // for dpdk and clock; default: without scale
    std::optional<uint64_t> seed;       // in place of the scenario's
    std::optional<double> rate_pps;     // per wall second to a device, per scenario second else
    std::optional<double> duration_s;   // of scenario time; default: all of it
    Output output = Output::kText;
    const std::atomic<bool>* stop = nullptr;  // set by the signal handler; the report still comes
};

/// Wall packets per second to a device under a scaled clock unless `rate_pps` says otherwise: what
/// a monitor that shares two cores with the drill keeps up with.
inline constexpr double kDefaultScaledRatePps = 400'000;

/// Runs the drill; the report goes to stdout, progress to the log.
Result<void> run_drill(const DrillOptions& options);

}  // namespace lull
