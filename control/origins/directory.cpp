#include "control/origins/directory.h"

#include <algorithm>
#include <utility>

namespace lull {

Directory directory_of(const OriginTable& table, const std::string& path, uint64_t generation) {
    Directory directory;
    directory.generation = generation;
    directory.path = path;
    directory.sha256 = table.sha256;
    directory.built_at_s = table.built_at_s;
    directory.prefixes4 = table.routes4.size();
    directory.prefixes6 = table.routes6.size();
    directory.origins = table.origins;
    directory.as_names = std::make_shared<const std::map<uint32_t, std::string>>(table.as_names);
    directory.countries.resize(countries().size());
    const auto country_of = [&](OriginId id) {
        return index_of(table.origins[index_of(id)].country);
    };
    for (const Route4& route : table.routes4) {
        directory.countries[country_of(route.origin)].networks4 += 1;
    }
    for (const Route6& route : table.routes6) {
        directory.countries[country_of(route.origin)].networks6 += 1;
    }
    std::vector<std::pair<uint16_t, uint32_t>> pairs;
    pairs.reserve(table.origins.size());
    for (const Origin& origin : table.origins) {
        if (origin.asn != 0) {
            pairs.emplace_back(index_of(origin.country), origin.asn);
        }
    }
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
    for (const auto& pair : pairs) {
        directory.countries[pair.first].origins += 1;
    }
    return directory;
}

}  // namespace lull
