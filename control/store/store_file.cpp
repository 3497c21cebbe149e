#include "control/store/store_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "control/ledger.h"
#include "control/origins/sha256.h"
#include "control/store/incident_row.h"
#include "control/store/maintenance_row.h"
#include "control/store/schema.h"
#include "control/time_text.h"
#include "control/version.h"

namespace lull {
namespace {

// FULL: a commit is on the disk when it returns, also through a loss of power; a minute has one.
// The log is cut back after each checkpoint, so that it stays near the size of a snapshot.
constexpr const char* kManners =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304";

std::string hash_of(const std::vector<uint8_t>& bytes) {
    Sha256 hash;
    hash.add(bytes);
    return to_hex(hash.finish());
}

template <typename Row>
void append(std::vector<Row>& rows, std::vector<Row>&& newer, std::size_t most) {
    rows.insert(rows.end(), std::make_move_iterator(newer.begin()),
                std::make_move_iterator(newer.end()));
    if (rows.size() > most) {
        rows.erase(rows.begin(), rows.end() - static_cast<std::ptrdiff_t>(most));
    }
}

}  // namespace

void StoreBatch::merge(StoreBatch&& newer) {
    if (newer.snapshot) {
        snapshot = std::move(newer.snapshot);
    }
    for (auto& [id, incident] : newer.incidents) {
        incidents.insert_or_assign(id, std::move(incident));
    }
    append(decisions, std::move(newer.decisions), StoreFile::kMostDecisionsWaiting);
    append(ticks, std::move(newer.ticks), StoreFile::kMostTicksWaiting);
    append(checkpoints, std::move(newer.checkpoints), StoreFile::kMostCheckpointsWaiting);
    if (newer.forget_ticks_before_ns) {
        forget_ticks_before_ns = newer.forget_ticks_before_ns;
    }
    if (newer.maintenance) {
        maintenance = std::move(newer.maintenance);
    }
    if (newer.forget_before_ns) {
        forget_before_ns = newer.forget_before_ns;
    }
}

StoreResult<StoreFile> StoreFile::open(const std::string& path) {
    auto database = Database::open(path, Database::Access::kReadWrite);
    if (!database) {
        return tl::unexpected(database.error());
    }
    if (auto ok = migrate(*database, store_migrations()); !ok) {
        return tl::unexpected(ok.error());
    }
    if (auto ok = database->run(kManners); !ok) {
        return tl::unexpected(ok.error());
    }
    return StoreFile(std::move(*database));
}

StoreResult<StoreFile> StoreFile::open_to_read(const std::string& path) {
    StoreResult<std::optional<int64_t>> version;
    StoreResult<Database> database = tl::unexpected(StoreError{});
    for (const auto access : {Database::Access::kReadOnly, Database::Access::kFrozen}) {
        database = Database::open(path, access);
        if (!database) {
            return tl::unexpected(database.error());
        }
        version = database->number("PRAGMA user_version");
        if (version) {
            break;
        }
    }
    if (!version) {
        return tl::unexpected(version.error());
    }
    if (*version != static_cast<int64_t>(store_migrations().size())) {
        const bool newer = version->value_or(0) > static_cast<int64_t>(store_migrations().size());
        return tl::unexpected(StoreError{
            StoreError::Kind::kRefused,
            newer ? "a newer lull has written it; mend: run that lull"
                  : "of an earlier version than this lull's; mend: let lull run open it once"});
    }
    return StoreFile(std::move(*database));
}

StoreResult<StoreFile> StoreFile::in_memory() {
    auto database = Database::in_memory();
    if (!database) {
        return tl::unexpected(database.error());
    }
    if (auto ok = migrate(*database, store_migrations()); !ok) {
        return tl::unexpected(ok.error());
    }
    return StoreFile(std::move(*database));
}

StoreResult<StoreFile> StoreFile::open_copy(const std::string& path) {
    auto copy = copy_store(path);
    if (!copy) {
        return tl::unexpected(copy.error());
    }
    return StoreFile(std::move(*copy));
}

StoreResult<void> StoreFile::in_transaction(const std::function<StoreResult<void>()>& work) {
    if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) {
        return begun;
    }
    auto done = work();
    if (done) {
        done = database_.run("COMMIT");
    }
    if (!done) {
        (void)database_.run("ROLLBACK");  // some errors have done so already
    }
    return done;
}

StoreResult<void> StoreFile::write(const StoreBatch& batch) {
    return in_transaction([&] { return write_parts(batch); });
}

StoreResult<void> StoreFile::write_anew(const StoreBatch& batch) {
    return in_transaction([&]() -> StoreResult<void> {
        if (auto ok = database_.run(
                "DELETE FROM detector; DELETE FROM incidents; DELETE FROM "
                "maintenance; DELETE FROM decisions; DELETE FROM ticks; DELETE FROM checkpoints");
            !ok) {
            return ok;
        }
        return write_parts(batch);
    });
}

StoreResult<void> StoreFile::write_parts(const StoreBatch& batch) {
    if (batch.snapshot) {
        if (auto ok = write_snapshot(*batch.snapshot); !ok) {
            return ok;
        }
    }
    auto insert = database_.prepare(
        fmt::format("INSERT OR REPLACE INTO incidents ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                    kIncidentColumns));
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const auto& [id, incident] : batch.incidents) {
        bind_incident(*insert, incident);
        if (const auto done = insert->step(); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (auto ok = write_decisions(batch.decisions); !ok) {
        return ok;
    }
    if (auto ok = write_ticks(database_, batch.ticks, batch.checkpoints); !ok) {
        return ok;
    }
    if (batch.snapshot && batch.forget_ticks_before_ns) {
        if (auto ok = forget_ticks(batch.snapshot->tick_end_ns, *batch.forget_ticks_before_ns);
            !ok) {
            return ok;
        }
    }
    if (batch.maintenance) {
        if (auto ok = write_maintenance(database_, *batch.maintenance); !ok) {
            return ok;
        }
    }
    if (batch.forget_before_ns) {
        return database_.run(
            fmt::format("DELETE FROM incidents WHERE end_ns < {}", *batch.forget_before_ns));
    }
    return {};
}

// Every hour: it looks at every tick that is kept.
StoreResult<void> StoreFile::forget_ticks(int64_t newest_ns, int64_t before_ns) {
    constexpr int64_t kEvery_ns = int64_t{3600} * 1'000'000'000;
    if (trimmed_ns_ && newest_ns >= *trimmed_ns_ && newest_ns - *trimmed_ns_ < kEvery_ns) {
        return {};
    }
    auto done = trim_ticks(database_, newest_ns, before_ns);
    if (done) {
        trimmed_ns_ = newest_ns;
    }
    return done;
}

StoreResult<void> StoreFile::write_decisions(const std::vector<DecisionRow>& rows) {
    if (rows.empty()) {
        return {};
    }
    auto insert =
        database_.prepare("INSERT OR REPLACE INTO decisions (time_ns, records) VALUES (?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const DecisionRow& row : rows) {
        insert->bind(1, row.time_ns);
        insert->bind(2, std::span<const uint8_t>(row.records));
        if (const auto done = insert->step(); !done) {
            return tl::unexpected(done.error());
        }
    }
    return database_.run(fmt::format("DELETE FROM decisions WHERE time_ns < {}",
                                     rows.back().time_ns - kDecisionsKept_ns));
}

StoreResult<std::optional<Decision>> StoreFile::decision_at(CountryId id, int64_t time_ns,
                                                            int64_t back_ns) {
    auto rows = database_.prepare(
        "SELECT time_ns, records FROM decisions WHERE time_ns <= ? AND time_ns >= ? ORDER BY "
        "time_ns DESC");
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    rows->bind(1, time_ns);
    rows->bind(2, time_ns - back_ns);
    auto found = rows->step();
    for (; found && *found; found = rows->step()) {
        if (auto decision = find_record({rows->whole(0), rows->bytes(1)}, id)) {
            return decision;
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    return std::optional<Decision>();
}

StoreResult<void> StoreFile::write_snapshot(const DetectorSnapshot& snapshot) {
    auto insert = database_.prepare(
        "INSERT OR REPLACE INTO detector (id, tick_end_ns, last_incident, version, sha256, state) "
        "VALUES (1, ?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, snapshot.tick_end_ns);
    insert->bind(2, static_cast<int64_t>(snapshot.last_incident));
    insert->bind(3, std::string_view(build_info().version));
    insert->bind(4, std::string_view(hash_of(snapshot.state)));
    insert->bind(5, std::span<const uint8_t>(snapshot.state));
    if (const auto done = insert->step(); !done) {
        return tl::unexpected(done.error());
    }
    return {};
}

StoreResult<void> StoreFile::read_snapshot(Stored& stored) {
    auto row = database_.prepare(
        "SELECT tick_end_ns, last_incident, version, sha256, state FROM detector WHERE id = 1");
    if (!row) {
        return tl::unexpected(row.error());
    }
    const auto found = row->step();
    if (!found) {
        return tl::unexpected(found.error());
    }
    if (!*found) {
        return {};
    }
    DetectorSnapshot snapshot;
    snapshot.tick_end_ns = row->whole(0);
    snapshot.last_incident = static_cast<uint64_t>(std::max<int64_t>(row->whole(1), 0));
    snapshot.state = row->bytes(4);
    stored.last_incident = snapshot.last_incident;
    if (hash_of(snapshot.state) != row->text(3)) {
        stored.notes.push_back("what was learned does not match its checksum");
        return {};
    }
    stored.snapshot = std::move(snapshot);
    return {};
}

StoreResult<Stored> StoreFile::read() {
    Stored stored;
    if (auto ok = read_snapshot(stored); !ok) {
        return tl::unexpected(ok.error());
    }
    auto maintenance = read_maintenance(database_);
    if (!maintenance) {
        return tl::unexpected(maintenance.error());
    }
    stored.maintenance = std::move(*maintenance);
    const auto last = database_.number("SELECT max(id) FROM incidents");
    if (!last) {
        return tl::unexpected(last.error());
    }
    stored.last_incident = std::max(stored.last_incident,
                                    static_cast<uint64_t>(std::max<int64_t>(last->value_or(0), 0)));
    constexpr std::size_t kMostOpen = 10'000;  // a country has one; this bounds a damaged file
    std::size_t unknown = 0;
    auto closed = read_incidents(database_, "end_ns IS NOT NULL", Ledger::kClosedKept, unknown);
    if (!closed) {
        return tl::unexpected(closed.error());
    }
    auto open = read_incidents(database_, "end_ns IS NULL", kMostOpen, unknown);
    if (!open) {
        return tl::unexpected(open.error());
    }
    stored.incidents = std::move(*closed);
    stored.incidents.insert(stored.incidents.end(), std::make_move_iterator(open->begin()),
                            std::make_move_iterator(open->end()));
    std::sort(stored.incidents.begin(), stored.incidents.end(),
              [](const Incident& a, const Incident& b) { return a.id < b.id; });
    if (unknown > 0) {
        stored.notes.push_back(fmt::format("{} incidents are of no kind this lull knows", unknown));
    }
    return stored;
}

StoreResult<std::vector<Incident>> StoreFile::incidents_since(int64_t since_ns, std::size_t most) {
    std::size_t unknown = 0;
    return read_incidents(database_, fmt::format("end_ns IS NULL OR end_ns >= {}", since_ns), most,
                          unknown);
}

StoreResult<void> StoreFile::abandon(uint64_t last) {
    return database_.run(fmt::format(
        "UPDATE incidents SET end_ns = max(start_ns, last_verified_ns) WHERE end_ns IS NULL AND "
        "id <= {}",
        static_cast<int64_t>(last)));
}

StoreResult<std::string> move_aside(const std::string& path, int64_t wall_ns) {
    constexpr int64_t kSecond_ns = 1'000'000'000;
    std::string stamp = format_time(wall_ns / kSecond_ns * kSecond_ns);
    std::erase_if(stamp, [](char c) { return c == ':' || c == '-'; });
    const std::string aside = fmt::format("{}.corrupt-{}", path, stamp);
    std::string moved;
    for (const char* part : {"", "-wal", "-shm"}) {
        std::error_code error;
        if (!std::filesystem::exists(path + part, error)) {
            continue;
        }
        std::filesystem::rename(path + part, aside + part, error);
        if (error) {
            return tl::unexpected(StoreError{
                StoreError::Kind::kFailed,
                fmt::format("{}{} cannot be moved aside: {}", path, part, error.message())});
        }
        moved = aside;
    }
    return moved;
}

}  // namespace lull
