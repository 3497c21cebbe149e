// What a new table says differently from an old one, prefix by prefix: the numbers an operator
// looks at before a table is put to use.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "control/country.h"
#include "control/origins/prefix.h"
#include "control/origins/table_file.h"

namespace lull {

/// One prefix whose origin is not the same in both; nullopt: not in that table.
struct PrefixChange {
    IpPrefix prefix;
    std::optional<Origin> before;
    std::optional<Origin> after;
};

/// A country's prefixes. One that moves to another country is moved_out there and moved_in here.
struct CountryChange {
    uint64_t before = 0;  // prefixes in the old table
    uint64_t after = 0;
    uint64_t added = 0;    // the prefix is new
    uint64_t removed = 0;  // the prefix is gone
    uint64_t moved_in = 0;
    uint64_t moved_out = 0;
    uint64_t changed = 0;  // same country, other AS or class
};

struct TableDiff {
    uint64_t added = 0;
    uint64_t removed = 0;
    uint64_t changed = 0;
    uint64_t unchanged = 0;
    std::map<CountryId, CountryChange> countries;  // all of either table
    std::vector<PrefixChange> changes;             // in order, the first `max_changes`
};

TableDiff diff_tables(const OriginTable& before, const OriginTable& after, std::size_t max_changes);

}  // namespace lull
