// Live: short stretches of scenario time are made as the clock passes them. A stretch that is
// over before it could be made is not sent late, which would show the monitor a silence and then a
// burst: it is counted as offered and refused, and said.
#include "control/drill/command.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "control/clock.h"
#include "control/config/config.h"
#include "control/config/memory.h"
#include "control/drill/report.h"
#include "control/drill/routing.h"
#include "control/log.h"
#include "control/time_text.h"
#include "dataplane/engine.h"

namespace lull {
namespace {

constexpr int64_t kNsPerMs = 1'000'000;
constexpr int64_t kTurnNs = 2 * kNsPerMs;    // real time between two stretches
constexpr int64_t kLateNs = 250 * kNsPerMs;  // real time; a tick at 720x is 14 to 83 ms
constexpr int64_t kProgressNs = 5'000 * kNsPerMs;
constexpr int64_t kFileStretchNs = 1'000'000'000;  // scenario time
constexpr uint64_t kFileStretchesPerLook = 64;     // between two looks at the real clock
constexpr int64_t kLongWaitNs = 60'000 * kNsPerMs;
constexpr int64_t kPeerNs = 10'000 * kNsPerMs;  // real time that a peer has to connect
constexpr int64_t kPeerTurnNs = 10 * kNsPerMs;  // real time between two looks for it

struct Plan {
    Scenario scenario;
    Config config;
    uint64_t seed = 0;
    int64_t until_ns = 0;
    std::unique_ptr<Generator> generator;
    std::unique_ptr<DrillRouting> routing;  // null: not asked for
};

/// A folder that cannot be written ends no drill: its packets go on.
void advance_routing(const Plan& plan, int64_t time_ns) {
    if (!plan.routing) return;
    static LogLimit limit;
    if (auto written = plan.routing->advance(time_ns); !written) {
        log_limited(limit, LogLevel::kError, "drill: {}", written.error().message);
    }
}

bool stopped(const DrillOptions& options) {
    return options.stop != nullptr && options.stop->load(std::memory_order_relaxed);
}

/// Scenario packets per second that the options allow; none: no cap.
std::optional<double> cap_of(const DrillOptions& options, double scale) {
    if (!options.device) return options.rate_pps;
    if (options.rate_pps) return *options.rate_pps / scale;
    if (scale > 1) return kDefaultScaledRatePps / scale;
    return std::nullopt;
}

Result<Plan> make_plan(const DrillOptions& options) {
    Plan plan;
    if (options.device.has_value() == options.pcap.has_value()) {
        return tl::unexpected(
            Error{ErrorKind::kUsage, "a drill goes to a port or a file: give --to or --pcap"});
    }
    if (options.rate_pps && !(*options.rate_pps > 0)) {
        return tl::unexpected(Error{ErrorKind::kUsage, "--rate: needs packets per second above 0"});
    }
    if (options.duration_s && !(*options.duration_s > 0)) {
        return tl::unexpected(Error{ErrorKind::kUsage, "--duration: needs to be above 0"});
    }
    if (options.config) {
        auto config = load_config(*options.config);
        if (!config) return tl::unexpected(config.error().as_error());
        plan.config = std::move(*config);
    }
    auto scenario = load_scenario(options.scenario);
    if (!scenario) return tl::unexpected(scenario.error());
    plan.scenario = std::move(*scenario);
    const auto table = read_table(options.table);
    if (!table) return tl::unexpected(table.error());
    plan.seed = options.seed.value_or(plan.scenario.seed);
    plan.until_ns = plan.scenario.until_ns;
    const double whole_s =
        static_cast<double>(plan.scenario.until_ns - plan.scenario.from_ns) / 1e9;
    if (options.duration_s && *options.duration_s < whole_s) {
        plan.until_ns = plan.scenario.from_ns + static_cast<int64_t>(*options.duration_s * 1e9);
    }
    auto generator = Generator::create(plan.scenario, *table,
                                       {plan.seed, cap_of(options, plan.config.clock.scale)});
    if (!generator) return tl::unexpected(generator.error());
    plan.generator = std::move(*generator);
    if (options.routes) {
        auto routing = DrillRouting::open(*options.routes, plan.scenario, *table);
        if (!routing) return tl::unexpected(routing.error());
        plan.routing = std::move(*routing);
    }
    log_info("drill {}: {:.0f} packets per scenario second on average, thinned to {:.3f}",
             plan.scenario.name, plan.generator->mean_packets_per_s(),
             plan.generator->thinning_factor());
    return plan;
}

void print(const DrillOptions& options, const DrillReport& report) {
    if (options.output == DrillOptions::Output::kJson) {
        fmt::print("{}\n", to_json(report).dump(2));
    } else {
        fmt::print("{}", to_text(report));
    }
}

DrillReport report_of(const Plan& plan, const TransmitTotals& frames, uint64_t late,
                      int64_t from_ns, int64_t until_ns) {
    return {.scenario = plan.scenario,
            .totals = plan.generator->totals(),
            .frames = {frames.offered + late, frames.sent, frames.refused + late},
            .late = late,
            .thinning_factor = plan.generator->thinning_factor(),
            .seed = plan.seed,
            .from_ns = from_ns,
            .until_ns = until_ns};
}

/// Says where the drill is, every few seconds of real time.
class Whereabouts {
  public:
    void look(int64_t scenario_ns, const TransmitTotals& frames, uint64_t late) {
        const int64_t now_ns = Clock::monotonic_ns();
        if (now_ns < next_ns_) return;
        if (next_ns_ != 0) {
            log_info("drill at {}: {} offered, {} sent, {} refused", format_time(scenario_ns),
                     frames.offered + late, frames.sent, frames.refused + late);
        }
        next_ns_ = now_ns + kProgressNs;
    }

  private:
    int64_t next_ns_ = 0;
};

Result<void> run_to_file(const DrillOptions& options, const Plan& plan) {
    auto sink = PcapSink::open(*options.pcap);
    if (!sink) return tl::unexpected(sink.error());
    Whereabouts progress;
    int64_t at_ns = plan.scenario.from_ns;
    for (uint64_t stretch = 0; at_ns < plan.until_ns && !stopped(options); ++stretch) {
        const int64_t to_ns = std::min(at_ns + kFileStretchNs, plan.until_ns);
        plan.generator->generate(at_ns, to_ns, **sink);
        at_ns = to_ns;
        advance_routing(plan, at_ns);
        if (stretch % kFileStretchesPerLook == 0) progress.look(at_ns, (*sink)->totals(), 0);
    }
    const Result<void> finished = (*sink)->finish();
    print(options, report_of(plan, (*sink)->totals(), 0, plan.scenario.from_ns, at_ns));
    return finished;
}

/// Without an anchor in the config the scenario begins now.
Clock clock_of(const Plan& plan) {
    ClockSection section = plan.config.clock;
    if (!section.epoch_ns || !section.at_ns) {
        section.epoch_ns = plan.scenario.from_ns;
        section.at_ns = Clock::wall_ns();
    }
    return Clock(section);
}

void sleep_until(const DrillOptions& options, int64_t monotonic_ns) {
    while (!stopped(options)) {
        const int64_t left_ns = monotonic_ns - Clock::monotonic_ns();
        if (left_ns <= 0) return;
        // Short naps, so that a signal is obeyed at once.
        std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(left_ns, 50 * kNsPerMs)));
    }
}

/// A scenario that no clock anchors begins when somebody can see it: a peer that was there a moment
/// ago takes seconds to connect again, as long as a short drill.
void await_peer(const DrillOptions& options, const Transmitter& port) {
    const int64_t begun_ns = Clock::monotonic_ns();
    bool said = false;
    while (!port.link_up() && !stopped(options)) {
        const int64_t waited_ns = Clock::monotonic_ns() - begun_ns;
        if (waited_ns > kPeerNs) {
            log_warning(
                "drill: nobody has connected to {} for {}: what is offered is refused until "
                "somebody does; is lull running, and does its device name this socket?",
                *options.device, format_duration(static_cast<double>(kPeerNs) / 1e9));
            return;
        }
        if (!said && waited_ns > kPeerNs / 5) {
            log_info("drill: waiting for somebody to connect to {}", *options.device);
            said = true;
        }
        sleep_until(options, Clock::monotonic_ns() + kPeerTurnNs);
    }
}

/// Plays [from, until) in step with the clock; returns how many frames were too late to be made.
uint64_t play(const DrillOptions& options, const Plan& plan, const Clock& clock, int64_t from_ns,
              int64_t& at_ns, PortSink& sink) {
    RefusingSink too_late;
    Whereabouts progress;
    LogLimit limit;
    const auto late_ns = static_cast<int64_t>(static_cast<double>(kLateNs) * clock.scale());
    at_ns = from_ns;
    while (at_ns < plan.until_ns && !stopped(options)) {
        const int64_t turn_ns = Clock::monotonic_ns();
        const int64_t now_ns = std::min(clock.now_ns(), plan.until_ns);
        if (now_ns - at_ns > late_ns) {
            const int64_t lost_until_ns = now_ns - late_ns / 2;
            log_limited(limit, LogLevel::kWarning,
                        "drill: {} behind its clock: what was due is counted as refused; lower "
                        "--rate or clock.scale",
                        format_duration(static_cast<double>(now_ns - at_ns) / 1e9));
            plan.generator->generate(at_ns, lost_until_ns, too_late);
            at_ns = lost_until_ns;
        }
        if (now_ns > at_ns) {
            plan.generator->generate(at_ns, now_ns, sink);
            at_ns = now_ns;
            advance_routing(plan, at_ns);
        }
        sink.flush();
        progress.look(at_ns, sink.totals(), too_late.totals().offered);
        sleep_until(options, turn_ns + kTurnNs);
    }
    return too_late.totals().offered;
}

Result<void> run_to_port(const DrillOptions& options, const Plan& plan) {
    EalConfig eal;
    eal.hugepages = plan.config.dpdk.hugepages;
    eal.memory_mb = eal_memory_mb(plan.config);
    eal.main_core = plan.config.dpdk.main_core;
    eal.extra_args = plan.config.dpdk.extra_eal_args;
    eal.log = [](std::string_view line) { log_debug("eal: {}", line); };
    const auto started = start_eal(eal);
    if (!started) return tl::unexpected(started.error());
    log_info("drill: {}", *started);
    auto port = Transmitter::open(*options.device);
    if (!port) return tl::unexpected(port.error());
    if (!plan.config.clock.at_ns) await_peer(options, **port);
    const Clock clock = clock_of(plan);
    if (clock.now_ns() >= plan.until_ns) {
        return refused("{}: the clock says {}, the scenario ended {}: set clock.epoch and clock.at",
                       options.scenario, format_time(clock.now_ns()), format_time(plan.until_ns));
    }
    const int64_t start_ns = clock.monotonic_at_ns(plan.scenario.from_ns);
    const int64_t wait_ns = start_ns - Clock::monotonic_ns();
    if (wait_ns > kLongWaitNs) {
        log_warning("drill: begins in {}",
                    format_duration(static_cast<double>(wait_ns / kNsPerMs) / 1e3));
    }
    sleep_until(options, start_ns);
    // Whoever comes late joins where the clock is: the past is nobody's loss.
    const int64_t from_ns = std::max(plan.scenario.from_ns, clock.now_ns());
    PortSink sink(**port);
    int64_t at_ns = from_ns;
    const uint64_t late = play(options, plan, clock, from_ns, at_ns, sink);
    const Result<void> finished = sink.finish();
    print(options, report_of(plan, sink.totals(), late, from_ns, at_ns));
    return finished;
}

}  // namespace

Result<void> run_drill(const DrillOptions& options) {
    const auto plan = make_plan(options);
    if (!plan) return tl::unexpected(plan.error());
    return options.pcap ? run_to_file(options, *plan) : run_to_port(options, *plan);
}

}  // namespace lull
