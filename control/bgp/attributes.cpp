#include "control/bgp/attributes.h"

#include <array>

namespace lull {
namespace {

constexpr uint8_t kExtendedLength = 0x10;
constexpr uint8_t kAsPathType = 2, kAggregator = 7, kMpReach = 14, kMpUnreach = 15, kAs4Path = 17,
                  kAs4Aggregator = 18;
constexpr std::size_t kTypesRead = 19;

/// Where each attribute lies, by type; those that are not there have no value.
using Found = std::array<std::optional<Bytes>, kTypesRead>;

RouteProblem find_attributes(Bytes bytes, Found& found) {
    Octets in(bytes);
    while (!in.at_end()) {
        const uint8_t flags = in.u8();
        const uint8_t type = in.u8();
        const uint16_t length = (flags & kExtendedLength) != 0 ? in.u16() : in.u8();
        const Bytes content = in.take(length);
        if (in.underrun()) return RouteProblem::kAttributeLength;
        if (type < kTypesRead && !found[type]) found[type] = content;
    }
    return RouteProblem::kNone;
}

/// AFI 2 octets, SAFI 1, length and octets of the next hop, one reserved octet, NLRI.
RouteProblem read_reach(Bytes content, std::optional<MultiprotocolRoutes>& out) {
    Octets in(content);
    MultiprotocolRoutes routes{in.u16(), in.u8(), {}};
    in.take(in.u8());
    in.u8();
    if (in.underrun()) return RouteProblem::kMultiprotocol;
    routes.nlri = in.rest();
    out = routes;
    return RouteProblem::kNone;
}

/// AFI 2 octets, SAFI 1, NLRI.
RouteProblem read_unreach(Bytes content, std::optional<MultiprotocolRoutes>& out) {
    Octets in(content);
    MultiprotocolRoutes routes{in.u16(), in.u8(), {}};
    if (in.underrun()) return RouteProblem::kMultiprotocol;
    routes.nlri = in.rest();
    out = routes;
    return RouteProblem::kNone;
}

/// RFC 6793 §4.2.3: an old speaker that made an aggregate on the way, and passed on what a new one
/// had said of an earlier one, also made AS4_PATH stale.
bool is_stale(const Found& found) {
    const auto& aggregator = found[kAggregator];
    return found[kAs4Aggregator] && aggregator && aggregator->size() == 6 &&
           Octets(*aggregator).u16() != kAsTrans;
}

RouteProblem read_path(const Found& found, AsWidth width, Attributes& out) {
    out.has_path = found[kAsPathType].has_value();
    if (!out.has_path) return RouteProblem::kNone;
    const RouteProblem problem = out.path.read(*found[kAsPathType], width);
    if (problem != RouteProblem::kNone) return problem;
    if (width == AsWidth::kFour || !found[kAs4Path] || is_stale(found)) return problem;
    AsPath full;
    if (full.read(*found[kAs4Path], AsWidth::kFour) == RouteProblem::kNone) out.path.merge(full);
    return problem;
}

}  // namespace

RouteProblem read_attributes(Bytes bytes, AsWidth width, Multiprotocol multiprotocol,
                             Attributes& out) {
    out.path.clear();
    out.reach.reset();
    out.unreach.reset();
    Found found;
    RouteProblem problem = find_attributes(bytes, found);
    if (problem != RouteProblem::kNone) return problem;
    const RouteProblem path_problem = read_path(found, width, out);
    if (multiprotocol == Multiprotocol::kSkip) return path_problem;
    if (found[kMpReach]) problem = read_reach(*found[kMpReach], out.reach);
    if (problem == RouteProblem::kNone && found[kMpUnreach]) {
        problem = read_unreach(*found[kMpUnreach], out.unreach);
    }
    return problem == RouteProblem::kNone ? path_problem : problem;
}

}  // namespace lull
