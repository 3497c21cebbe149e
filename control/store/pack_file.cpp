#include "control/store/pack_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "control/clock.h"
#include "control/store/incident_row.h"
#include "control/store/schema.h"
#include "control/store/tick_rows.h"
#include "control/store/where.h"
#include "control/version.h"

namespace lull {
namespace {

constexpr int64_t kHour_ns = int64_t{3600} * 1'000'000'000;
constexpr std::size_t kMostIncidents = 10'000;
constexpr std::size_t kMostDecisions = 100'000;

/// Decides what stays, and writes the row that says so.
StoreResult<void> mark(Database& store, uint64_t id, const Incident& incident) {
    const auto from = store.number(
        fmt::format("SELECT max(tick_end_ns) FROM checkpoints WHERE length(state) > 0 AND "
                    "tick_end_ns BETWEEN {} AND {}",
                    incident.start_ns - kKeptBefore_ns, incident.start_ns));
    const auto newest = store.number("SELECT max(tick_end_ns) FROM ticks");
    if (!from || !newest) {
        return tl::unexpected(!from ? from.error() : newest.error());
    }
    // Of a long one its first days: what follows is no longer kept without gaps.
    const int64_t last_ns = std::min(std::max(newest->value_or(0), incident.last_verified_ns),
                                     incident.start_ns + kKeptLongest_ns);
    auto insert = store.prepare(
        "INSERT OR REPLACE INTO pack (id, incident, from_ns, until_ns, made_ns, version) VALUES "
        "(1, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, static_cast<int64_t>(id));
    if (*from) {
        insert->bind(2, **from);
    } else {
        insert->bind_null(2);
    }
    insert->bind(3,
                 std::min(incident.end_ns ? *incident.end_ns + kKeptAfter_ns : last_ns, last_ns));
    insert->bind(4, Clock::wall_ns());
    insert->bind(5, std::string_view(build_info().version));
    if (const auto done = insert->step(); !done) {
        return tl::unexpected(done.error());
    }
    return {};
}

/// Leaves what the row of `pack` is about. Without a checkpoint ticks are there to look at.
StoreResult<void> prune(Database& store, const Incident& incident) {
    return store.run(fmt::format(
        "CREATE TEMP TABLE span AS SELECT coalesce(from_ns, {0}) AS first_ns, until_ns, incident "
        "FROM pack;"
        "DELETE FROM detector; DELETE FROM maintenance;"
        "DELETE FROM ticks WHERE tick_end_ns <= (SELECT first_ns FROM span) OR tick_end_ns > "
        "(SELECT until_ns FROM span);"
        "DELETE FROM checkpoints WHERE tick_end_ns NOT BETWEEN (SELECT first_ns FROM span) AND "
        "(SELECT until_ns FROM span);"
        "DELETE FROM checkpoints WHERE tick_end_ns IN (SELECT tick_end_ns FROM (SELECT "
        "tick_end_ns, context = lag(context) OVER (ORDER BY tick_end_ns) AS same FROM checkpoints) "
        "WHERE same);"
        "DELETE FROM decisions WHERE time_ns NOT BETWEEN (SELECT first_ns FROM span) - {1} AND "
        "(SELECT until_ns FROM span);"
        "DELETE FROM incidents WHERE id <> (SELECT incident FROM span) AND (start_ns > (SELECT "
        "until_ns FROM span) OR coalesce(end_ns, last_verified_ns) < (SELECT first_ns FROM span) - "
        "{2});"
        "DROP TABLE span; VACUUM",
        incident.start_ns - kKeptBefore_ns, kHour_ns, 24 * kHour_ns));
}

StoreResult<std::vector<Decision>> read_decisions(Database& store, CountryId country) {
    auto rows = store.prepare("SELECT time_ns, records FROM decisions ORDER BY time_ns");
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<Decision> decisions;
    auto found = rows->step();
    for (; found && *found && decisions.size() < kMostDecisions; found = rows->step()) {
        if (auto decision = find_record({rows->whole(0), rows->bytes(1)}, country)) {
            decisions.push_back(std::move(*decision));
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    return decisions;
}

}  // namespace

Result<PackFile> PackFile::make(const std::string& store, uint64_t incident) {
    auto copy = copy_store(store);
    if (!copy) {
        return store_failure(store, copy.error());
    }
    const auto id = static_cast<int64_t>(incident);
    std::size_t unknown = 0;
    const auto found = read_incidents(*copy, fmt::format("id = {}", id), 1, unknown);
    if (!found) {
        return store_failure(store, found.error());
    }
    if (found->empty()) {
        return refused("{}: it holds no incident {}: lull show incidents --since 30d has them",
                       store, incident);
    }
    if (auto ok = mark(*copy, incident, found->front()); !ok) {
        return store_failure(store, ok.error());
    }
    if (auto ok = prune(*copy, found->front()); !ok) {
        return store_failure(store, ok.error());
    }
    PackFile pack(std::move(*copy), store);
    if (auto ok = pack.read(); !ok) {
        return tl::unexpected(ok.error());
    }
    return pack;
}

Result<PackFile> PackFile::open(const std::string& path) {
    auto copy = copy_store(path);
    if (!copy) {
        return store_failure(path, copy.error());
    }
    PackFile pack(std::move(*copy), path);
    if (auto ok = pack.read(); !ok) {
        return tl::unexpected(ok.error());
    }
    return pack;
}

bool PackFile::looks_like_one(const std::string& path) {
    constexpr std::string_view kMagic = "SQLite format 3";
    std::array<char, kMagic.size()> head{};
    std::ifstream file(path, std::ios::binary);
    return file.read(head.data(), head.size()) &&
           std::string_view(head.data(), head.size()) == kMagic;
}

Result<void> PackFile::read() {
    auto row = database_.prepare(
        "SELECT incident, from_ns, until_ns, made_ns, version FROM pack WHERE id = 1");
    const auto found = row ? row->step() : tl::unexpected(row.error());
    if (!found) {
        return store_failure(path_, found.error());
    }
    if (!*found) {
        return refused(
            "{}: a store and no pack: lull incident pack ID --store {} --out FILE makes "
            "one of it",
            path_, path_);
    }
    const int64_t id = row->whole(0);
    if (!row->is_null(1)) {
        pack_.from_ns = row->whole(1);
    }
    pack_.until_ns = row->whole(2);
    pack_.made_ns = row->whole(3);
    pack_.version = row->text(4);
    std::size_t unknown = 0;
    auto incidents = read_incidents(database_, "TRUE", kMostIncidents, unknown);
    if (!incidents) {
        return store_failure(path_, incidents.error());
    }
    pack_.incidents = std::move(*incidents);
    const auto own = std::find_if(pack_.incidents.begin(), pack_.incidents.end(),
                                  [id](auto& each) { return static_cast<int64_t>(each.id) == id; });
    if (own == pack_.incidents.end()) {
        return refused("{}: the incident that it is about is missing or of no kind this lull knows",
                       path_);
    }
    pack_.incident = *own;
    if (pack_.incident.country) {
        auto decisions = read_decisions(database_, *pack_.incident.country);
        if (!decisions) {
            return store_failure(path_, decisions.error());
        }
        pack_.decisions = std::move(*decisions);
    }
    auto checkpoints =
        read_checkpoints(database_, pack_.from_ns.value_or(pack_.until_ns), pack_.until_ns);
    const auto ticks = database_.number("SELECT count(*) FROM ticks");
    if (!checkpoints || !ticks) {
        return store_failure(path_, checkpoints ? ticks.error() : checkpoints.error());
    }
    pack_.checkpoints = std::move(*checkpoints);
    pack_.ticks = static_cast<std::size_t>(ticks->value_or(0));
    // What does not match its checksum is not there.
    if (pack_.from_ns &&
        (pack_.checkpoints.empty() || pack_.checkpoints.front().tick_end_ns != *pack_.from_ns)) {
        pack_.from_ns.reset();
    }
    return {};
}

Result<std::size_t> PackFile::each_tick(const std::function<bool(const TickFacts&)>& take) {
    auto senseless =
        read_ticks(database_, pack_.from_ns.value_or(pack_.until_ns), pack_.until_ns, take);
    if (!senseless) {
        return store_failure(path_, senseless.error());
    }
    return *senseless;
}

Result<std::vector<uint8_t>> PackFile::bytes() {
    auto bytes = database_.bytes();
    if (!bytes) {
        return store_failure(path_, bytes.error());
    }
    return std::move(*bytes);
}

}  // namespace lull
