#include "control/origins/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "control/origins/build.h"
#include "control/origins/diff.h"
#include "control/origins/gather.h"
#include "control/origins/progress.h"
#include "control/origins/report.h"
#include "control/origins/table_file.h"
#include "control/origins/why.h"

namespace lull {
namespace {

/// The files of a build in the order in which they are read. Overrides first: a typing error in
/// them should not cost the reading of a dump. Routes after dumps: of two AS for one prefix that of
/// the route stays.
std::vector<SourceFile> files_of(const TableBuildOptions& options) {
    std::vector<SourceFile> files;
    const auto add = [&files](SourceKind kind, const std::vector<std::string>& paths) {
        for (const std::string& path : paths) files.push_back({kind, path});
    };
    add(SourceKind::kOverrides, options.overrides);
    add(SourceKind::kDelegated, options.delegated);
    add(SourceKind::kCountryRanges, options.country_ranges);
    add(SourceKind::kMmdb, options.mmdb);
    add(SourceKind::kLocationDump, options.location_dumps);
    add(SourceKind::kGeofeed, options.geofeeds);
    add(SourceKind::kMrt, options.mrt);
    add(SourceKind::kUpdates, options.updates);
    add(SourceKind::kAsNames, options.as_names);
    return files;
}

Result<Gathered> gather(const TableBuildOptions& options, Progress& progress) {
    Gatherer gatherer(progress);
    for (const SourceFile& file : files_of(options)) {
        if (auto added = gatherer.add(file); !added) {
            return tl::unexpected(std::move(added.error()));
        }
    }
    auto gathered = gatherer.finish();
    if (!gathered) return gathered;
    gathered->input.built_at_s =
        options.built_at_s.value_or(std::chrono::duration_cast<std::chrono::seconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
    return gathered;
}

bool gives_prefixes(const SourceFile& file) {
    return file.kind != SourceKind::kOverrides && file.kind != SourceKind::kAsNames &&
           file.kind != SourceKind::kGeofeed;
}

tl::unexpected<Error> usage(std::string message) {
    return tl::unexpected(Error{ErrorKind::kUsage, std::move(message)});
}

}  // namespace

Result<void> table_build(const TableBuildOptions& options) {
    if (options.out.empty()) return usage("no output file: give --out FILE");
    const auto files = files_of(options);
    if (std::none_of(files.begin(), files.end(), gives_prefixes)) {
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
    if (options.explain == TableLookupOptions::Explain::kNo) {
        return print(lookup_report(*table, results, options.format));
    }
    std::vector<IpPrefix> addresses;
    for (const std::string& address : options.addresses) {
        addresses.push_back(parse_address(address).value_or(IpPrefix{}));
    }
    auto again = read_again(*table, addresses);
    if (!again) return tl::unexpected(std::move(again.error()));
    std::vector<Why> whys;
    for (const IpPrefix& address : addresses) whys.push_back(explain(*again, address));
    return print(why_report(*table, results, *again, whys, options.format));
}

Result<void> table_diff(const TableDiffOptions& options) {
    auto before = read_table(options.old_path);
    if (!before) return tl::unexpected(std::move(before.error()));
    auto after = read_table(options.new_path);
    if (!after) return tl::unexpected(std::move(after.error()));
    return print(diff_report(diff_tables(*before, *after, options.max_changes), options.format));
}

}  // namespace lull
