#include "control/store/schema.h"

#include <fmt/format.h>

#include <array>

namespace lull {
namespace {

// 1: what the detector has learned, one row, replaced; every incident, with what decided it.
constexpr std::string_view kFirst = R"sql(
CREATE TABLE detector (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    tick_end_ns INTEGER NOT NULL,    -- scenario time, since 1970
    last_incident INTEGER NOT NULL,  -- ids up to this were given
    version TEXT NOT NULL,           -- of the lull that wrote it
    sha256 TEXT NOT NULL,            -- of state, in hexadecimal
    state BLOB NOT NULL);
CREATE TABLE incidents (
    id INTEGER PRIMARY KEY,
    country TEXT,                    -- null: the whole site
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    start_ns INTEGER NOT NULL,
    detected_ns INTEGER NOT NULL,
    end_ns INTEGER,                  -- null: open
    last_verified_ns INTEGER NOT NULL,
    lowest_ratio REAL NOT NULL,
    area REAL NOT NULL,
    edges INTEGER NOT NULL,
    details TEXT NOT NULL);          -- {"countries","evidence","transitions",…}
CREATE INDEX incidents_by_end ON incidents (end_ns);
)sql";

// 2: the maintenance that operators have announced.
constexpr std::string_view kMaintenance = R"sql(
CREATE TABLE maintenance (
    id INTEGER PRIMARY KEY,
    port_group TEXT NOT NULL,  -- "" and "": the whole site
    country TEXT NOT NULL,
    from_ns INTEGER NOT NULL,  -- scenario time, since 1970
    for_s REAL NOT NULL,
    note TEXT NOT NULL,
    told_by TEXT NOT NULL);
)sql";

// 3: what was known of countries in the last fortnight (decision.h).
constexpr std::string_view kDecisions = R"sql(
CREATE TABLE decisions (
    time_ns INTEGER PRIMARY KEY,  -- end of the tick, scenario time
    records BLOB NOT NULL);
)sql";

// 4: what ticks saw, and where a replay of them can begin; in a pack, what it is about.
constexpr std::string_view kTicks = R"sql(
CREATE TABLE ticks (
    tick_end_ns INTEGER PRIMARY KEY,  -- scenario time
    record BLOB NOT NULL);            -- tick_record.h
CREATE TABLE checkpoints (
    tick_end_ns INTEGER PRIMARY KEY,
    last_incident INTEGER NOT NULL,
    context TEXT NOT NULL,            -- JSON: settings, groups, networks (checkpoint.h)
    sha256 TEXT NOT NULL,             -- of state, in hexadecimal
    state BLOB NOT NULL);
CREATE TABLE pack (                   -- empty in a store
    id INTEGER PRIMARY KEY CHECK (id = 1),
    incident INTEGER NOT NULL,
    from_ns INTEGER,                  -- of the checkpoint to begin with; null: there is none
    until_ns INTEGER NOT NULL,
    made_ns INTEGER NOT NULL,         -- wall time
    version TEXT NOT NULL);           -- of the lull that made it
)sql";

constexpr std::array<std::string_view, 4> kMigrations{kFirst, kMaintenance, kDecisions, kTicks};

tl::unexpected<StoreError> refusal(std::string message) {
    return tl::unexpected(StoreError{StoreError::Kind::kRefused, std::move(message)});
}

/// Whose file it is; a new one is nobody's.
StoreResult<void> check_owner(Database& database) {
    const auto application = database.number("PRAGMA application_id");
    if (!application) {
        return tl::unexpected(application.error());
    }
    const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
    if (!tables) {
        return tl::unexpected(tables.error());
    }
    if (*application != kStoreApplication && (*application != 0 || *tables != 0)) {
        return refusal(
            "a database of something else, not lull's; mend: give store.path a file "
            "of its own");
    }
    return {};
}

}  // namespace

std::span<const std::string_view> store_migrations() {
    return kMigrations;
}

StoreResult<void> migrate(Database& database, std::span<const std::string_view> migrations) {
    if (auto ok = check_owner(database); !ok) {
        return ok;
    }
    const auto sound = database.text("PRAGMA integrity_check(1)");
    if (!sound) {
        return tl::unexpected(sound.error());
    }
    if (*sound != "ok") {
        return tl::unexpected(StoreError{StoreError::Kind::kCorrupt, *sound});
    }
    const auto found = database.number("PRAGMA user_version");
    if (!found) {
        return tl::unexpected(found.error());
    }
    const auto last = static_cast<int64_t>(migrations.size());
    const int64_t version = found->value_or(0);
    if (version > last || version < 0) {
        return refusal(fmt::format(
            "a newer lull has written it (version {}, this one knows {}); mend: run that lull, or "
            "give store.path another file and let learning begin anew",
            version, last));
    }
    for (int64_t next = version; next < last; ++next) {
        const std::string_view migration = migrations[static_cast<std::size_t>(next)];
        auto done = database.run(fmt::format(
            "BEGIN IMMEDIATE; PRAGMA application_id = {}; {} PRAGMA user_version = {}; COMMIT",
            kStoreApplication, migration, next + 1));
        if (!done) {
            (void)database.run("ROLLBACK");
            return done;
        }
    }
    return {};
}

StoreResult<Database> copy_store(const std::string& path) {
    StoreResult<Database> copy = tl::unexpected(StoreError{});
    for (const auto access : {Database::Access::kReadOnly, Database::Access::kFrozen}) {
        auto file = Database::open(path, access);
        if (!file) {
            return tl::unexpected(file.error());
        }
        copy = Database::copy_of(*file);
        if (copy) {
            break;
        }
    }
    if (copy) {
        if (auto ok = migrate(*copy, store_migrations()); !ok) {
            return tl::unexpected(ok.error());
        }
    }
    return copy;
}

}  // namespace lull
