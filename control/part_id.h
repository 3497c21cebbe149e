// A part of a country that is told apart from the rest: one of its networks, where it has few, else
// an origin AS.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "control/origins/prefix.h"

namespace lull {

struct PartId {
    uint32_t asn = 0;      // 0: none known
    bool network = false;  // else all that `asn` originates in the country
    IpPrefix prefix{};     // of a network
    auto operator<=>(const PartId&) const = default;
    void fields(auto& archive) {
        archive(asn, network, prefix.high, prefix.low, prefix.length);
        archive.word(prefix.family, Family::kIpv6);
    }
};

/// "175.45.176.0/24" or "AS131279".
inline std::string part_name(const PartId& id) {
    if (id.network) {
        return format_prefix(id.prefix);
    }
    return id.asn == 0 ? "no AS known" : "AS" + std::to_string(id.asn);
}

}  // namespace lull
