// `lull replay`: captures, or a drill's packets, through the same port, parser, tables and detector
// as `lull run`, in capture time and as fast as the machine can. Deterministic.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "dataplane/error.h"

namespace lull {

struct ReplayOptions {
    std::vector<std::string> captures;
    std::string scenario;  // instead of captures
    std::string table;
    std::string config;              // detect, ports' decap and slice; "" for the defaults
    std::optional<uint64_t> seed;    // of the scenario
    std::optional<double> rate_pps;  // of the scenario, packets per scenario second
    std::optional<double> tick_s;    // overrides the config's
    std::optional<double> budget;    // false alarms a year, overrides the config's
    // A store that the detector goes on from and leaves what it learned in, as lull run does; its
    // port group then has the name of the config's first port's, so that a monitor finds it.
    std::optional<std::string> store;
    // An empty folder: the scenario's routing part is played too, by way of MRT files in it.
    std::optional<std::string> routes;
    // Payload is read where one of these is given, or the config names it.
    std::optional<std::string> signatures;
    std::optional<std::string> sites;
    bool all_names = false;  // report every name that is read
    double pace = 0;         // times real time; 0: as fast as it goes
    enum class Output : uint8_t { kText, kJson };
    Output output = Output::kText;
};

/// Prints the report to stdout. `stop` ends it early, with what was counted so far.
Result<void> run_replay(const ReplayOptions& options, const std::atomic<bool>& stop);

}  // namespace lull
