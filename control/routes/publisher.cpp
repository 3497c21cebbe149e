#include "control/routes/publisher.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>

#include "control/log.h"
#include "control/origins/gather.h"
#include "control/origins/table_file.h"

namespace lull {

struct Publisher::Finished {
    std::atomic<bool> done{false};
    Result<Publication> result = failed("it has not run");
};

Result<BuildInput> read_table_sources(const RoutesSection& section) {
    Progress progress;
    Gatherer gatherer(progress);
    const auto add = [&](SourceKind kind, const std::vector<std::string>& paths) -> Result<void> {
        for (const std::string& path : paths) {
            if (auto added = gatherer.add({kind, path}); !added) return added;
        }
        return {};
    };
    std::vector<std::string> overrides;
    if (section.overrides) overrides.push_back(*section.overrides);
    auto read = add(SourceKind::kOverrides, overrides);
    if (read) read = add(SourceKind::kDelegated, section.delegated);
    if (read) read = add(SourceKind::kCountryRanges, section.country_ranges);
    if (read) read = add(SourceKind::kMmdb, section.mmdb);
    if (read) read = add(SourceKind::kLocationDump, section.location_dumps);
    if (read) read = add(SourceKind::kGeofeed, section.geofeeds);
    if (read) read = add(SourceKind::kAsNames, section.as_names);
    if (!read) return tl::unexpected(std::move(read.error()));
    auto gathered = gatherer.finish();
    if (!gathered) return tl::unexpected(std::move(gathered.error()));
    return std::move(gathered->input);
}

Publisher::Publisher(std::string path, Shrinking shrinking)
    : path_(std::move(path)), shrinking_(shrinking) {
    std::error_code none;
    if (!std::filesystem::exists(path_, none)) return;
    auto table = read_table(path_);
    if (!table) {
        log_warning("{}; the next table replaces it", table.error().message);
        return;
    }
    prefixes_ = table->routes4.size() + table->routes6.size();
    for (const WithdrawnRoute& route : table->withdrawn) {
        withdrawn_.push_back({route.prefix, origin_in(*table, route.prefix).asn, route.since_s});
    }
}

Publisher::~Publisher() {
    if (thread_.joinable()) thread_.join();
}

void Publisher::start(std::vector<RibRow> rows, std::shared_ptr<const BuildInput> sources,
                      TableSource rib, int64_t now_s) {
    finished_ = std::make_unique<Finished>();
    thread_ = std::thread([this, rows = std::move(rows), sources = std::move(sources),
                           rib = std::move(rib), now_s]() mutable {
        BuildInput input = *sources;
        input.sources.push_back(std::move(rib));
        input.built_at_s = now_s;
        finished_->result = publish(std::move(rows), std::move(input));
        finished_->done.store(true);
    });
}

bool Publisher::is_done() const {
    return busy() && finished_->done.load();
}

Result<Publication> Publisher::take() {
    thread_.join();
    Result<Publication> result = std::move(finished_->result);
    if (result) prefixes_ = result->prefixes;
    return result;
}

Result<Publication> Publisher::publish(std::vector<RibRow> rows, BuildInput input) {
    const auto started = std::chrono::steady_clock::now();
    input.prefixes.reserve(input.prefixes.size() + rows.size());
    for (const RibRow& row : rows) {
        PrefixRecord record;
        record.prefix = row.prefix;
        record.asn = row.asn;
        record.states_class = false;
        record.kind = SourceKind::kMrt;
        input.prefixes.push_back(record);
        if (row.withdrawn_s != 0) input.withdrawn.push_back({row.prefix, row.withdrawn_s});
    }
    auto built = build_table(std::move(input));
    if (!built) return tl::unexpected(std::move(built.error()));
    const std::size_t prefixes = built->table.routes4.size() + built->table.routes6.size();
    constexpr double kLeastKept = 0.8;  // as the monitor asks, reload's check_shrinkage
    if (shrinking_ == Shrinking::kRefuse &&
        static_cast<double>(prefixes) < kLeastKept * static_cast<double>(prefixes_)) {
        return refused(
            "{}: the new table has {} prefixes where the one there has {}: less than four fifths "
            "are an accident far more often than news; it stays. To publish it all the same: "
            "lull routes --force",
            path_, prefixes, prefixes_);
    }
    if (auto written = write_table(built->table, path_); !written) {
        return tl::unexpected(std::move(written.error()));
    }
    Publication publication;
    publication.prefixes = prefixes;
    publication.withdrawn = built->table.withdrawn.size();
    publication.attribution =
        attribute(std::move(rows), std::make_shared<const OriginTable>(std::move(built->table)));
    publication.took_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return publication;
}

}  // namespace lull
