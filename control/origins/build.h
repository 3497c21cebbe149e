// The join: what the sources state about prefixes, made into one table. Pure: no file, no clock.
// What an address is when several of them speak of it is decided in resolve.h.
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
    std::vector<PrefixRecord> prefixes;        // any order; of two of a kind for one prefix, the
                                               // later wins key by key
    std::map<uint32_t, std::string> as_names;  // of more AS than the table needs, if so
    Overrides overrides;
    std::vector<TableSource> sources;
    std::vector<WithdrawnRoute> withdrawn;  // any order; what is in no prefix of the table is left
                                            // out, of two for one prefix the later one stays
};

/// Prefixes that are not in the table, or not as stated, and why.
struct BuildReport {
    uint64_t duplicates = 0;      // stated more than once, as by a dump and a route
    uint64_t default_routes = 0;  // left out: they would match everything
    uint64_t special = 0;         // left out: inside special space
    uint64_t nothing_known = 0;   // left out: neither an AS nor a country, not even from above
    uint64_t redundant = 0;       // left out: a country, and what holds it is in that already
    uint64_t foreign_feed = 0;    // geofeed records about what another AS originates
    uint64_t no_country = 0;      // in the table as ZZ: no country, EU, AP, retired codes
};

struct BuiltTable {
    OriginTable table;  // its sha256 is empty until it is written and read
    BuildReport report;
};

/// Refuses input that leaves no prefix, or more of anything than the dataplane takes.
Result<BuiltTable> build_table(BuildInput input);

}  // namespace lull
