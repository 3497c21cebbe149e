#include "control/origins/gather.h"

#include <algorithm>
#include <utility>

#include "control/origins/as_names.h"
#include "control/origins/country_ranges.h"
#include "control/origins/delegated.h"
#include "control/origins/geofeed.h"
#include "control/origins/line_reader.h"
#include "control/origins/location_dump.h"
#include "control/origins/mmdb.h"
#include "control/origins/overrides.h"
#include "control/origins/routes.h"

namespace lull {

Result<void> Gatherer::add(const SourceFile& file) {
    progress_.step("reading " + file.path);
    switch (file.kind) {
        case SourceKind::kOverrides:
            return add_overrides(file.path);
        case SourceKind::kGeofeed:
            return add_geofeed(file.path);
        case SourceKind::kLocationDump:
            return add_location_dump(file.path);
        case SourceKind::kMmdb:
            return add_mmdb(file.path);
        case SourceKind::kCountryRanges:
            return add_country_ranges(file.path);
        case SourceKind::kDelegated:
            return add_delegated(file.path);
        case SourceKind::kMrt:
        case SourceKind::kUpdates:
            return add_routes(file.kind, file.path);
        case SourceKind::kAsNames:
            break;
    }
    return add_as_names(file.path);
}

/// Moves the prefixes over, each with its file, and notes where they are from.
template <typename Source>
void Gatherer::take_prefixes(SourceKind kind, const std::string& path, Source& source) {
    warn_of(source.rejected);
    BuildInput& input = gathered_.input;
    const auto file = static_cast<uint16_t>(input.sources.size());
    for (PrefixRecord& record : source.prefixes) record.file = file;
    if (input.prefixes.empty()) {
        input.prefixes = std::move(source.prefixes);
    } else {
        input.prefixes.insert(input.prefixes.end(), source.prefixes.begin(), source.prefixes.end());
    }
    input.sources.push_back(
        {std::string(kind_name(kind)), path, source.sha256, source.records, source.rejected.count});
}

Result<void> Gatherer::add_location_dump(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto dump = read_location_dump(*file, path, &progress_);
    if (!dump) return tl::unexpected(std::move(dump.error()));
    for (auto& [asn, name] : dump->as_names) gathered_.input.as_names[asn] = std::move(name);
    take_prefixes(SourceKind::kLocationDump, path, *dump);
    return {};
}

Result<void> Gatherer::add_delegated(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto delegations = read_delegated(*file, path, &progress_);
    if (!delegations) return tl::unexpected(std::move(delegations.error()));
    take_prefixes(SourceKind::kDelegated, path, *delegations);
    return {};
}

Result<void> Gatherer::add_country_ranges(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto ranges = read_country_ranges(*file, path, &progress_);
    if (!ranges) return tl::unexpected(std::move(ranges.error()));
    take_prefixes(SourceKind::kCountryRanges, path, *ranges);
    return {};
}

Result<void> Gatherer::add_mmdb(const std::string& path) {
    auto database = read_mmdb(path);
    if (!database) return tl::unexpected(std::move(database.error()));
    take_prefixes(SourceKind::kMmdb, path, *database);
    return {};
}

Result<void> Gatherer::add_geofeed(const std::string& path) {
    const GeofeedName name = parse_geofeed_name(path);
    auto file = open_source(name.path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto feed = read_geofeed(*file, name.path, name.asn, &progress_);
    if (!feed) return tl::unexpected(std::move(feed.error()));
    take_prefixes(SourceKind::kGeofeed, path, *feed);
    return {};
}

Result<void> Gatherer::add_routes(SourceKind kind, const std::string& path) {
    if (!votes_) votes_ = std::make_unique<OriginVotes>();
    auto file = read_route_file(path, *votes_, &progress_);
    if (!file) return tl::unexpected(std::move(file.error()));
    warn_of(file->rejected);
    gathered_.input.sources.push_back({std::string(kind_name(kind)), path, file->sha256,
                                       file->records_total(), file->rejected.count});
    return {};
}

Result<void> Gatherer::add_as_names(const std::string& path) {
    auto file = open_source(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    auto names = read_as_names(*file, path, &progress_);
    if (!names) return tl::unexpected(std::move(names.error()));
    warn_of(names->rejected);
    for (auto& [asn, name] : names->names) gathered_.input.as_names[asn] = std::move(name);
    gathered_.input.sources.push_back({std::string(kind_name(SourceKind::kAsNames)), path,
                                       names->sha256, names->names.size(), names->rejected.count});
    return {};
}

Result<void> Gatherer::add_overrides(const std::string& path) {
    auto overrides = read_overrides(path);
    if (!overrides) return tl::unexpected(std::move(overrides.error()));
    BuildInput& input = gathered_.input;
    input.overrides = std::move(*overrides);
    const uint64_t rules = input.overrides.prefixes.size() + input.overrides.asns.size() +
                           input.overrides.countries.size();
    input.sources.push_back(
        {std::string(kind_name(SourceKind::kOverrides)), path, input.overrides.sha256, rules, 0});
    return {};
}

Result<Gathered> Gatherer::finish() {
    BuildInput& input = gathered_.input;
    if (!votes_) return std::move(gathered_);
    progress_.step("counting routes");
    VoteResult counted = votes_->result();
    // The votes are of all MRT files together: the first of them stands for the routes.
    const auto first =
        std::find_if(input.sources.begin(), input.sources.end(), [](const TableSource& source) {
            return source.kind == kind_name(SourceKind::kMrt) ||
                   source.kind == kind_name(SourceKind::kUpdates);
        });
    if (counted.prefixes.empty() && first != input.sources.end()) {
        return refused("no usable route in {}: `lull table routes` says why", first->path);
    }
    const auto file = static_cast<uint16_t>(first - input.sources.begin());
    for (PrefixRecord& record : counted.prefixes) record.file = file;
    input.prefixes.insert(input.prefixes.end(), counted.prefixes.begin(), counted.prefixes.end());
    input.withdrawn = std::move(counted.withdrawn);
    gathered_.routes = counted.counts;
    return std::move(gathered_);
}

}  // namespace lull
