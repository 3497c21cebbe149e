// Whether a new table may replace the one in use. A table that was built from half of its sources,
// or from the wrong ones, would look like collapses everywhere; it is refused and the old one
// stays.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "control/origins/directory.h"
#include "dataplane/error.h"
#include "dataplane/snapshot.h"
#include "dataplane/tables.h"

namespace lull {

/// A table that has lost more than a fifth of its prefixes is an accident far more often than news.
Result<void> check_shrinkage(const Directory& now, const Directory& next);

/// The same addresses with the origins that `table` gives them.
std::vector<SeenAddress> looked_up(std::span<const SeenAddress> addresses, const TableSet& table);

/// How many of the addresses are in no prefix.
std::size_t unmatched_of(std::span<const SeenAddress> addresses);

/// The same addresses by the table in use and by the one at `path`: the new table may leave twice
/// as many of them unmatched, and a few more.
Result<void> check_unmatched(const std::string& path, std::span<const SeenAddress> now,
                             std::span<const SeenAddress> next);

}  // namespace lull
