// What a reload builds: the configuration and the table as the files have them now, checked against
// what is running. Nothing here touches what runs; on any error the result is a report alone.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/config/config.h"
#include "control/inspect/inspection.h"
#include "control/origins/load.h"
#include "control/table_shift.h"
#include "dataplane/types.h"

namespace lull {

/// Which part a reload looks at: everything, or the table file alone because it changed.
enum class ReloadScope : uint8_t { kAll, kTable };

/// What is running when a reload begins, copied.
struct ReloadInput {
    ReloadScope scope = ReloadScope::kAll;
    Config running;
    Directory directory;
    uint64_t next_generation = 0;       // numbers the new table
    const TableSet* table = nullptr;    // in use; nothing else is published while a reload runs
    std::vector<SeenAddress> recent{};  // as the running table has them
    SeenNetworks seen{};                // likewise
    std::vector<double> rates{};        // answered flows a second, by CountryId
    ShiftWord shift_word = ShiftWord::kNone;
    InspectBooks books{};  // of labels and sites, as they are
    uint32_t workers = 1;
};

/// What a reload found and built; empty parts are unchanged.
struct ReloadResult {
    bool ok = false;
    bool table_refused = false;  // why it is not ok
    nlohmann::json report;       // {applied, needs_restart, unchanged, errors}
    std::optional<Config> config;
    std::optional<LoadedTable> table;
    std::vector<SeenAddress> recent;  // as `table` has them
    bool inspection_built = false;
    std::unique_ptr<InspectSet> inspection;  // null: it is off
    InspectBooks books;
    TableShift shift;  // from the running table to `table`
    /// Of the table file that will be running, before it was read; not set if it was not looked at.
    std::optional<int64_t> table_modified_ns;
};

/// Reads, checks and builds; seconds for a full table. EAL must run.
ReloadResult build_reload(const ReloadInput& input);

/// When a file was last written, nanoseconds since 1970; 0 if it is not there.
int64_t modified_ns(const std::string& path);

}  // namespace lull
