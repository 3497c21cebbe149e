// A network's own word about where its prefixes are used (RFC 8805): a line a prefix,
//
//   192.0.2.0/24,US,US-AL,,        prefix or address, country, region, city, postal code
//
// of which lull takes the prefix and the country. A feed speaks only for what its own AS
// originates: build.h hears it there alone, so that nobody can move another's network.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "control/origins/country_prefixes.h"
#include "control/origins/progress.h"
#include "dataplane/error.h"

namespace lull {

/// Entries of one feed: Apple's and the largest hosters' have 300,000.
inline constexpr std::size_t kMaxFeedPrefixes = 2'000'000;

/// Reads a whole feed, plain or gz, bz2, xz. `asn` is whose it is, 0 while that has to be found;
/// `path` is used in messages, `progress` may be null. Refuses input that cannot be read or gives
/// no prefix a country. Each prefix once: given again it is rejected (§2.1). `records` are lines,
/// those without a country among them (§2.1.1.2: their publisher wants the prefix located nowhere).
Result<CountryPrefixes> read_geofeed(std::istream& raw, const std::string& path, uint32_t asn,
                                     Progress* progress = nullptr);

/// "AS64500=feed.csv" as --geofeed takes it; a path alone has AS 0.
struct GeofeedName {
    uint32_t asn = 0;
    std::string path;
};
GeofeedName parse_geofeed_name(std::string_view text);

}  // namespace lull
