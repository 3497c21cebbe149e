// From a table file to what both sides need: the dataplane's lookup set and control's directory.
#pragma once

#include <memory>
#include <string>

#include "control/origins/directory.h"
#include "dataplane/error.h"
#include "dataplane/tables.h"

namespace lull {

struct LoadedTable {
    std::unique_ptr<TableSet> set;
    Directory directory;
};

/// Reads, checks and builds. EAL must run. The table's own routes are freed before it returns.
Result<LoadedTable> load_table(const std::string& path, uint64_t generation);

}  // namespace lull
