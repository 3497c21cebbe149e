#include "control/store/tick_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/origins/sha256.h"

namespace lull {
namespace {

std::string hash_of(std::span<const uint8_t> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return to_hex(hash.finish());
}

StoreResult<void> write_checkpoint(Database& database, const Checkpoint& checkpoint) {
    auto insert = database.prepare(
        "INSERT OR REPLACE INTO checkpoints (tick_end_ns, last_incident, context, sha256, state) "
        "VALUES (?, ?, ?, ?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    insert->bind(1, checkpoint.tick_end_ns);
    insert->bind(2, static_cast<int64_t>(checkpoint.last_incident));
    insert->bind(3, std::string_view(context_text(checkpoint.context)));
    insert->bind(4, std::string_view(hash_of(checkpoint.state)));
    insert->bind(5, std::span<const uint8_t>(checkpoint.state));
    if (const auto done = insert->step(); !done) {
        return tl::unexpected(done.error());
    }
    return {};
}

}  // namespace

StoreResult<void> write_ticks(Database& database, const std::vector<TickRow>& ticks,
                              const std::vector<Checkpoint>& checkpoints) {
    for (const Checkpoint& checkpoint : checkpoints) {
        if (auto ok = write_checkpoint(database, checkpoint); !ok) {
            return ok;
        }
    }
    if (ticks.empty()) {
        return {};
    }
    auto insert =
        database.prepare("INSERT OR REPLACE INTO ticks (tick_end_ns, record) VALUES (?, ?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const TickRow& row : ticks) {
        insert->bind(1, row.end_ns);
        insert->bind(2, std::span<const uint8_t>(row.record));
        if (const auto done = insert->step(); !done) {
            return tl::unexpected(done.error());
        }
    }
    return {};
}

StoreResult<void> trim_ticks(Database& database, int64_t newest_ns, int64_t before_ns) {
    const int64_t oldest_ns = newest_ns - kTicksKept_ns;
    std::string sql;
    for (const char* table : {"ticks", "checkpoints"}) {
        sql += fmt::format(
            "WITH around (first_ns, last_ns) AS MATERIALIZED (SELECT start_ns - {2}, "
            "min(coalesce(end_ns, last_verified_ns) + {3}, start_ns + {4}) FROM incidents WHERE "
            "coalesce(end_ns, last_verified_ns) >= {1}) "
            "DELETE FROM {0} WHERE tick_end_ns < {1} OR (tick_end_ns < {5} AND NOT EXISTS (SELECT "
            "1 FROM around WHERE tick_end_ns BETWEEN first_ns AND last_ns));",
            table, oldest_ns, kKeptBefore_ns, kKeptAfter_ns, kKeptLongest_ns, before_ns);
    }
    sql += fmt::format(
        "DELETE FROM ticks WHERE tick_end_ns <= (SELECT tick_end_ns FROM ticks ORDER BY "
        "tick_end_ns DESC LIMIT 1 OFFSET {});"
        "DELETE FROM checkpoints WHERE tick_end_ns < (SELECT min(tick_end_ns) FROM ticks) - {};",
        kMostTicksKept, kCheckpointEvery_ns);
    return database.run(sql);
}

StoreResult<std::vector<Checkpoint>> read_checkpoints(Database& database, int64_t from_ns,
                                                      int64_t until_ns) {
    auto rows = database.prepare(
        "SELECT tick_end_ns, last_incident, context, sha256, state FROM checkpoints WHERE "
        "tick_end_ns BETWEEN ? AND ? ORDER BY tick_end_ns");
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    rows->bind(1, from_ns);
    rows->bind(2, until_ns);
    std::vector<Checkpoint> checkpoints;
    auto found = rows->step();
    for (; found && *found; found = rows->step()) {
        auto context = read_context(rows->text(2));
        std::vector<uint8_t> state = rows->bytes(4);
        if (context && hash_of(state) == rows->text(3)) {
            checkpoints.push_back({rows->whole(0),
                                   static_cast<uint64_t>(std::max<int64_t>(rows->whole(1), 0)),
                                   std::move(*context), std::move(state)});
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    return checkpoints;
}

StoreResult<std::size_t> read_ticks(Database& database, int64_t after_ns, int64_t until_ns,
                                    const std::function<bool(const TickFacts&)>& take) {
    auto rows = database.prepare(
        "SELECT record FROM ticks WHERE tick_end_ns > ? AND tick_end_ns <= ? ORDER BY "
        "tick_end_ns");
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    rows->bind(1, after_ns);
    rows->bind(2, until_ns);
    std::size_t senseless = 0;
    auto found = rows->step();
    for (; found && *found; found = rows->step()) {
        const std::vector<uint8_t> record = rows->bytes(0);
        const auto facts = read_tick(record);
        if (!facts) {
            ++senseless;
        } else if (!take(*facts)) {
            break;
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    return senseless;
}

}  // namespace lull
