// Whose a geofeed is when nobody says so: the AS that originates more than half of the feed's
// prefixes that are originated at all. A feed without such an AS is refused: it is given with its
// name, AS64500=FILE, or not used.
#pragma once

#include <span>
#include <vector>

#include "control/origins/record.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull {

/// `records` are sorted by prefix. Fills the AS of geofeed records that have none, and puts it in
/// front of their source's path.
Result<void> find_feed_owners(std::span<PrefixRecord> records, std::vector<TableSource>& sources);

}  // namespace lull
