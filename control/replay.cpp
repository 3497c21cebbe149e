#include "control/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "control/capture.h"
#include "control/capture_feed.h"
#include "control/config/memory.h"
#include "control/drill/in_process.h"
#include "control/drill/in_process_routes.h"
#include "control/export/json.h"
#include "control/export/replay_report.h"
#include "control/log.h"
#include "control/log_repeats.h"
#include "control/monitor.h"
#include "control/origins/load.h"
#include "control/replay_text.h"
#include "control/store/keeper.h"
#include "dataplane/engine.h"

namespace lull {

namespace {

constexpr int64_t kNs = 1'000'000'000;
// The same bytes give the same sketches, so that two replays print the same report.
constexpr uint64_t kReplaySketchSeed = 0x6c756c6c;
// A capture that jumps further than this is two captures: what lies between is missing, not zero.
constexpr int64_t kLongestGap_ns = 3600 * kNs;

Result<Config> replay_config(const ReplayOptions& options) {
    Config config;
    if (!options.config.empty()) {
        auto loaded = load_config(options.config);
        if (!loaded) {
            return tl::unexpected(loaded.error().as_error());
        }
        config = std::move(*loaded);
    }
    config.detect.tick_s = options.tick_s.value_or(config.detect.tick_s);
    config.detect.false_alarms_per_year =
        options.budget.value_or(config.detect.false_alarms_per_year);
    config.inspect.signatures = options.signatures ? options.signatures : config.inspect.signatures;
    config.inspect.sites = options.sites ? options.sites : config.inspect.sites;
    if (options.all_names) {
        config.inspect.names = InspectSection::Names::kAll;
        config.inspect.asked = true;
    }
    if (auto ok = load_inspected(config); !ok) {
        return tl::unexpected(ok.error().as_error());
    }
    return config;
}

// One group of one port; what the config's first port says of decap, slice and exclude.
Layout base_layout(const Config& config, const ReplayOptions& options) {
    Layout layout;
    layout.groups.push_back({"replay", {0}});
    PortConfig port;
    if (!config.ports.empty()) {
        const Layout configured = layout_of(config);
        port = configured.ports.front();
        if (options.store) {
            layout.groups.front().name = configured.groups[port.group].name;
        }
    }
    port.group = 0;
    layout.ports.push_back(port);
    return layout;
}

struct Bench {
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Monitor> monitor;
    std::unique_ptr<Keeper> keeper;  // none without a store
};

Result<Bench> make_bench(const Config& config, const ReplayOptions& options, const Layout& layout,
                         LoadedTable table) {
    MonitorSettings settings = monitor_settings(config);
    settings.sources_span = SourcesSpan::kWhole;
    settings.export_origins = false;
    Bench bench;
    bench.monitor = std::make_unique<Monitor>(settings, layout, table.directory);
    auto members = bench.monitor->tell_members(config);
    if (!members) {
        return within(where(config, "origins.members"), members.error());
    }
    InspectBooks books;
    auto inspection = build_inspection(config, 1, books);
    if (!inspection) {
        return within("inspect", inspection.error());
    }
    bench.monitor->inspect(config, std::move(books));
    auto engine = Engine::create({.groups = layout.groups,
                                  .ports = layout.ports,
                                  .sketch_seed = kReplaySketchSeed,
                                  .flows = flow_limits(config),
                                  .drive = EngineConfig::Drive::kCaller},
                                 std::move(table.set), std::move(*members), std::move(*inspection));
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    bench.engine = std::move(*engine);
    if (options.store) {
        auto keeper = Keeper::open({.path = options.store,
                                    .keep_s = config.store.keep_s,
                                    .keep_ticks_s = config.store.keep_ticks_s});
        if (!keeper) {
            return tl::unexpected(keeper.error());
        }
        bench.keeper = std::move(*keeper);
    }
    return bench;
}

void begin(Bench& bench, int64_t start_ns) {
    if (bench.keeper) {
        bench.keeper->restore(*bench.monitor, start_ns);
    }
}

void finish(Bench& bench) {
    if (bench.keeper) {
        bench.keeper->close(*bench.monitor);
    }
}

void end_tick(Bench& bench, int64_t start_ns, double tick_s) {
    bench.monitor->end_tick(start_ns, tick_s);
    if (auto members = bench.monitor->learned_members()) {
        bench.engine->publish(std::move(members));
    }
    for (const std::string& line : bench.monitor->take_news()) {
        log_info("{}", line);
    }
    if (bench.keeper) {
        bench.keeper->after_tick(*bench.monitor, start_ns + static_cast<int64_t>(tick_s * 1e9));
    }
}

// Slows a replay down to `pace` times real time, for a live view.
class Pacer {
  public:
    Pacer(double pace, const std::atomic<bool>& stop) : pace_(pace), stop_(&stop) {}
    /// Or until it is to stop, at most 50 ms later: a gap may be minutes long.
    void wait_until(int64_t capture_ns) {
        if (pace_ <= 0) {
            return;
        }
        if (start_ns_ == 0) {
            start_ns_ = capture_ns;
        }
        const auto span = std::chrono::duration<double, std::nano>(
            static_cast<double>(capture_ns - start_ns_) / pace_);
        const auto until = started_ + std::chrono::duration_cast<std::chrono::nanoseconds>(span);
        for (auto now = started_; now < until && !stop_->load(std::memory_order_relaxed);
             now = std::chrono::steady_clock::now()) {
            std::this_thread::sleep_until(std::min(until, now + kLongestSleep));
        }
    }

  private:
    static constexpr std::chrono::milliseconds kLongestSleep{50};

    double pace_;
    const std::atomic<bool>* stop_;
    int64_t start_ns_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

Result<void> replay_ticks(Bench& bench, CaptureFeed& feed, double tick_s, double pace,
                          const std::atomic<bool>& stop) {
    const auto tick_ns = static_cast<int64_t>(tick_s * 1e9);
    int64_t start = feed.next_ns() / tick_ns * tick_ns;
    begin(bench, start);
    Pacer pacer(pace, stop);
    while (!stop.load(std::memory_order_relaxed)) {
        pacer.wait_until(start + tick_ns);
        const auto fed = feed.feed(start + tick_ns);
        if (!fed) {
            return tl::unexpected(fed.error());
        }
        bench.monitor->add(bench.engine->collect());
        if (*fed == CaptureFeed::Fed::kDrained) {
            break;  // the last tick is not whole: counted, not judged
        }
        end_tick(bench, start, tick_s);
        start += tick_ns;
        if (const int64_t next = feed.next_ns(); next - start > kLongestGap_ns) {
            start = next / tick_ns * tick_ns;
        }
    }
    finish(bench);
    return {};
}

Result<void> replay_captures(const ReplayOptions& options, const Config& config,
                             std::vector<Capture>& captures, LoadedTable table,
                             const std::atomic<bool>& stop, View& view) {
    Layout layout = base_layout(config, options);
    PortConfig& port = layout.ports.front();
    port.name =
        captures.size() == 1 ? captures.front().path : fmt::format("{} captures", captures.size());
    port.device = CaptureFeed::kDevice;
    uint64_t expected = 0;
    for (const Capture& capture : captures) {
        expected += capture.frames;
        // One file that was cut when captured is enough: the others' headers are right as well.
        if (capture.sliced && port.slice_bytes == 0) {
            port.slice_bytes = 1;
        }
    }
    auto bench = make_bench(config, options, layout, std::move(table));
    if (!bench) {
        return tl::unexpected(bench.error());
    }
    auto feed = CaptureFeed::create(captures, *bench->engine);
    if (!feed) {
        return tl::unexpected(feed.error());
    }
    if (auto ok = replay_ticks(*bench, *feed, config.detect.tick_s, options.pace, stop); !ok) {
        return ok;
    }
    view = bench->monitor->view(Monitor::OriginChoice::kAll);
    const uint64_t received = view.ports.front().totals.received_packets;
    if (received != expected && !stop.load()) {
        return failed("{} frames were replayed, the files hold {}: they changed meanwhile",
                      received, expected);
    }
    return {};
}

/// What routing says from the end of this tick on.
Result<void> hear_routing(InProcessRoutes& routes, Bench& bench, int64_t time_ns) {
    auto witness = routes.advance(time_ns);
    if (!witness) {
        return tl::unexpected(witness.error());
    }
    if (*witness) {
        bench.monitor->hear({.state = WitnessState::kSees,
                             .witness = std::make_shared<const Witness>(std::move(**witness)),
                             .loads_ok = 0,
                             .loads_failed = 0});
    }
    return {};
}

Result<void> replay_scenario(const ReplayOptions& options, const Config& config, LoadedTable table,
                             const std::shared_ptr<const OriginTable>& origins,
                             const std::atomic<bool>& stop, View& view) {
    Layout layout = base_layout(config, options);
    layout.ports.front().name = "drill";
    layout.ports.front().device = "net_ring0";
    auto bench = make_bench(config, options, layout, std::move(table));
    if (!bench) {
        return tl::unexpected(bench.error());
    }
    auto drill = InProcessDrill::create({.scenario = options.scenario,
                                         .device = "net_ring0",
                                         .pump =
                                             [&engine = *bench->engine](int64_t time_ns) {
                                                 engine.set_time_ns(static_cast<uint64_t>(time_ns));
                                                 engine.pump();
                                             },
                                         .seed = options.seed,
                                         .rate_pps = options.rate_pps},
                                        *origins);
    if (!drill) {
        return tl::unexpected(drill.error());
    }
    std::unique_ptr<InProcessRoutes> routes;
    if (options.routes) {
        auto opened = InProcessRoutes::create(*options.routes, drill->scenario(), origins);
        if (!opened) {
            return tl::unexpected(opened.error());
        }
        routes = std::move(*opened);
    }
    const auto tick_ns = static_cast<int64_t>(config.detect.tick_s * 1e9);
    Pacer pacer(options.pace, stop);
    begin(*bench, drill->from_ns());
    for (int64_t start = drill->from_ns(); start + tick_ns <= drill->until_ns() && !stop.load();
         start += tick_ns) {
        pacer.wait_until(start + tick_ns);
        bench->engine->set_time_ns(static_cast<uint64_t>(start));
        drill->generate(start, start + tick_ns);
        bench->monitor->add(bench->engine->collect());
        if (routes) {
            if (auto heard = hear_routing(*routes, *bench, start + tick_ns); !heard) {
                return heard;
            }
        }
        end_tick(*bench, start, config.detect.tick_s);
    }
    finish(*bench);
    view = bench->monitor->view(Monitor::OriginChoice::kAll);
    return {};
}

}  // namespace

Result<void> run_replay(const ReplayOptions& options, const std::atomic<bool>& stop) {
    auto config = replay_config(options);
    if (!config) {
        return tl::unexpected(config.error());
    }
    // Captures are looked at before anything is started, so that a bad one is told at once.
    std::vector<Capture> captures;
    for (const std::string& path : options.captures) {
        auto capture = inspect_capture(path);
        if (!capture) {
            return tl::unexpected(capture.error());
        }
        captures.push_back(std::move(*capture));
    }
    auto eal =
        start_eal({.hugepages = config->dpdk.hugepages,
                   .memory_mb = eal_memory_mb(*config),
                   .main_core = {},
                   .extra_args = config->dpdk.extra_eal_args,
                   .log = [](std::string_view line) { log_dpdk(LogLevel::kWarning, line); }});
    if (!eal) {
        return tl::unexpected(eal.error());
    }
    log_info("memory: {}", *eal);
    auto table = load_table(options.table, 1);
    if (!table) {
        return tl::unexpected(table.error());
    }
    View view;
    Result<void> done;
    if (options.scenario.empty()) {
        done = replay_captures(options, *config, captures, std::move(*table), stop, view);
    } else {
        auto origins = read_table(options.table);
        if (!origins) {
            return tl::unexpected(origins.error());
        }
        done =
            replay_scenario(options, *config, std::move(*table),
                            std::make_shared<const OriginTable>(std::move(*origins)), stop, view);
    }
    if (!done) {
        return done;
    }
    if (options.output == ReplayOptions::Output::kJson) {
        fmt::print("{}", dump_json(replay_report(view)));
    } else {
        print_replay_text(view);
    }
    return {};
}

}  // namespace lull
