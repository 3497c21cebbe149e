// A file of country ranges of any bytes: refused, or well-formed prefixes with a country each.
#include <cstdlib>
#include <sstream>
#include <string>

#include "control/origins/country_ranges.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::istringstream input(std::string(reinterpret_cast<const char*>(data), size));
    const auto read = lull::read_country_ranges(input, "fuzz.txt");
    if (!read) return 0;
    for (const lull::PrefixRecord& record : read->prefixes) {
        const lull::IpPrefix& prefix = record.prefix;
        if (prefix.length > lull::address_bits(prefix.family)) std::abort();
        if (lull::shortened(prefix, prefix.length) != prefix) std::abort();
        if (!record.country || record.asn != 0) std::abort();
    }
    return 0;
}
