#include "control/bgp/nlri.h"

#include <algorithm>

namespace lull {

IpPrefix prefix_of(Family family, Bytes octets, uint8_t length) {
    IpPrefix prefix{family, 0, 0, address_bits(family)};
    const std::size_t count = std::min<std::size_t>(octets.size(), address_bits(family) / 8);
    for (std::size_t i = 0; i < count; ++i) {
        uint64_t& half = i < 8 ? prefix.high : prefix.low;
        half |= uint64_t{octets[i]} << (56 - 8 * (i % 8));
    }
    return shortened(prefix, length);
}

IpPrefix address_of(Family family, Bytes octets) {
    return prefix_of(family, octets, address_bits(family));
}

RouteProblem read_prefix(Octets& in, Family family, IpPrefix& prefix) {
    const uint8_t length = in.u8();
    if (in.underrun()) return RouteProblem::kPrefixCut;
    if (length > address_bits(family)) return RouteProblem::kPrefixLength;
    const Bytes octets = in.take((uint32_t{length} + 7) / 8);
    if (in.underrun()) return RouteProblem::kPrefixCut;
    prefix = prefix_of(family, octets, length);
    return RouteProblem::kNone;
}

RouteProblem read_nlri(Octets in, Family family, uint8_t safi, AddPath add_path,
                       std::vector<Nlri>& out) {
    while (!in.at_end()) {
        Nlri nlri;
        nlri.safi = safi;
        if (add_path == AddPath::kYes) nlri.path_id = in.u32();
        if (const auto problem = read_prefix(in, family, nlri.prefix);
            problem != RouteProblem::kNone) {
            return problem;
        }
        out.push_back(nlri);
    }
    return RouteProblem::kNone;
}

std::optional<Family> family_of(uint16_t afi) {
    if (afi == 1) return Family::kIpv4;
    if (afi == 2) return Family::kIpv6;
    return std::nullopt;
}

}  // namespace lull
