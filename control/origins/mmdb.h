// Countries from a MaxMind DB (GeoLite2, DB-IP, IP2Location LITE and others write this format):
// `country.iso_code` of each network, or `registered_country.iso_code` where that is missing. The
// whole tree is walked once; neighbours of one country become one prefix, so that a database of
// cities is no larger than one of countries. Names libmaxminddb in its .cpp alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/origins/line_reader.h"
#include "control/origins/record.h"
#include "dataplane/error.h"

namespace lull {

struct Mmdb {
    std::vector<PrefixRecord> prefixes;  // sorted, disjoint; a country each and no AS
    uint64_t records = 0;                // networks of the tree that have data
    Rejections rejected;                 // networks whose data are damaged
    std::string sha256;
};

/// Reads a whole database. Refuses what libmaxminddb cannot open, a tree that is damaged, and one
/// in which no network has a country; what is wrong with single networks is counted.
Result<Mmdb> read_mmdb(const std::string& path);

}  // namespace lull
