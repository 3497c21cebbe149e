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
#include <vector>

#include "control/origins/line_reader.h"
#include "control/origins/progress.h"
#include "control/origins/record.h"
#include "dataplane/error.h"

namespace lull {

/// Entries of one feed: Apple's and the largest hosters' have 300,000.
inline constexpr std::size_t kMaxFeedPrefixes = 2'000'000;

struct Geofeed {
    std::vector<PrefixRecord> prefixes;  // as they come, each once; the AS is the feed's
    uint64_t records = 0;  // lines used, those without a country among them (RFC 8805 §2.1.1.2:
                           // the publisher wants the prefix located nowhere)
    Rejections rejected;   // a prefix given again too: the first stands (§2.1)
    std::string sha256;    // of the file as it is
};

/// Reads a whole feed, plain or gz, bz2, xz. `asn` is whose it is, 0 while that has to be found;
/// `path` is used in messages, `progress` may be null. Refuses input that cannot be read or gives
/// no prefix a country.
Result<Geofeed> read_geofeed(std::istream& raw, const std::string& path, uint32_t asn,
                             Progress* progress = nullptr);

/// "AS64500=feed.csv" as --geofeed takes it; a path alone has AS 0.
struct GeofeedName {
    uint32_t asn = 0;
    std::string path;
};
GeofeedName parse_geofeed_name(std::string_view text);

}  // namespace lull
