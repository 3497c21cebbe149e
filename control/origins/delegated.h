// What the registries gave to whom: their `delegated` and `delegated-extended` files (NRO's RIR
// statistics exchange format), a line a block of addresses:
//
//   apnic|KP|ipv4|175.45.176.0|1024|20091221|allocated      1,024 addresses
//   lacnic|BR|ipv6|2001:1280::|32|20001231|allocated|8341   a prefix length
//
// They say in which country the holder is registered: weaker than a location dump, which knows
// corrections. Lines of AS numbers, summaries, and blocks that are nobody's are passed over.
#pragma once

#include <istream>
#include <string>

#include "control/origins/country_prefixes.h"
#include "control/origins/progress.h"
#include "dataplane/error.h"

namespace lull {

/// Reads a whole file, plain or gz, bz2, xz; `path` is used in messages, `progress` may be null.
/// Refuses input that cannot be read or holds no block of addresses. A country each and no AS;
/// `records` are blocks: one that is no power of two is several prefixes.
Result<CountryPrefixes> read_delegated(std::istream& raw, const std::string& path,
                                       Progress* progress = nullptr);

}  // namespace lull
