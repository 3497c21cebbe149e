#include "control/origins/command.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "control/origins/as_names.h"
#include "control/origins/build.h"
#include "control/origins/delegated.h"
#include "control/origins/diff.h"
#include "control/origins/line_reader.h"
#include "control/origins/location_dump.h"
#include "control/origins/overrides.h"
#include "control/origins/progress.h"
#include "control/origins/report.h"
#include "control/origins/routes.h"
#include "control/origins/table_file.h"
#include "control/origins/votes.h"

namespace lull {
namespace {

struct Gathered {
    BuildInput input;
    std::optional<VoteCounts> routes;
};

Result<void> add_location_dump(const std::string& path, Progress& progress, BuildInput& input) {
    progress.step("reading " + path);
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto dump = read_location_dump(*file, path, &progress);
    if (!dump) return tl::unexpected(std::move(dump.error()));
    warn_of(dump->rejected);
    if (input.prefixes.empty()) {
        input.prefixes = std::move(dump->prefixes);
    } else {
        input.prefixes.insert(input.prefixes.end(), dump->prefixes.begin(), dump->prefixes.end());
    }
    for (auto& [asn, name] : dump->as_names) input.as_names[asn] = std::move(name);
    input.sources.push_back(
        {"location-dump", path, dump->sha256, dump->records, dump->rejected.count});
    return {};
}

/// Before the dumps' prefixes: of two for one prefix the dump's country wins.
Result<void> add_delegated(const std::string& path, Progress& progress, BuildInput& input) {
    progress.step("reading " + path);
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto delegations = read_delegated(*file, path, &progress);
    if (!delegations) return tl::unexpected(std::move(delegations.error()));
    warn_of(delegations->rejected);
    input.prefixes.insert(input.prefixes.end(), delegations->prefixes.begin(),
                          delegations->prefixes.end());
    input.sources.push_back({"delegated", path, delegations->sha256, delegations->records,
                             delegations->rejected.count});
    return {};
}

/// Routes go behind the dumps' prefixes: of two for one prefix the later AS wins.
Result<void> add_routes(const TableBuildOptions& options, Progress& progress, Gathered& gathered) {
    if (options.mrt.empty() && options.updates.empty()) return {};
    OriginVotes votes;
    BuildInput& input = gathered.input;
    const auto add = [&](const std::string& path, const char* kind) -> Result<void> {
        auto file = read_route_file(path, votes, &progress);
        if (!file) return tl::unexpected(std::move(file.error()));
        warn_of(file->rejected);
        input.sources.push_back(
            {kind, path, file->sha256, file->records_total(), file->rejected.count});
        return {};
    };
    Result<void> result;
    for (const auto& path : options.mrt) {
        if (result) result = add(path, "mrt");
    }
    for (const auto& path : options.updates) {
        if (result) result = add(path, "updates");
    }
    if (!result) return result;
    progress.step("counting routes");
    VoteResult counted = votes.result();
    if (counted.prefixes.empty()) {
        return refused("no usable route in {}: `lull table routes` says why",
                       options.mrt.empty() ? options.updates.front() : options.mrt.front());
    }
    input.prefixes.insert(input.prefixes.end(), counted.prefixes.begin(), counted.prefixes.end());
    gathered.routes = counted.counts;
    return {};
}

Result<void> add_as_names(const std::string& path, Progress& progress, BuildInput& input) {
    progress.step("reading " + path);
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto names = read_as_names(*file, path, &progress);
    if (!names) return tl::unexpected(std::move(names.error()));
    warn_of(names->rejected);
    for (auto& [asn, name] : names->names) input.as_names[asn] = std::move(name);
    input.sources.push_back(
        {"as-names", path, names->sha256, names->names.size(), names->rejected.count});
    return {};
}

Result<void> add_overrides(const std::string& path, BuildInput& input) {
    auto overrides = read_overrides(path);
    if (!overrides) return tl::unexpected(std::move(overrides.error()));
    input.overrides = std::move(*overrides);
    input.sources.push_back({"overrides", path, input.overrides.sha256,
                             input.overrides.prefixes.size() + input.overrides.asns.size(), 0});
    return {};
}

Result<Gathered> gather(const TableBuildOptions& options, Progress& progress) {
    Gathered gathered;
    BuildInput& input = gathered.input;
    input.built_at_s =
        options.built_at_s.value_or(std::chrono::duration_cast<std::chrono::seconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
    Result<void> result;
    // Overrides first: a typing error in them should not cost the reading of a dump.
    for (const auto& path : options.overrides) {
        if (result) result = add_overrides(path, input);
    }
    for (const auto& path : options.delegated) {
        if (result) result = add_delegated(path, progress, input);
    }
    for (const auto& path : options.location_dumps) {
        if (result) result = add_location_dump(path, progress, input);
    }
    if (result) result = add_routes(options, progress, gathered);
    for (const auto& path : options.as_names) {
        if (result) result = add_as_names(path, progress, input);
    }
    if (!result) return tl::unexpected(std::move(result.error()));
    return gathered;
}

tl::unexpected<Error> usage(std::string message) {
    return tl::unexpected(Error{ErrorKind::kUsage, std::move(message)});
}

}  // namespace

Result<void> table_build(const TableBuildOptions& options) {
    if (options.out.empty()) return usage("no output file: give --out FILE");
    if (options.location_dumps.empty() && options.mrt.empty() && options.updates.empty() &&
        options.delegated.empty()) {
        return usage(
            "no source of prefixes: give --location-dump FILE (made by `location dump`) or --mrt "
            "FILE (a RIB dump)");
    }
    if (options.overrides.size() > 1) return usage("--overrides is given twice; merge the files");
    Progress progress;
    auto gathered = gather(options, progress);
    if (!gathered) return tl::unexpected(std::move(gathered.error()));
    progress.step("joining prefixes");
    auto built = build_table(std::move(gathered->input));
    if (!built) return tl::unexpected(std::move(built.error()));
    progress.step("writing " + options.out);
    if (auto written = write_table(built->table, options.out); !written) return written;
    // What is reported is what is on disk.
    auto table = read_table(options.out);
    if (!table) return tl::unexpected(std::move(table.error()));
    return print(
        build_report(*table, built->report, gathered->routes, options.out, options.format));
}

Result<void> table_info(const TableInfoOptions& options) {
    auto table = read_table(options.path);
    if (!table) return tl::unexpected(std::move(table.error()));
    return print(info_report(*table, options.path, options.format));
}

Result<void> table_lookup(const TableLookupOptions& options) {
    if (options.addresses.empty()) return usage("no address to look up");
    auto table = read_table(options.path);
    if (!table) return tl::unexpected(std::move(table.error()));
    std::vector<LookupResult> results;
    for (const std::string& address : options.addresses) {
        auto result = lookup(*table, address);
        if (!result) return tl::unexpected(std::move(result.error()));
        results.push_back(std::move(*result));
    }
    return print(lookup_report(*table, results, options.format));
}

Result<void> table_diff(const TableDiffOptions& options) {
    auto before = read_table(options.old_path);
    if (!before) return tl::unexpected(std::move(before.error()));
    auto after = read_table(options.new_path);
    if (!after) return tl::unexpected(std::move(after.error()));
    return print(diff_report(diff_tables(*before, *after, options.max_changes), options.format));
}

}  // namespace lull
