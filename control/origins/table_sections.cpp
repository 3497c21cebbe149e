#include "control/origins/table_sections.h"

#include <algorithm>
#include <tuple>

#include "control/origins/prefix.h"
#include "control/origins/table_format.h"

namespace lull::table_format {
namespace {

template <typename Route>
bool is_routed(const std::vector<Route>& routes, const IpPrefix& prefix) {
    const auto found = std::lower_bound(
        routes.begin(), routes.end(), prefix,
        [](const Route& route, const IpPrefix& wanted) { return to_prefix(route) < wanted; });
    return found != routes.end() && to_prefix(*found) == prefix;
}

AddressSpace read_space(Cursor& cursor) {
    AddressSpace space;
    space.addresses4 = cursor.number(8);
    space.networks6 = cursor.number(8);
    return space;
}

/// Two kinds that state countries, the stronger one first.
bool read_kinds(Cursor& cursor, SourceKind& stronger, SourceKind& weaker) {
    const uint8_t first = cursor.u8();
    const uint8_t second = cursor.u8();
    stronger = static_cast<SourceKind>(first);
    weaker = static_cast<SourceKind>(second);
    return first >= kFirstCountrySource && first < second && second < kEndCountrySources;
}

auto order_of(const CountryPair& pair) {
    return std::tuple(pair.stronger, pair.weaker, pair.says_stronger, pair.says_weaker);
}

}  // namespace

Result<void> read_withdrawn(const Section& section, OriginTable& table) {
    Cursor cursor(section.bytes);
    table.withdrawn.reserve(section.count);
    for (uint32_t i = 0; i < section.count; ++i) {
        WithdrawnRoute route;
        const uint8_t family = cursor.u8();
        Route6 address{};
        address.length = cursor.u8();
        const Bytes bytes = cursor.raw(address.address.size());
        std::copy(bytes.begin(), bytes.end(), address.address.begin());
        route.since_s = static_cast<int64_t>(cursor.number(8));
        if (family != 4 && family != 6) return refused("withdrawn route {}: no family", i);
        route.prefix = to_prefix(address);
        route.prefix.family = family == 4 ? Family::kIpv4 : Family::kIpv6;
        const bool routed = route.prefix.family == Family::kIpv4
                                ? is_routed(table.routes4, route.prefix)
                                : is_routed(table.routes6, route.prefix);
        if (!routed) return refused("withdrawn route {}: no prefix of the table", i);
        if (route.since_s < 0) return refused("withdrawn route {}: withdrawn before 1970", i);
        if (i > 0 && table.withdrawn.back().prefix >= route.prefix) {
            return refused("withdrawn route {}: not in ascending order", i);
        }
        table.withdrawn.push_back(route);
    }
    return {};
}

Result<void> read_source_pairs(const Section& section, Disagreements& out) {
    Cursor cursor(section.bytes);
    for (uint32_t i = 0; i < section.count; ++i) {
        SourcePair pair;
        const bool sound = read_kinds(cursor, pair.stronger, pair.weaker);
        pair.both = read_space(cursor);
        pair.differing = read_space(cursor);
        pair.prefixes = cursor.number(8);
        if (!sound || pair.differing.addresses4 > pair.both.addresses4 ||
            pair.differing.networks6 > pair.both.networks6) {
            return refused("source pair {}: no two sources, or more differs than both state", i);
        }
        if (i > 0 && std::tie(out.sources.back().stronger, out.sources.back().weaker) >=
                         std::tie(pair.stronger, pair.weaker)) {
            return refused("source pair {}: not in ascending order", i);
        }
        out.sources.push_back(pair);
    }
    return {};
}

Result<void> read_country_pairs(const Section& section, Disagreements& out) {
    Cursor cursor(section.bytes);
    for (uint32_t i = 0; i < section.count; ++i) {
        CountryPair pair;
        const bool sound = read_kinds(cursor, pair.stronger, pair.weaker);
        const auto stronger = find_country(cursor.text(2));
        const auto weaker = find_country(cursor.text(2));
        if (!sound || !stronger || !weaker || stronger == weaker) {
            return refused("country pair {}: no two sources that state two countries", i);
        }
        pair.says_stronger = *stronger;
        pair.says_weaker = *weaker;
        pair.space = read_space(cursor);
        pair.prefixes = cursor.number(8);
        if (i > 0 && order_of(out.countries.back()) >= order_of(pair)) {
            return refused("country pair {}: not in ascending order", i);
        }
        out.countries.push_back(pair);
    }
    return {};
}

}  // namespace lull::table_format
