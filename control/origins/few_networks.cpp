#include "control/origins/few_networks.h"

#include "dataplane/limits.h"

namespace lull {

namespace {

struct Splitter {
    OriginTable& table;
    std::vector<uint32_t> networks;  // by country
    std::vector<NetworkOrigin> found;

    CountryId country_of(OriginId id) const { return table.origins[index_of(id)].country; }

    void give_own_id(auto& routes) {
        for (auto& route : routes) {
            const CountryId country = country_of(route.origin);
            if (country == kCountryUnknown || networks[index_of(country)] > kFewNetworks ||
                table.origins.size() >= kMaxOrigins) {
                continue;
            }
            const Origin origin = table.origins[index_of(route.origin)];
            route.origin = OriginId{static_cast<uint32_t>(table.origins.size())};
            table.origins.push_back(origin);
            found.push_back({route.origin, to_prefix(route)});
        }
    }
};

}  // namespace

std::vector<NetworkOrigin> tell_networks_apart(OriginTable& table) {
    Splitter splitter{table, std::vector<uint32_t>(countries().size()), {}};
    for (const Route4& route : table.routes4) {
        splitter.networks[index_of(splitter.country_of(route.origin))] += 1;
    }
    for (const Route6& route : table.routes6) {
        splitter.networks[index_of(splitter.country_of(route.origin))] += 1;
    }
    splitter.give_own_id(table.routes4);
    splitter.give_own_id(table.routes6);
    return std::move(splitter.found);
}

}  // namespace lull
