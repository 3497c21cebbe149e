// Countries from a MaxMind DB (GeoLite2, DB-IP, IP2Location LITE and others write this format):
// `country.iso_code` of each network, or `registered_country.iso_code` where that is missing. The
// whole tree is walked once; neighbours of one country become one prefix, so that a database of
// cities is no larger than one of countries. Names libmaxminddb in its .cpp alone.
#pragma once

#include <string>

#include "control/origins/country_prefixes.h"
#include "dataplane/error.h"

namespace lull {

/// Reads a whole database. Refuses what libmaxminddb cannot open, a tree that is damaged, and one
/// in which no network has a country; what is wrong with single networks is counted. Prefixes are
/// sorted and disjoint; `records` are networks of the tree that have data.
Result<CountryPrefixes> read_mmdb(const std::string& path);

}  // namespace lull
