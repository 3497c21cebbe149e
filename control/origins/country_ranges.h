// Countries by ranges of addresses, as tor-geoipdb has them (/usr/share/tor/geoip and geoip6), a
// line a range, both ends within it:
//
//   2939006976,2939007999,KP                                IPv4 as numbers, or as 175.45.176.0
//   2a06:1287:203::,2a06:1287:203:ffff:ffff:ffff:ffff:ffff,KP
//
// "??" states nothing. A range becomes the fewest prefixes that cover it exactly.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "control/origins/country_prefixes.h"
#include "control/origins/progress.h"
#include "dataplane/error.h"

namespace lull {

/// Reads a whole file, plain or gz, bz2, xz; `path` is used in messages, `progress` may be null.
/// Refuses input that cannot be read or states no country. A country each and no AS; `records` are
/// ranges, those of "??" among them.
Result<CountryPrefixes> read_country_ranges(std::istream& raw, const std::string& path,
                                            Progress* progress = nullptr);

/// The fewest prefixes that cover the addresses from `first` to `last`, both of one family and full
/// length, in ascending order. Empty if `last` is before `first`.
std::vector<IpPrefix> prefixes_of_range(const IpPrefix& first, const IpPrefix& last);

}  // namespace lull
