// What a table in memory answers: its classes' names, the dataplane's view of its origins, and the
// longest match of one address.
#include "control/origins/table_file.h"

#include <algorithm>
#include <array>

#include "control/origins/prefix.h"
#include "control/origins/text.h"

namespace lull {
namespace {

constexpr std::array<std::string_view, 7> kClassNames{"unknown",   "eyeball", "content", "anycast",
                                                      "satellite", "vpn",     "hosting"};

bool bears_life(PrefixClass value) {
    return value == PrefixClass::kEyeball || value == PrefixClass::kSatellite ||
           value == PrefixClass::kUnknown;
}

/// The route of exactly this prefix; null when there is none.
template <typename Route>
const Route* find_route(const std::vector<Route>& routes, const IpPrefix& wanted) {
    const auto found = std::lower_bound(
        routes.begin(), routes.end(), wanted,
        [](const Route& route, const IpPrefix& prefix) { return to_prefix(route) < prefix; });
    return found != routes.end() && to_prefix(*found) == wanted ? &*found : nullptr;
}

struct Match {
    IpPrefix prefix;
    OriginId origin{};
};

template <typename Route>
std::optional<Match> longest_match(const std::vector<Route>& routes, const IpPrefix& prefix) {
    for (uint8_t length = prefix.length; length > 0; --length) {
        const IpPrefix wanted = shortened(prefix, length);
        if (const Route* route = find_route(routes, wanted)) return Match{wanted, route->origin};
    }
    return std::nullopt;
}

std::optional<Match> longest_match(const OriginTable& table, const IpPrefix& prefix) {
    return prefix.family == Family::kIpv4 ? longest_match(table.routes4, prefix)
                                          : longest_match(table.routes6, prefix);
}

std::optional<int64_t> withdrawn_since_s(const OriginTable& table, const IpPrefix& prefix) {
    const auto gone = std::lower_bound(
        table.withdrawn.begin(), table.withdrawn.end(), prefix,
        [](const WithdrawnRoute& each, const IpPrefix& sought) { return each.prefix < sought; });
    if (gone == table.withdrawn.end() || gone->prefix != prefix) return std::nullopt;
    return gone->since_s;
}

}  // namespace

std::string_view class_name(PrefixClass value) {
    return kClassNames.at(static_cast<std::size_t>(value));
}

std::optional<PrefixClass> find_class(std::string_view name) {
    const auto found = std::find(kClassNames.begin(), kClassNames.end(), name);
    if (found == kClassNames.end()) return std::nullopt;
    return static_cast<PrefixClass>(found - kClassNames.begin());
}

std::vector<OriginTraits> OriginTable::traits() const {
    std::vector<OriginTraits> all(origins.size());
    for (std::size_t i = kFirstTableOrigin; i < origins.size(); ++i) {
        all[i].area = AreaId{static_cast<uint16_t>(index_of(origins[i].country) + 1)};
        all[i].bears_life = bears_life(origins[i].prefix_class);
    }
    return all;
}

Result<LookupResult> lookup(const OriginTable& table, std::string_view address) {
    const auto parsed = parse_address(address);
    if (!parsed) {
        return refused("{}: not an IP address; write 192.0.2.1 or 2001:db8::1",
                       clean_text(address, kMaxNameBytes));
    }
    LookupResult result;
    result.address = address;
    result.special = is_special(*parsed);
    if (result.special) return result;
    if (const auto match = longest_match(table, *parsed)) {
        result.prefix = format_prefix(match->prefix);
        result.origin = table.origins.at(index_of(match->origin));
        result.withdrawn_since_s = withdrawn_since_s(table, match->prefix);
    }
    return result;
}

Origin origin_in(const OriginTable& table, const IpPrefix& prefix) {
    const auto match = longest_match(table, prefix);
    return match ? table.origins.at(index_of(match->origin)) : Origin{};
}

}  // namespace lull
