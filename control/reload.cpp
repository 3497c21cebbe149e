#include "control/reload.h"

#include <sys/stat.h>

#include "control/config/diff.h"
#include "control/table_sanity.h"

namespace lull {

namespace {

nlohmann::json empty_report() {
    return {{"applied", nlohmann::json::array()},
            {"needs_restart", nlohmann::json::array()},
            {"unchanged", nlohmann::json::array()},
            {"errors", nlohmann::json::array()}};
}

// Loads the table into `result`, unless it is one that must not replace the running one.
Result<void> load_sane_table(const std::string& path, const ReloadInput& input,
                             ReloadResult& result) {
    auto table = load_table(path, input.next_generation);
    if (!table) {
        return tl::unexpected(table.error());
    }
    if (auto ok = check_shrinkage(input.directory, table->directory); !ok) {
        return ok;
    }
    auto recent = looked_up(input.recent, *table->set);
    if (auto ok = check_unmatched(path, input.recent, recent); !ok) {
        return ok;
    }
    result.shift = shift_of(input.seen, input.rates, {*input.table, input.directory},
                            {*table->set, table->directory});
    if (auto ok = check_shift(path, result.shift, input.shift_word); !ok) {
        return ok;
    }
    result.table = std::move(*table);
    result.recent = std::move(recent);
    return {};
}

}  // namespace

ReloadResult build_reload(const ReloadInput& input) {
    const Config& running = input.running;
    ReloadResult result;
    result.report = empty_report();
    Config next = running;
    if (input.scope == ReloadScope::kAll && !running.path.empty()) {
        auto loaded = load_config(running.path);
        if (!loaded) {
            result.report["errors"] = loaded.error().problems;
            return result;
        }
        const ReloadPlan plan = plan_reload(running, *loaded);
        result.report["applied"] = plan.applied;
        if (running.detect.calendar == loaded->detect.calendar &&
            running.calendar != loaded->calendar) {
            result.report["applied"].push_back("detect.calendar (its content)");
        }
        if (running.origins.members == loaded->origins.members &&
            running.members != loaded->members) {
            result.report["applied"].push_back(
                fmt::format("origins.members (its content: {} members)", loaded->members.size()));
        }
        const bool other_files = running.inspect.signatures == loaded->inspect.signatures &&
                                 running.inspect.sites == loaded->inspect.sites &&
                                 !same_files(running.inspected, loaded->inspected);
        if (other_files) {
            result.report["applied"].push_back(
                fmt::format("inspect (the files' content: {} signatures, {} names)",
                            loaded->inspected->signatures.signatures.size(),
                            loaded->inspected->sites.names.size()));
        }
        result.books = input.books;
        auto inspection = build_inspection(*loaded, input.workers, result.books);
        if (!inspection) {
            result.report = empty_report();
            result.report["errors"].push_back(
                fmt::format("{}: inspect: {}", loaded->path, inspection.error().message));
            return result;
        }
        result.inspection = std::move(*inspection);
        result.inspection_built = true;
        result.report["needs_restart"] = plan.needs_restart;
        result.report["unchanged"] = plan.unchanged;
        next = live_part(running, *loaded);
        result.config = next;
    }
    // Before it is read: what is written meanwhile is a change of its own.
    const int64_t modified = modified_ns(next.origins.table);
    const auto sane = load_sane_table(next.origins.table, input, result);
    if (sane || next.origins.table == running.origins.table) {
        result.table_modified_ns = modified;
    }
    if (!sane) {
        result.table_refused = true;
        result.report = empty_report();  // nothing of the plan is applied
        result.report["errors"].push_back(sane.error().message);
        result.config.reset();
        result.inspection_built = false;
        return result;
    }
    const Directory& directory = result.table->directory;
    if (directory.sha256 == input.directory.sha256) {
        result.report["unchanged"].push_back("origins.table (same content)");
    } else {
        result.report["applied"].push_back(fmt::format("origins.table ({} + {} prefixes)",
                                                       directory.prefixes4, directory.prefixes6));
    }
    if (!result.shift.moves.empty()) {
        result.report["applied"].push_back("expectation moves with the table: " +
                                           describe(result.shift));
    }
    result.ok = true;
    return result;
}

int64_t modified_ns(const std::string& path) {
    constexpr int64_t kNsOfSecond = 1'000'000'000;
    struct stat info {};
    return stat(path.c_str(), &info) == 0
               ? int64_t{info.st_mtim.tv_sec} * kNsOfSecond + info.st_mtim.tv_nsec
               : 0;
}

}  // namespace lull
