// The join: what the sources state about prefixes, made into one table. Pure: no file, no clock.
// An address keeps the AS of its most specific prefix that has one and the country of its most
// specific prefix that states one; the class is that of its most specific prefix that is more than
// a route.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "control/origins/overrides.h"
#include "control/origins/record.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull {

struct BuildInput {
    int64_t built_at_s = 0;
    std::vector<PrefixRecord> prefixes;        // any order; of two for one prefix, the later wins
                                               // key by key
    std::map<uint32_t, std::string> as_names;  // of more AS than the table needs, if so
    Overrides overrides;
    std::vector<TableSource> sources;
};

/// Prefixes that are not in the table, or not as stated, and why.
struct BuildReport {
    uint64_t duplicates = 0;      // stated more than once, as by a dump and a route
    uint64_t default_routes = 0;  // left out: they would match everything
    uint64_t special = 0;         // left out: inside special space
    uint64_t nothing_known = 0;   // left out: neither an AS nor a country, not even from above
    uint64_t no_country = 0;      // in the table as ZZ: no country, EU, AP, retired codes
};

struct BuiltTable {
    OriginTable table;  // its sha256 is empty until it is written and read
    BuildReport report;
};

/// Refuses input that leaves no prefix, or more of anything than the dataplane takes.
Result<BuiltTable> build_table(BuildInput input);

}  // namespace lull
