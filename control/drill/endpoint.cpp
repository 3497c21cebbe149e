// See endpoint.h.
#include "control/drill/endpoint.h"

#include <algorithm>

namespace lull {

bool is_in(const DrillTarget& target, const Endpoint& endpoint) {
    if (endpoint.country == kPrivateSpace) return false;
    switch (target.kind) {
        case DrillTarget::Kind::kCountry:
            return endpoint.country == target.country;
        case DrillTarget::Kind::kAsn:
            return endpoint.asn == target.asn;
        case DrillTarget::Kind::kPrefix: {
            if (endpoint.family != target.family) return false;
            const std::size_t whole = target.length / 8;
            if (!std::equal(target.address.begin(), target.address.begin() + whole,
                            endpoint.address.begin())) {
                return false;
            }
            const auto mask = static_cast<uint8_t>(0xff00u >> (target.length % 8));
            return target.length % 8 == 0 ||
                   (endpoint.address[whole] & mask) == target.address[whole];
        }
        case DrillTarget::Kind::kMember:
            return drill_member(endpoint.asn) == target.asn;
        case DrillTarget::Kind::kPort:
            return false;
    }
    return false;
}

}  // namespace lull
