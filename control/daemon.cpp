#include "control/daemon.h"

#include <malloc.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <thread>

#include "control/clock.h"
#include "control/config/config.h"
#include "control/config/memory.h"
#include "control/dpdk_start.h"
#include "control/front.h"
#include "control/ipfix/exporter.h"
#include "control/log.h"
#include "control/monitor.h"
#include "control/operator/office.h"
#include "control/origins/load.h"
#include "control/recent_addresses.h"
#include "control/reloader.h"
#include "control/self_watch.h"
#include "control/signals.h"
#include "control/store/keeper.h"
#include "control/warm_start.h"
#include "control/witness_watch.h"
#include "control/worker_facts.h"
#include "dataplane/engine.h"

namespace lull {

namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr uint64_t kFirstGeneration = 1;
constexpr int64_t kAttend_ns = kSecond_ns / 20;
constexpr double kLongestCollect_s = 1;  // totals on /metrics are never older than this

void sleep_until_monotonic(int64_t ns) {
    const timespec until{ns / kSecond_ns, ns % kSecond_ns};
    // A signal ends it early, which is what a stop wants.
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
}

class Daemon {
  public:
    static Result<std::unique_ptr<Daemon>> create(Config config, const WarmStart& warm);
    ~Daemon() {
        if (front_) {
            front_->stop();
        }
    }
    Result<void> loop();

  private:
    explicit Daemon(Config config) : config_(std::move(config)), clock_(config_.clock) {}
    Result<std::unique_ptr<TableSet>> load_origins();
    Result<void> make_engine(const Layout& layout, std::unique_ptr<TableSet> table);
    void make_exporter();
    void tell_members();
    Result<void> open_front();
    int64_t await_whole_tick();
    void collect_until(int64_t tick_start_ns, int64_t tick_end_ns);
    void close_tick(int64_t start_ns);
    void attend();
    void every_second();
    void end_flows();
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
    std::unique_ptr<Front> front_;
    Directory directory_;
    RecentAddresses recent_;
    Reloader reloader_;
    WitnessWatch witness_;
    std::unique_ptr<Office> office_;
    std::unique_ptr<IpfixExporter> ipfix_;  // null: no flow record leaves
    SelfWatch self_{clock_};
    int64_t next_second_ns_ = 0;
};

// What is this large has pages of its own and gives them back. Left alone, glibc raises the bound
// with the first large text that is freed, and what small things then sit above is kept. (A replay,
// which has a hundred ticks a second, is twice as fast without.)
constexpr int kOwnPagesFromBytes = 128 << 10;

Result<std::unique_ptr<Daemon>> Daemon::create(Config config, const WarmStart& warm) {
    mallopt(M_MMAP_THRESHOLD, kOwnPagesFromBytes);
    std::unique_ptr<Daemon> daemon(new Daemon(std::move(config)));
    const Config& wanted = daemon->config_;
    auto keeper = Keeper::open(wanted.store);
    if (!keeper) {
        return within(wanted.path, keeper.error());
    }
    daemon->keeper_ = std::move(*keeper);
    const Layout layout = layout_of(wanted);
    if (auto ok = start_dpdk(wanted, layout); !ok) {
        return tl::unexpected(ok.error());
    }
    auto table = daemon->load_origins();
    if (!table) {
        return tl::unexpected(table.error());
    }
    daemon->monitor_ =
        std::make_unique<Monitor>(monitor_settings(wanted), layout, daemon->directory_);
    if (!daemon->keeper_->restore(*daemon->monitor_, daemon->clock_.now_ns())) {
        learn_from_history(*daemon->monitor_, warm, wanted, daemon->clock_);
    }
    daemon->office_ = std::make_unique<Office>(*daemon->monitor_, *daemon->keeper_);
    if (auto ok = daemon->make_engine(layout, std::move(*table)); !ok) {
        return tl::unexpected(ok.error());
    }
    daemon->make_exporter();
    if (auto ok = daemon->engine_->start(); !ok) {
        return tl::unexpected(ok.error());
    }
    if (auto ok = daemon->open_front(); !ok) {
        return tl::unexpected(ok.error());
    }
    return daemon;
}

Result<std::unique_ptr<TableSet>> Daemon::load_origins() {
    const auto started = std::chrono::steady_clock::now();
    reloader_.saw_table(modified_ns(config_.origins.table));
    auto table = load_table(config_.origins.table, kFirstGeneration);
    if (!table) {
        // `lull routes` may be about to write it: worth another start, unlike one that is wrong.
        const bool may_come = !std::filesystem::exists(config_.origins.table);
        return may_come ? failed("{}", table.error().message) : tl::unexpected(table.error());
    }
    directory_ = std::move(table->directory);
    log_info("origin table: {} IPv4 and {} IPv6 prefixes, {} origins, loaded in {:.2f} s",
             directory_.prefixes4, directory_.prefixes6,
             directory_.origins.size() - directory_.networks.size(),
             std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    return std::move(table->set);
}

Result<void> Daemon::make_engine(const Layout& layout, std::unique_ptr<TableSet> table) {
    EngineConfig wanted;
    wanted.groups = layout.groups;
    wanted.ports = layout.ports;
    wanted.flows = flow_limits(config_);
    wanted.power = config_.dpdk.power;
    wanted.time_scale = config_.clock.scale;
    wanted.records = record_rule(config_.exports.ipfix);
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
    auto engine = Engine::create(std::move(wanted), std::move(table), std::move(*members),
                                 std::move(*inspection));
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    engine_ = std::move(*engine);
    return {};
}

void Daemon::make_exporter() {
    if (!config_.exports.ipfix.collector) {
        return;
    }
    ipfix_ = std::make_unique<IpfixExporter>(
        config_.exports.ipfix,
        IpfixExporter::Sources{.queues = engine_->record_queues(),
                               .now_ns = [this] { return clock_.now_ns(); }});
    ipfix_->adopt(directory_);
    ipfix_->adopt(monitor_->inspect_books().labels);
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

Result<void> Daemon::open_front() {
    RouteSources sources;
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
    auto front = Front::open(config_, std::move(sources), [ipfix = ipfix_.get()](FamilyList& list) {
        if (ipfix != nullptr) {
            ipfix->add_families(list);
        }
    });
    if (!front) {
        return tl::unexpected(front.error());
    }
    front_ = std::move(*front);
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
    int64_t tick_start = await_whole_tick();
    sd_notify(0, "READY=1");
    while (!signals().stop.load()) {
        collect_until(tick_start, tick_start + tick_ns);
        if (signals().stop.load()) {
            break;
        }
        if (const double step_s = self_.take_step_s(); step_s != 0 && clock_.is_wall()) {
            // Of no hour: that in which the clock jumped. What is expected is the new hour's.
            clock_.follow(step_s);
            tick_start = await_whole_tick();
            continue;
        }
        close_tick(tick_start);
        tick_start += tick_ns;
        if (clock_.now_ns() - tick_start > tick_ns) {
            tick_start = await_whole_tick();  // the detector sees a gap: missing
        }
    }
    sd_notify(0, "STOPPING=1");
    reloader_.close();
    office_->close();
    front_->stop();
    engine_->stop();
    collect();
    collect();  // what came after the answer of a worker that was late
    end_flows();
    keeper_->close(*monitor_);
    publish_view();
    for (const PortView& port : front_->view()->ports) {
        log_info("{}", port_balance(port));
    }
    return {};
}

// The start of the next tick, once it has come. What arrives before is counted and not judged: with
// it that tick would hold more than its time.
int64_t Daemon::await_whole_tick() {
    const auto tick_ns = static_cast<int64_t>(config_.detect.tick_s * 1e9);
    const int64_t now = clock_.now_ns();
    const int64_t start = now / tick_ns * tick_ns + tick_ns;
    collect_until(now, start);
    monitor_->drop_tick(start - tick_ns, config_.detect.tick_s);
    return start;
}

// What is still in the flow tables is told as well, if anybody listens.
void Daemon::end_flows() {
    constexpr double kPatience_s = 5;
    if (ipfix_) {
        engine_->end_flows(ipfix_->state().connected ? kPatience_s : 0);
        ipfix_->stop();
    }
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
    self_.hear(snapshot);
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
    tell_news();
    self_.closed_tick(std::chrono::steady_clock::now() - started);
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
    if (self_.look()) {
        sd_notify(0, "WATCHDOG=1");
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
            if (ipfix_) {
                ipfix_->adopt(monitor_->inspect_books().labels);
            }
        }
        front_->show(config_);
    }
    // Known to control before the workers can speak in its ids.
    directory_ = std::move(result.table->directory);
    monitor_->adopt(directory_, std::move(result.shift));
    if (ipfix_) {
        ipfix_->adopt(directory_);
    }
    engine_->publish(std::move(result.table->set));
    // At once, so that no bank speaks of a generation that many reloads have left behind.
    collect();
    recent_.add(result.recent);  // they were seen under the table before
}

void Daemon::publish_view() {
    auto view = std::make_shared<View>(monitor_->view(Monitor::OriginChoice::kExported));
    view->published_wall_s = static_cast<double>(Clock::wall_ns()) / 1e9;
    view->clock_scale = clock_.scale();
    view->table.loads_failed = reloader_.record().tables_refused;
    self_.show(*view);
    view->config_reload_ok = reloader_.record().last_ok;
    view->config_reload_wall_s = reloader_.record().last_success_wall_s;
    view->store = keeper_->view();
    view->maintenance = office_->maintenance();
    for (const Maintenance& window : config_.calendar.maintenance) {
        view->maintenance.push_back({0, window, ""});
    }
    front_->publish(std::move(view));
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
