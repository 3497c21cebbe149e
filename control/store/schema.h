// The store's tables and how they came to be: one migration a version, in order, each in a
// transaction of its own. The version is SQLite's user_version, the file's kind its
// application_id.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "control/store/database.h"

namespace lull {

inline constexpr int64_t kStoreApplication = 0x4c554c4c;  // "LULL"

/// The migrations of this lull; migration i brings version i to i + 1.
std::span<const std::string_view> store_migrations();

/// Brings a new or an older store to the last version. Refused, and left as it is: a database of
/// something else, and a store that a newer lull has written. Corrupt: what fails SQLite's
/// integrity check.
StoreResult<void> migrate(Database& database, std::span<const std::string_view> migrations);

/// All that a store's file holds, in memory, checked and brought to the last version; the file,
/// which may be in use or of an earlier version, stays as it is.
StoreResult<Database> copy_store(const std::string& path);

}  // namespace lull
