#include "control/store/maintenance_row.h"

#include <fmt/format.h>

namespace lull {
namespace {

constexpr int64_t kMostTime_ns = int64_t{1} << 62;

bool makes_sense(const AnnouncedMaintenance& entry) {
    const Maintenance& window = entry.window;
    return entry.id > 0 && window.for_s > 0 && window.for_s <= kMostMaintenance_s &&
           window.from_ns > -kMostTime_ns && window.from_ns < kMostTime_ns &&
           (window.country.empty() || find_country(window.country));
}

}  // namespace

StoreResult<void> write_maintenance(Database& database,
                                    const std::vector<AnnouncedMaintenance>& entries) {
    if (auto ok = database.run("DELETE FROM maintenance"); !ok) {
        return ok;
    }
    auto insert = database.prepare(
        "INSERT INTO maintenance (id, port_group, country, from_ns, for_s, note, told_by) VALUES "
        "(?,?,?,?,?,?,?)");
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const AnnouncedMaintenance& entry : entries) {
        insert->bind(1, static_cast<int64_t>(entry.id));
        insert->bind(2, std::string_view(entry.window.group));
        insert->bind(3, std::string_view(entry.window.country));
        insert->bind(4, entry.window.from_ns);
        insert->bind(5, entry.window.for_s);
        insert->bind(6, std::string_view(entry.window.name));
        insert->bind(7, std::string_view(entry.by));
        if (const auto done = insert->step(); !done) {
            return tl::unexpected(done.error());
        }
    }
    return {};
}

StoreResult<std::vector<AnnouncedMaintenance>> read_maintenance(Database& database) {
    auto rows = database.prepare(
        fmt::format("SELECT id, port_group, country, from_ns, for_s, note, told_by FROM "
                    "maintenance ORDER BY id DESC LIMIT {}",
                    MaintenanceBook::kMost));
    if (!rows) {
        return tl::unexpected(rows.error());
    }
    std::vector<AnnouncedMaintenance> entries;
    auto found = rows->step();
    for (; found && *found; found = rows->step()) {
        AnnouncedMaintenance entry;
        entry.id = static_cast<uint64_t>(rows->whole(0));
        entry.window.group = rows->text(1);
        entry.window.country = rows->text(2);
        entry.window.from_ns = rows->whole(3);
        entry.window.for_s = rows->real(4);
        entry.window.name = rows->text(5);
        entry.by = rows->text(6);
        if (rows->whole(0) > 0 && makes_sense(entry)) {
            entries.insert(entries.begin(), std::move(entry));
        }
    }
    if (!found) {
        return tl::unexpected(found.error());
    }
    return entries;
}

}  // namespace lull
