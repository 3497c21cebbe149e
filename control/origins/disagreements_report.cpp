#include "control/origins/disagreements_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "control/country.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kWaysShown = 10;  // for people; JSON has all

Json space_json(const AddressSpace& space) {
    return {{"addresses_v4", space.addresses4}, {"networks_v6", space.networks6}};
}

double percent(uint64_t part, uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

Json disagreements_json(const Disagreements& found) {
    Json sources = Json::array();
    for (const SourcePair& pair : found.sources) {
        sources.push_back({{"stronger", kind_name(pair.stronger)},
                           {"weaker", kind_name(pair.weaker)},
                           {"both", space_json(pair.both)},
                           {"differing", space_json(pair.differing)},
                           {"prefixes", pair.prefixes}});
    }
    Json ways = Json::array();
    for (const std::size_t i : widest_first(found.countries)) {
        const CountryPair& way = found.countries[i];
        ways.push_back({{"stronger", kind_name(way.stronger)},
                        {"weaker", kind_name(way.weaker)},
                        {"stronger_says", country(way.says_stronger).code},
                        {"weaker_says", country(way.says_weaker).code},
                        {"addresses_v4", way.space.addresses4},
                        {"networks_v6", way.space.networks6},
                        {"prefixes", way.prefixes}});
    }
    return {{"sources", std::move(sources)}, {"countries", std::move(ways)}};
}

std::string disagreements_text(const Disagreements& found) {
    std::string text;
    for (const SourcePair& pair : found.sources) {
        text += fmt::format(
            "  differing  {} and {}: {:.2f} % of the IPv4 and {:.2f} % of the IPv6 that both give "
            "a country, {} prefixes\n",
            kind_name(pair.stronger), kind_name(pair.weaker),
            percent(pair.differing.addresses4, pair.both.addresses4),
            percent(pair.differing.networks6, pair.both.networks6), pair.prefixes);
    }
    const std::vector<std::size_t> order = widest_first(found.countries);
    for (std::size_t i = 0; i < std::min(order.size(), kWaysShown); ++i) {
        const CountryPair& way = found.countries[order[i]];
        text += fmt::format(
            "             {} {}, {} {}: {} IPv4 addresses, {} IPv6 /64, {} prefixes\n",
            kind_name(way.stronger), country(way.says_stronger).code, kind_name(way.weaker),
            country(way.says_weaker).code, way.space.addresses4, way.space.networks6, way.prefixes);
    }
    if (order.size() > kWaysShown) {
        text += fmt::format("             and {} ways more (--json)\n", order.size() - kWaysShown);
    }
    return text;
}

}  // namespace lull
