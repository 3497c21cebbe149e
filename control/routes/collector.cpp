#include "control/routes/collector.h"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "control/clock.h"
#include "control/export/metrics.h"
#include "control/files.h"
#include "control/log.h"
#include "control/signals.h"

namespace lull {
namespace {

constexpr std::chrono::milliseconds kTurn{200};

int64_t unix_now_s() {
    return Clock::wall_ns() / 1'000'000'000;
}

Result<StationOptions> station_options(const RoutesSection& section) {
    StationOptions options;
    options.listen = section.bmp_listen;
    options.max_routers = section.bmp_max_routers;
    for (const std::string& text : section.bmp_allow) {
        auto prefix = parse_prefix(text);
        if (!prefix) return tl::unexpected(std::move(prefix.error()));
        options.allow.push_back(*prefix);
    }
    return options;
}

/// Tells the watchdog that a read goes on: of a folder of dumps it may take longer than
/// WatchdogSec.
class Alive final : public Progress {
  public:
    void step(std::string) override { sd_notify(0, "WATCHDOG=1"); }
    void tick(uint64_t) override { sd_notify(0, "WATCHDOG=1"); }
};

Response plain(unsigned status, std::string text) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(text);
    return response;
}

std::vector<Route> routes_of(const RoutesBoard& board) {
    std::vector<Route> routes;
    routes.push_back({"GET", "/metrics", [&board](const Request&) {
                          Response response = plain(200, routes_metrics(*board.facts()));
                          response.content_type = kMetricsContentType;
                          return response;
                      }});
    routes.push_back({"GET", "/-/healthy",
                      [](const Request&) { return plain(200, "lull routes is healthy.\n"); }});
    routes.push_back({"GET", "/-/ready", [&board](const Request&) {
                          const auto facts = board.facts();
                          return facts->not_ready.empty()
                                     ? plain(200, "lull routes is ready.\n")
                                     : plain(503, fmt::format("lull routes is not ready: {}.\n",
                                                              facts->not_ready));
                      }});
    routes.push_back({"GET", "/api/v1/witness", [&board](const Request&) {
                          const auto facts = board.facts();
                          if (!facts->witness) return error_response(503, "no witness yet");
                          Response response;
                          response.body = format_witness(*facts->witness);
                          return response;
                      }});
    return routes;
}

}  // namespace

Collector::Collector(Config config, Shrinking shrinking)
    : config_(std::move(config)),
      alive_(std::make_unique<Alive>()),
      mrt_(config_.routes.mrt, rib_, alive_.get()),
      view_(rib_, unix_now_s()),
      publisher_(config_.origins.table, shrinking) {
    facts_.not_ready = "no table is published yet";
}

Collector::~Collector() {
    if (server_) server_->stop();
}

Result<std::unique_ptr<Collector>> Collector::create(Config config, Shrinking shrinking) {
    auto sources = read_table_sources(config.routes);
    if (!sources) return tl::unexpected(std::move(sources.error()));
    std::unique_ptr<Collector> collector(new Collector(std::move(config), shrinking));
    collector->sources_ = std::make_shared<const BuildInput>(std::move(*sources));
    collector->remember();
    const RoutesSection& section = collector->config_.routes;
    if (!section.bmp_listen.empty()) {
        auto options = station_options(section);
        if (!options) return tl::unexpected(std::move(options.error()));
        auto station = BmpStation::open(std::move(*options), collector->bmp_);
        if (!station) return within(collector->config_.path, station.error());
        collector->station_ = std::move(*station);
        for (const std::string& address : collector->station_->addresses()) {
            log_info("bmp: listening on {}", address);
        }
    }
    if (auto ok = collector->start_server(); !ok) return tl::unexpected(std::move(ok.error()));
    return collector;
}

/// What the process before this one has left: what was withdrawn is in its table, what had moved in
/// its witness.
void Collector::remember() {
    for (const Publisher::Remembered& route : publisher_.found_withdrawn()) {
        rib_.remember(route.prefix, route.asn, route.since_s);
    }
    const std::string path = witness_path(config_.origins.table);
    std::error_code none;
    if (!std::filesystem::exists(path, none)) return;
    const auto witness = read_file(path, kMaxWitnessBytes).and_then([&](const std::string& text) {
        return parse_witness(text, path);
    });
    if (witness) {
        view_.remember(witness->moved);
    } else {
        log_warning("{}; the next witness replaces it", witness.error().message);
    }
}

Result<void> Collector::start_server() {
    auto server = Server::start(config_.routes.listen, routes_of(board_));
    if (!server) return within(config_.path, server.error());
    server_ = std::move(*server);
    for (const std::string& address : server_->addresses()) {
        log_info("listening on http://{}/metrics", address);
    }
    return {};
}

Result<void> Collector::loop() {
    sd_notify(0, "READY=1");
    int64_t last_second = 0;
    while (!signals().stop.load()) {
        bmp_.set_now(unix_now_s());
        if (station_) {
            station_->serve(kTurn);
        } else {
            std::this_thread::sleep_for(kTurn);
        }
        const int64_t now_s = unix_now_s();
        if (now_s == last_second) continue;
        last_second = now_s;
        every_second(now_s);
    }
    sd_notify(0, "STOPPING=1");
    publish_last();
    log_info("stopping: {} prefixes, {} routes; the table and the witness stay",
             rib_.entries().size(), rib_.routes());
    return {};
}

void Collector::every_second(int64_t now_s) {
    if (signals().reload.exchange(false)) reload();
    bmp_.end_tables();
    const bool read = mrt_.look(now_s);
    if (publisher_.is_done()) finish_publication(now_s);
    if (read || look_clock_.is_due(rib_.version(), now_s)) {
        rib_.expire(now_s);
        look(now_s);
        publish_if_due(now_s);
    }
    show(now_s);
    sd_notify(0, "WATCHDOG=1");
}

void Collector::look(int64_t now_s) {
    const auto began = std::chrono::steady_clock::now();
    witness_ = view_.look(now_s);
    look_clock_.looked(
        rib_.version(), now_s,
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    const auto bmp = bmp_.peers();
    const auto mrt = mrt_.peers();
    witness_.peers = bmp.known + mrt.known;
    witness_.peers_heard = bmp.heard + mrt.heard;
    facts_.witness = std::make_shared<const Witness>(witness_);
    // Before the first table no prefix has a country: nothing could be said of any.
    if (facts_.published == 0) return;
    const std::string text = format_witness(witness_);
    const auto written =
        write_file_atomically(witness_path(config_.origins.table),
                              {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
    if (written) {
        facts_.witness_s = static_cast<double>(now_s);
    } else {
        ++facts_.witness_failed;
        static LogLimit limit;
        log_limited(limit, LogLevel::kError, "witness: {}", written.error().message);
    }
}

bool Collector::is_urgent() const {
    if (published_networks_.empty()) return true;
    for (std::size_t i = 0; i < witness_.countries.size(); ++i) {
        const double before = published_networks_[i];
        const double now = witness_.countries[i].networks();
        if (std::abs(now - before) >= kUrgentShare * std::max(before, 1.0)) return true;
    }
    return false;
}

void Collector::publish_if_due(int64_t now_s) {
    if (publisher_.busy()) return;
    const bool changed = sources_changed_ || rib_.version() != published_version_;
    // A table out of the first routes of the first router would be refused or, worse, believed.
    if (!changed || (witness_.peers_heard == 0 && facts_.published == 0)) return;
    const bool urgent = sources_changed_ || (witness_.sees() && is_urgent());
    const double pause_s =
        urgent || last_failed_ ? config_.routes.publish_pause_s : config_.routes.publish_every_s;
    if (last_start_s_ != 0 && static_cast<double>(now_s - last_start_s_) < pause_s) return;
    start_publication(now_s);
}

void Collector::start_publication(int64_t now_s) {
    last_start_s_ = now_s;
    published_version_ = rib_.version();
    sources_changed_ = false;
    publisher_.start(rows_of(rib_), sources_,
                     {"rib", "bmp and mrt", std::string(64, '0'), rib_.routes(), 0}, now_s);
}

/// What was withdrawn since the last publication is not forgotten with this process.
void Collector::publish_last() {
    const int64_t now_s = unix_now_s();
    if (publisher_.busy()) finish_publication(now_s);
    if (facts_.published == 0 || last_failed_ || rib_.version() == published_version_) return;
    start_publication(now_s);
    finish_publication(now_s);
}

/// Waits for it if it runs.
void Collector::finish_publication(int64_t now_s) {
    auto finished = publisher_.take();
    last_failed_ = !finished;
    if (last_failed_) {
        ++facts_.publications_failed;
        published_version_ = 0;  // tried again
        static LogLimit limit;
        log_limited(limit, LogLevel::kError, "no new table, the old one stays: {}",
                    finished.error().message);
        return;
    }
    Publication& done = *finished;
    view_.apply(std::move(done.attribution));
    ++facts_.published;
    facts_.table_built_s = static_cast<double>(now_s);
    facts_.publication_s = done.took_s;
    facts_.table_prefixes = done.prefixes;
    facts_.table_withdrawn = done.withdrawn;
    facts_.not_ready.clear();
    look(now_s);  // countries may be other ones
    published_networks_.clear();
    for (const CountryRoutes& routes : witness_.countries) {
        published_networks_.push_back(routes.networks());
    }
    log_info("published {}: {} prefixes, {} of them withdrawn, in {:.1f} s", config_.origins.table,
             done.prefixes, done.withdrawn, done.took_s);
}

void Collector::reload() {
    auto config = load_config(config_.path);
    if (!config) {
        log_error("reload refused, the old state stays: {}", config.error().as_error().message);
        return;
    }
    auto sources = read_table_sources(config->routes);
    if (!sources) {
        log_error("reload refused, the old state stays: {}", sources.error().message);
        return;
    }
    sources_ = std::make_shared<const BuildInput>(std::move(*sources));
    sources_changed_ = true;
    config_.routes.publish_every_s = config->routes.publish_every_s;
    config_.routes.publish_pause_s = config->routes.publish_pause_s;
    look_clock_.hurry();
    log_info("reload: the table's sources are read anew; listeners and mrt need a restart");
}

void Collector::show(int64_t) {
    if (station_) {
        facts_.routers = station_->routers();
        facts_.station = station_->counts();
    }
    facts_.bmp = bmp_.counts();
    facts_.mrt = mrt_.counts();
    facts_.rib = rib_.counts();
    facts_.rib_prefixes = rib_.prefixes();
    facts_.rib_routes = rib_.routes();
    facts_.rib_paths = rib_.paths();
    board_.put(facts_);
}

Result<void> run_routes(const RoutesOptions& options) {
    auto config = load_config(options.config_path);
    if (!config) return tl::unexpected(config.error().as_error());
    const RoutesSection& section = config->routes;
    if (section.bmp_listen.empty() && section.mrt.empty()) {
        return refused(
            "{}: routes: no routes come in; set routes.bmp_listen to an address that routers "
            "connect to, or routes.mrt to files or folders",
            options.config_path);
    }
    if (options.mode == RoutesOptions::Mode::kCheck) {
        auto sources = read_table_sources(section);
        if (!sources) return tl::unexpected(std::move(sources.error()));
        auto station = station_options(section);
        if (!station) return tl::unexpected(std::move(station.error()));
        fmt::print("{}: fine; {} prefixes from files beside the routes\n", options.config_path,
                   sources->prefixes.size());
        return {};
    }
    start_log(config->log, config->site);
    install_signals();
    auto collector = Collector::create(std::move(*config), options.shrinking);
    if (!collector) return tl::unexpected(std::move(collector.error()));
    return (*collector)->loop();
}

}  // namespace lull
