// A geofeed of any bytes: refused, or well-formed prefixes, each once, that build with a route.
#include <cstdlib>
#include <sstream>
#include <string>

#include "control/origins/build.h"
#include "control/origins/geofeed.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
    auto read = lull::read_geofeed(input, "fuzz.csv", 64500);
    if (!read) return 0;
    if (read->records < read->prefixes.size()) std::abort();
    for (const lull::PrefixRecord& record : read->prefixes) {
        if (lull::shortened(record.prefix, record.prefix.length) != record.prefix) std::abort();
        if (!record.country || record.asn != 64500) std::abort();
    }
    lull::BuildInput build;
    build.prefixes = std::move(read->prefixes);
    lull::PrefixRecord route;
    route.prefix = {lull::Family::kIpv4, uint64_t{193} << 56, 0, 8};
    route.asn = 64500;
    build.prefixes.push_back(route);
    if (!lull::build_table(std::move(build))) std::abort();
    return 0;
}
