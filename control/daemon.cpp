#include "control/daemon.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <mutex>
#include <thread>

#include "control/clock.h"
#include "control/config/config.h"
#include "control/config/cross_check.h"
#include "control/config/dump.h"
#include "control/config/memory.h"
#include "control/config/placement.h"
#include "control/export/day_series.h"
#include "control/export/metrics.h"
#include "control/http/routes.h"
#include "control/http/server.h"
#include "control/http/server_facts.h"
#include "control/log.h"
#include "control/monitor.h"
#include "control/operator/office.h"
#include "control/origins/load.h"
#include "control/recent_addresses.h"
#include "control/reloader.h"
#include "control/signals.h"
#include "control/store/keeper.h"
#include "control/version.h"
#include "control/witness_watch.h"
#include "control/worker_facts.h"
#include "dataplane/engine.h"

namespace lull {

namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr uint64_t kFirstGeneration = 1;
constexpr int64_t kAttend_ns = kSecond_ns / 20;
constexpr double kLongestCollect_s = 1;  // totals on /metrics are never older than this
constexpr double kStalledWorker_s = 5;   // without a heartbeat: nothing is counted
constexpr double kClockStep_s = 0.5;     // wall against monotonic: a step, not a drift

void sleep_until_monotonic(int64_t ns) {
    const timespec until{ns / kSecond_ns, ns % kSecond_ns};
    // A signal ends it early, which is what a stop wants.
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

std::map<std::string, uint64_t> log_messages_by_level() {
    std::map<std::string, uint64_t> counts;
    const auto by_level = log_counts();
    for (std::size_t i = 0; i < by_level.size(); ++i) {
        counts.emplace(level_name(static_cast<LogLevel>(i)), by_level[i]);
    }
    return counts;
}

class Daemon {
  public:
    static Result<std::unique_ptr<Daemon>> create(Config config, const WarmStart& warm);
    ~Daemon() {
        if (server_) {
            server_->stop();
        }
    }
    Result<void> loop();

  private:
    explicit Daemon(Config config) : config_(std::move(config)), clock_(config_.clock) {}
    Result<void> start_engine();
    void tell_members();
    Result<void> start_server();
    void learn_from_history();
    void collect_until(int64_t tick_start_ns, int64_t tick_end_ns);
    void close_tick(int64_t start_ns);
    void attend();
    void every_second();
    void collect();
    void tell_news();
    void finish_reload();
    void apply(ReloadResult& result);
    ReloadReply reload_and_wait(ShiftWord word);
    void publish_view();

    Config config_;
    Clock clock_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<Monitor> monitor_;
    std::unique_ptr<Keeper> keeper_;
    WarmStart warm_;
    std::unique_ptr<Metrics> metrics_;
    DaySeries days_;
    std::unique_ptr<Server> server_;
    Directory directory_;
    RecentAddresses recent_;
    Reloader reloader_;
    WitnessWatch witness_;
    std::unique_ptr<Office> office_;
    int64_t next_second_ns_ = 0;
    uint64_t clock_steps_ = 0;
    double wall_step_s_ = 0;
    double stalled_s_ = 0;  // of the worker that moved longest ago, at the last collect
    bool ready_ = false;
    std::array<uint64_t, 8> duration_buckets_{};
    double duration_sum_s_ = 0;
    uint64_t duration_count_ = 0;

    std::mutex view_mutex_;  // guards the two pointers only; held for a copy
    std::shared_ptr<const View> view_;
    std::shared_ptr<const Config> shown_config_;
};

Result<std::unique_ptr<Daemon>> Daemon::create(Config config, const WarmStart& warm) {
    std::unique_ptr<Daemon> daemon(new Daemon(std::move(config)));
    daemon->warm_ = warm;
    auto keeper = Keeper::open(daemon->config_.store);
    if (!keeper) {
        return within(daemon->config_.path, keeper.error());
    }
    daemon->keeper_ = std::move(*keeper);
    if (auto ok = daemon->start_engine(); !ok) {
        return tl::unexpected(ok.error());
    }
    if (auto ok = daemon->start_server(); !ok) {
        return tl::unexpected(ok.error());
    }
    return daemon;
}

Result<void> Daemon::start_engine() {
    const Layout layout = layout_of(config_);
    // Only the devices of the config are taken, with the devargs it has for them.
    std::vector<std::string> eal_args = config_.dpdk.extra_eal_args;
    for (const PortConfig& port : layout.ports) {
        if (is_pci(port.device)) {
            eal_args.insert(eal_args.end(), {"-a", port.device});
        }
    }
    const bool pci = eal_args.size() > config_.dpdk.extra_eal_args.size();
    auto eal = start_eal({.hugepages = config_.dpdk.hugepages,
                          .memory_mb = eal_memory_mb(config_),
                          .main_core = config_.dpdk.main_core,
                          .probe_pci = pci,
                          .extra_args = std::move(eal_args),
                          .log = [](std::string_view line) { log_warning("DPDK: {}", line); }});
    if (!eal) {
        return tl::unexpected(eal.error());
    }
    log_info("memory: {}", *eal);
    for (const Finding& finding : placement_findings(config_, this_machine())) {
        if (finding.severity == Severity::kWarning) {
            log_warning("{}: {}; mend: {}", finding.where, finding.message, finding.mend);
        } else {
            log_info("{}: {}", finding.where, finding.message);
        }
    }
    const auto started = std::chrono::steady_clock::now();
    reloader_.saw_table(modified_ns(config_.origins.table));
    auto table = load_table(config_.origins.table, kFirstGeneration);
    if (!table) {
        return tl::unexpected(table.error());
    }
    directory_ = table->directory;
    log_info("origin table: {} IPv4 and {} IPv6 prefixes, {} origins, loaded in {:.2f} s",
             directory_.prefixes4, directory_.prefixes6,
             directory_.origins.size() - directory_.networks.size(),
             std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    monitor_ = std::make_unique<Monitor>(monitor_settings(config_), layout, directory_);
    if (!keeper_->restore(*monitor_, clock_.now_ns())) {
        learn_from_history();
    }
    office_ = std::make_unique<Office>(*monitor_, *keeper_);
    EngineConfig wanted;
    wanted.groups = layout.groups;
    wanted.ports = layout.ports;
    wanted.flows = flow_limits(config_);
    wanted.power = config_.dpdk.power;
    wanted.time_scale = config_.clock.scale;
    auto members = monitor_->tell_members(config_);
    if (!members) {
        return within(where(config_, "origins.members"), members.error());
    }
    InspectBooks books;
    auto inspection = build_inspection(config_, workers_of(layout), books);
    if (!inspection) {
        return within(config_.path + ": inspect", inspection.error());
    }
    monitor_->inspect(config_, std::move(books));
    auto engine = Engine::create(std::move(wanted), std::move(table->set), std::move(*members),
                                 std::move(*inspection));
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    engine_ = std::move(*engine);
    return engine_->start();
}

void Daemon::tell_members() {
    auto members = monitor_->tell_members(config_);
    if (members) {
        engine_->publish(std::move(*members));
    } else {
        log_error("{}: {}; members are told apart as before", where(config_, "origins.members"),
                  members.error().message);
    }
}

// A Prometheus that is down keeps no monitor from starting.
void Daemon::learn_from_history() {
    const char* const asked = warm_.server.url.empty() ? "learn_from" : "--learn-from";
    if (warm_.server.url.empty()) {
        warm_ = warm_start_of(config_.learn_from);
    }
    if (warm_.server.url.empty()) {
        return;
    }
    if (clock_.scale() != 1) {
        log_error("{}: with a scaled clock there is no history to learn from", asked);
    } else if (auto ok = warm_start(*monitor_, warm_, clock_.now_ns()); !ok) {
        log_error("{}: {}; learning begins anew", asked, ok.error().message);
    }
}

Result<void> Daemon::start_server() {
    shown_config_ = std::make_shared<const Config>(config_);
    const auto view = [this] {
        const std::scoped_lock lock(view_mutex_);
        return view_;
    };
    auto options = server_options(config_);
    if (!options) {
        return tl::unexpected(options.error());
    }
    const auto add_server = [counts = options->counts, access = options->access](FamilyList& list) {
        add_server_families(*counts, access.get(), list);
    };
    metrics_ =
        std::make_unique<Metrics>(view, MetricsOptions{.build = build_info(),
                                                       .max_series = config_.exports.max_series,
                                                       .log_messages = log_messages_by_level,
                                                       .server = add_server});
    RouteSources sources;
    sources.view = view;
    sources.metrics = [this] { return metrics_->text(); };
    sources.server = [counts = options->counts, access = options->access] {
        return server_json(*counts, access.get());
    };
    sources.config = [this] {
        const std::scoped_lock lock(view_mutex_);
        return config_json(*shown_config_);
    };
    if (config_.http.enable_lifecycle) {
        sources.reload = [this](ShiftWord word) { return reload_and_wait(word); };
        sources.ask_operator = [this](OperatorRequest request) {
            return office_->ask(std::move(request));
        };
    }
    sources.stored_incidents = [this](int64_t since_ns) {
        return keeper_->incidents_since(since_ns);
    };
    if (config_.store.path) {
        sources.decision_at = [this](CountryId id, int64_t time_ns) {
            return keeper_->decision_at(id, time_ns);
        };
    }
    sources.day_of = [this](CountryId id) { return days_.of(id); };
    sources.build = build_info();
    auto server = Server::start(config_.http.listen, make_routes(std::move(sources)), *options);
    if (!server) {
        return within(config_.path, server.error());
    }
    server_ = std::move(*server);
    tell_listeners(server_->addresses(), options->access.get());
    return {};
}

// Runs on the HTTP server's own thread for such requests; the control loop does the work.
ReloadReply Daemon::reload_and_wait(ShiftWord word) {
    constexpr auto kPatience = std::chrono::seconds(60);
    const auto answer = reloader_.ask_and_wait(kPatience, word);
    if (!answer) {
        return {ReloadReply::Outcome::kBusy,
                {{"errors",
                  {signals().stop.load() ? "lull is stopping" : "the reload is still running"}}}};
    }
    return {answer->ok ? ReloadReply::Outcome::kApplied : ReloadReply::Outcome::kRefused,
            answer->report};
}

void Daemon::tell_news() {
    for (const std::string& line : monitor_->take_news()) {
        log_info("{}", line);
    }
}

Result<void> Daemon::loop() {
    const auto tick_ns = static_cast<int64_t>(config_.detect.tick_s * 1e9);
    int64_t tick_start = clock_.now_ns() / tick_ns * tick_ns + tick_ns;
    // What arrives before the first whole tick is counted and not judged.
    collect_until(tick_start - tick_ns, tick_start);
    sd_notify(0, "READY=1");
    while (!signals().stop.load()) {
        collect_until(tick_start, tick_start + tick_ns);
        if (signals().stop.load()) {
            break;
        }
        close_tick(tick_start);
        tick_start += tick_ns;
        const int64_t behind = clock_.now_ns() - tick_start;
        if (behind > tick_ns) {
            tick_start += behind / tick_ns * tick_ns;  // the detector sees a gap: missing
        }
    }
    sd_notify(0, "STOPPING=1");
    reloader_.close();
    office_->close();
    server_->stop();
    engine_->stop();
    collect();
    keeper_->close(*monitor_);
    publish_view();
    for (const PortView& port : view_->ports) {
        log_info("{}", port_balance(port));
    }
    return {};
}

void Daemon::collect_until(int64_t tick_start_ns, int64_t tick_end_ns) {
    // Long ticks are collected in parts, so that what is served stays fresh and banks stay small.
    const int64_t start = clock_.monotonic_at_ns(tick_start_ns);
    const int64_t end = clock_.monotonic_at_ns(tick_end_ns);
    const auto parts =
        static_cast<int64_t>(std::ceil(static_cast<double>(end - start) / 1e9 / kLongestCollect_s));
    for (int64_t part = 1; part <= std::max<int64_t>(1, parts) && !signals().stop.load(); ++part) {
        const int64_t at = start + (end - start) * part / std::max<int64_t>(1, parts);
        while (Clock::monotonic_ns() < at && !signals().stop.load()) {
            attend();
            sleep_until_monotonic(std::min(at, Clock::monotonic_ns() + kAttend_ns));
        }
        collect();
        if (part < parts) {
            publish_view();
        }
    }
}

void Daemon::collect() {
    const Snapshot snapshot = engine_->collect();
    stalled_s_ = longest_silence_s(snapshot.workers, static_cast<double>(Clock::wall_ns()) / 1e9);
    monitor_->add(snapshot);
    recent_.add(snapshot.seen);
}

void Daemon::close_tick(int64_t start_ns) {
    const double seconds = config_.detect.tick_s;
    const double late_s = static_cast<double>(clock_.now_ns() - start_ns) / 1e9 - seconds;
    const auto started = std::chrono::steady_clock::now();
    monitor_->end_tick(start_ns, seconds,
                       late_s > seconds / 2 ? Monitor::Closed::kLate : Monitor::Closed::kInTime);
    keeper_->after_tick(*monitor_, start_ns + static_cast<int64_t>(seconds * 1e9));
    if (auto members = monitor_->learned_members()) {
        engine_->publish(std::move(members));
    }
    ready_ = true;
    tell_news();
    const double took_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    for (std::size_t i = 0; i < kTickDurationBounds.size(); ++i) {
        duration_buckets_[i] += took_s <= kTickDurationBounds[i] ? 1 : 0;
    }
    duration_buckets_.back() += 1;
    duration_sum_s_ += took_s;
    duration_count_ += 1;
    publish_view();
}

void Daemon::attend() {
    const int64_t now = Clock::monotonic_ns();
    if (now >= next_second_ns_) {
        next_second_ns_ = now + kSecond_ns;
        every_second();
    }
    finish_reload();
    office_->attend(clock_.now_ns(), [this] {
        tell_news();
        publish_view();  // whoever is told may look at once
    });
    if (signals().reload.exchange(false)) {
        reloader_.ask();
    }
    if (const auto scope = reloader_.wanted()) {
        log_info("reload: {}",
                 *scope == ReloadScope::kAll ? "asked for" : "the table file has changed");
        reloader_.start({.scope = *scope,
                         .running = config_,
                         .directory = directory_,
                         .next_generation = directory_.generation + 1,
                         .table = &engine_->table(),
                         .recent = recent_.addresses(),
                         .seen = monitor_->seen(),
                         .rates = monitor_->rates(),
                         .shift_word = ShiftWord::kNone,
                         .books = monitor_->inspect_books(),
                         .workers = engine_->workers()});
    }
}

void Daemon::every_second() {
    engine_->maintain();
    reloader_.watch(config_.origins);
    witness_.look(config_.origins.table, Clock::wall_ns() / kSecond_ns);
    monitor_->hear(witness_.view());
    const double step = clock_.wall_step_s();
    if (std::abs(step - wall_step_s_) > kClockStep_s) {
        clock_steps_ += 1;
        log_warning("the wall clock was stepped by {:.1f} s; ticks run on the monotonic clock",
                    step - wall_step_s_);
        wall_step_s_ = step;
    }
    if (stalled_s_ <= kStalledWorker_s) {
        sd_notify(0, "WATCHDOG=1");
    } else {
        log_error("a worker has not moved for {:.0f} s: no word to the watchdog", stalled_s_);
    }
}

void Daemon::finish_reload() {
    auto result = reloader_.take();
    if (!result) {
        return;
    }
    if (result->ok) {
        apply(*result);
        log_info("reload: applied {}", result->report["applied"].dump());
    }
    for (const auto& problem : result->report["errors"]) {
        log_error("reload refused, the old state stays: {}", problem.get<std::string>());
    }
    publish_view();  // whoever is told of the reload may ask for its traces at once
    reloader_.answer({result->ok, std::move(result->report)});
}

void Daemon::apply(ReloadResult& result) {
    if (result.config) {
        config_ = *result.config;
        start_log(config_.log, config_.site);
        monitor_->reconfigure(monitor_settings(config_));
        tell_members();
        if (result.inspection_built) {
            monitor_->inspect(config_, std::move(result.books));
            engine_->publish(std::move(result.inspection));
        }
        metrics_->limit_series(config_.exports.max_series);
        const std::scoped_lock lock(view_mutex_);
        shown_config_ = std::make_shared<const Config>(config_);
    }
    // Known to control before the workers can speak in its ids.
    directory_ = std::move(result.table->directory);
    monitor_->adopt(directory_, std::move(result.shift));
    engine_->publish(std::move(result.table->set));
    // At once, so that no bank speaks of a generation that many reloads have left behind.
    collect();
    recent_.add(result.recent);  // they were seen under the table before
}

void Daemon::publish_view() {
    auto view = std::make_shared<View>(monitor_->view(Monitor::OriginChoice::kExported));
    view->published_wall_s = static_cast<double>(Clock::wall_ns()) / 1e9;
    view->clock_scale = clock_.scale();
    view->table.loads_failed = reloader_.record().failed;
    view->tick_duration_buckets = duration_buckets_;
    view->tick_duration_sum_s = duration_sum_s_;
    view->tick_duration_count = duration_count_;
    view->config_reload_ok = reloader_.record().last_ok;
    view->config_reload_wall_s = reloader_.record().last_success_wall_s;
    view->clock_steps = clock_steps_;
    view->store = keeper_->view();
    view->maintenance = office_->maintenance();
    for (const Maintenance& window : config_.calendar.maintenance) {
        view->maintenance.push_back({0, window, ""});
    }
    view->ready = ready_;
    view->not_ready_reason = ready_ ? "" : "the first tick is not over yet";
    days_.add(*view);
    std::string event = tick_event(*view);
    {
        const std::scoped_lock lock(view_mutex_);
        view_ = std::move(view);
    }
    if (server_) {
        server_->tell(std::move(event));
    }
}

}  // namespace

Result<void> run_daemon(const std::string& config_path, const WarmStart& warm) {
    auto config = load_config(config_path);
    if (!config) {
        return tl::unexpected(config.error().as_error());
    }
    start_log(config->log, config->site);
    install_signals();
    auto daemon = Daemon::create(std::move(*config), warm);
    if (!daemon) {
        return tl::unexpected(daemon.error());
    }
    return (*daemon)->loop();
}

}  // namespace lull
