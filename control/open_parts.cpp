#include "control/open_parts.h"

#include <algorithm>
#include <utility>

namespace lull {

uint32_t OpenParts::part_of(CountryId country, const PartId& id) {
    const auto next = static_cast<uint32_t>(parts_.size());
    const auto entered = [&](auto& index, auto key) {
        const auto [place, added] = index.try_emplace(std::move(key), next);
        if (added) {
            parts_.push_back({country, id});
        }
        return place->second;
    };
    const uint32_t part = id.network
                              ? entered(by_network_, std::pair(country, id))
                              : entered(by_origin_, uint64_t{id.asn} << 16 | index_of(country));
    parts_[part].table = tables_;
    return part;
}

bool OpenParts::has(CountryId country, const PartId& id) const {
    const auto in = [&](const auto& index, const auto& key) {
        const auto found = index.find(key);
        return found != index.end() && parts_[found->second].table == tables_;
    };
    if (id.network != few_[index_of(country)]) {
        return false;
    }
    return id.network ? in(by_network_, std::pair(country, id))
                      : in(by_origin_, uint64_t{id.asn} << 16 | index_of(country));
}

OpenParts::Ids OpenParts::adopt(const Directory& directory) {
    tables_ += 1;
    Ids ids(directory.origins.size());
    for (std::size_t id = 0; id < ids.size(); ++id) {
        const Origin& origin = directory.origins[id];
        ids[id] = part_of(origin.country, {.asn = origin.asn});
    }
    few_.assign(few_.size(), false);
    for (const NetworkOrigin& network : directory.networks) {
        const Origin& origin = directory.origins[index_of(network.id)];
        few_[index_of(origin.country)] = true;
        ids[index_of(network.id)] =
            part_of(origin.country, {.asn = origin.asn, .network = true, .prefix = network.prefix});
    }
    return ids;
}

void OpenParts::add(std::size_t group, uint32_t part, uint64_t flows) {
    if (flows == 0) {
        return;
    }
    parts_[part].flows += flows;
    open_[group][part] += flows;
    if (!parts_[part].id.network) {
        rank(part);
    }
}

void OpenParts::rank(uint32_t part) {
    std::vector<uint32_t>& largest = largest_[index_of(parts_[part].country)];
    if (std::find(largest.begin(), largest.end(), part) != largest.end()) {
        return;
    }
    if (largest.size() < kLargest) {
        largest.push_back(part);
        return;
    }
    const auto least = std::min_element(
        largest.begin(), largest.end(),
        [&](uint32_t one, uint32_t other) { return parts_[one].flows < parts_[other].flows; });
    if (parts_[*least].flows < parts_[part].flows) {
        *least = part;
    }
}

bool OpenParts::is_told(uint32_t part) const {
    const Part& it = parts_[part];
    const std::size_t country = index_of(it.country);
    if (it.country == kCountryUnknown || it.id.network != few_[country]) {
        return false;
    }
    const auto& largest = largest_[country];
    return it.id.network || std::find(largest.begin(), largest.end(), part) != largest.end();
}

std::vector<std::vector<PartFacts>> OpenParts::close_tick() {
    std::vector<std::vector<PartFacts>> told(open_.size());
    for (std::size_t group = 0; group < open_.size(); ++group) {
        for (const auto& [part, flows] : open_[group]) {
            if (is_told(part)) {
                told[group].push_back(
                    {parts_[part].country, parts_[part].id, static_cast<double>(flows)});
            }
        }
        open_[group].clear();
        // In one order, whatever the hash: what is learned from them must not depend on it.
        std::sort(told[group].begin(), told[group].end(),
                  [](const PartFacts& one, const PartFacts& other) {
                      return std::pair(one.country, one.id) < std::pair(other.country, other.id);
                  });
    }
    return told;
}

}  // namespace lull
