// Announced maintenance as rows of the store: few, and always written all together.
#pragma once

#include <vector>

#include "control/operator/maintenance_book.h"
#include "control/store/database.h"

namespace lull {

StoreResult<void> write_maintenance(Database& database,
                                    const std::vector<AnnouncedMaintenance>& entries);
/// By id, at most MaintenanceBook::kMost; what makes no sense is left out.
StoreResult<std::vector<AnnouncedMaintenance>> read_maintenance(Database& database);

}  // namespace lull
