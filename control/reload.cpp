#include "control/reload.h"

#include "control/config/diff.h"

namespace lull {

namespace {

nlohmann::json empty_report() {
    return {{"applied", nlohmann::json::array()},
            {"needs_restart", nlohmann::json::array()},
            {"unchanged", nlohmann::json::array()},
            {"errors", nlohmann::json::array()}};
}

// The sections that only a restart can change keep what is running, so that the effective
// configuration never claims what is not true.
Config live_part(const Config& running, const Config& next) {
    Config config = next;
    config.dpdk = running.dpdk;
    config.ports = running.ports;
    config.clock = running.clock;
    config.http.listen = running.http.listen;
    config.detect.tick_s = running.detect.tick_s;
    return config;
}

ReloadResult build(ReloadScope scope, const Config& running, const Directory& directory,
                   uint64_t generation) {
    ReloadResult result;
    result.report = empty_report();
    Config next = running;
    if (scope == ReloadScope::kAll && !running.path.empty()) {
        auto loaded = load_config(running.path);
        if (!loaded) {
            result.report["errors"] = loaded.error().problems;
            return result;
        }
        const ReloadPlan plan = plan_reload(running, *loaded);
        result.report["applied"] = plan.applied;
        result.report["needs_restart"] = plan.needs_restart;
        result.report["unchanged"] = plan.unchanged;
        next = live_part(running, *loaded);
        result.config = next;
    }
    auto table = load_table(next.origins.table, generation);
    if (table) {
        if (auto ok = check_shrinkage(directory, table->directory); !ok) {
            table = tl::unexpected(ok.error());
        }
    }
    if (!table) {
        result.report["errors"].push_back(table.error().message);
        result.config.reset();
        return result;
    }
    if (table->directory.sha256 == directory.sha256) {
        result.report["unchanged"].push_back("origins.table (same content)");
    } else {
        result.report["applied"].push_back(fmt::format("origins.table ({} + {} prefixes)",
                                                       table->directory.prefixes4,
                                                       table->directory.prefixes6));
    }
    result.table = std::move(*table);
    result.ok = true;
    return result;
}

}  // namespace

Reloader::~Reloader() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

bool Reloader::start(ReloadScope scope, const Config& running, const Directory& directory,
                     uint64_t next_generation) {
    const std::scoped_lock lock(mutex_);
    if (busy_) {
        return false;
    }
    if (thread_.joinable()) {
        thread_.join();
    }
    busy_ = true;
    thread_ = std::thread([this, scope, running, directory, next_generation] {
        ReloadResult result = build(scope, running, directory, next_generation);
        const std::scoped_lock done(mutex_);
        finished_ = std::move(result);
    });
    return true;
}

std::optional<ReloadResult> Reloader::take() {
    const std::scoped_lock lock(mutex_);
    if (!finished_) {
        return std::nullopt;
    }
    std::optional<ReloadResult> result = std::move(finished_);
    finished_.reset();
    busy_ = false;
    return result;
}

}  // namespace lull
