// A routing witness of any bytes: refused, or numbers within their bounds that are written and read
// again as they are.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/routes/witness.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto read = lull::parse_witness(text, "fuzz");
    if (!read) return 0;
    if (read->countries.size() != lull::countries().size()) std::abort();
    for (const lull::CountryRoutes& routes : read->countries) {
        if (routes.largest.size() > lull::kMaxWitnessUpstreams) std::abort();
        for (const lull::Upstream& each : routes.largest) {
            if (!(each.share >= 0 && each.share <= 1)) std::abort();
            if (!(each.only_share >= 0 && each.only_share <= 1)) std::abort();
        }
        if (!routes.by_origin) continue;
        if (routes.by_origin->size() > lull::kMaxWitnessOrigins) std::abort();
        for (const lull::OriginRoutes& origin : *routes.by_origin) {
            if (origin.asn == 0) std::abort();
            if (origin.upstreams.size() > lull::kMaxOriginUpstreams) std::abort();
            for (const lull::OriginUpstream& each : origin.upstreams) {
                if (!(each.share >= 0 && each.share <= 1)) std::abort();
                if (!(each.only_share >= 0 && each.only_share <= 1)) std::abort();
            }
        }
    }
    const std::string written = lull::format_witness(*read);
    const auto again = lull::parse_witness(written, "fuzz");
    if (!again || lull::format_witness(*again) != written) std::abort();
    return 0;
}
