// AS paths for tests, made the way they come: as the octets of an attribute.
#pragma once

#include <initializer_list>
#include <vector>

#include "control/bgp/as_path.h"

namespace lull::test {

/// One AS_SEQUENCE of four-octet numbers; no AS: the empty path.
inline AsPath as_path(std::initializer_list<uint32_t> asns) {
    std::vector<uint8_t> octets;
    if (asns.size() > 0) {
        octets = {2, static_cast<uint8_t>(asns.size())};
        for (const uint32_t asn : asns) {
            for (const int shift : {24, 16, 8, 0}) {
                octets.push_back(static_cast<uint8_t>(asn >> shift));
            }
        }
    }
    AsPath path;
    path.read(octets, AsWidth::kFour);
    return path;
}

}  // namespace lull::test
