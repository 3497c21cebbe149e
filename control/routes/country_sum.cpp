#include "control/routes/country_sum.h"

#include <algorithm>

namespace lull {

double CountrySum::Weight::share_of(const Weight& whole) const {
    if (whole.v4 > 0) return v4 / whole.v4;
    return whole.v6 > 0 ? v6 / whole.v6 : 0;
}

void CountrySum::clear() {
    weight_ = {};
    moved_.clear();
    std::erase_if(origins_, [](const auto& entry) { return entry.second.networks == 0; });
    for (auto& [asn, sum] : origins_) {
        sum.networks = 0;
        sum.weight = {};
        sum.upstreams.clear();
    }
}

void CountrySum::add(uint32_t asn, Family family, double weight,
                     std::span<const uint32_t> upstreams) {
    weight_.add(family, weight);
    OriginSum& origin = origins_[asn];
    ++origin.networks;
    origin.weight.add(family, weight);
    for (const uint32_t upstream : upstreams) {
        auto found =
            std::ranges::find(origin.upstreams, upstream, &std::pair<uint32_t, Carried>::first);
        if (found == origin.upstreams.end()) {
            found = origin.upstreams.insert(found, {upstream, {}});
        }
        Carried& carried = found->second;
        ++carried.networks;
        carried.all.add(family, weight);
        if (upstreams.size() == 1) carried.only.add(family, weight);
    }
}

std::map<uint32_t, CountrySum::Carried> CountrySum::carried() const {
    std::map<uint32_t, Carried> all;
    for (const auto& [origin, sum] : origins_) {
        for (const auto& [asn, carried] : sum.upstreams) {
            Carried& whole = all[asn];
            whole.networks += carried.networks;
            whole.all.add(carried.all);
            whole.only.add(carried.only);
        }
    }
    return all;
}

std::vector<uint32_t> CountrySum::tell(CountryRoutes& routes) const {
    const std::map<uint32_t, Carried> all = carried();
    routes.origins = static_cast<uint32_t>(std::ranges::count_if(
        origins_, [](const auto& entry) { return entry.second.networks > 0; }));
    routes.upstreams = static_cast<uint32_t>(all.size());
    std::vector<uint32_t> upstreams;
    for (const auto& [asn, carried] : all) {
        upstreams.push_back(asn);
        routes.largest.push_back(
            {asn, carried.networks, carried.all.share_of(weight_), carried.only.share_of(weight_)});
    }
    std::ranges::sort(routes.largest, [](const Upstream& a, const Upstream& b) {
        return a.share != b.share ? a.share > b.share : a.asn < b.asn;
    });
    if (routes.largest.size() > kMaxWitnessUpstreams) routes.largest.resize(kMaxWitnessUpstreams);
    routes.by_origin = largest_origins();
    routes.moved = all_moved();
    return upstreams;
}

MovedNetworks CountrySum::all_moved() const {
    MovedNetworks all;
    uint32_t most = 0;
    for (const auto& [to, networks] : moved_) {
        all.networks += networks;
        if (networks > most) {
            most = networks;
            all.asn = to.first;
            all.country = to.second;
        }
    }
    return all;
}

std::vector<OriginRoutes> CountrySum::largest_origins() const {
    std::vector<std::pair<double, uint32_t>> order;  // by share, the largest first
    for (const auto& [asn, sum] : origins_) {
        if (!sum.upstreams.empty()) order.emplace_back(-sum.weight.share_of(weight_), asn);
    }
    const std::size_t kept = std::min(order.size(), kMaxWitnessOrigins);
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(kept));
    order.resize(kept);
    std::vector<OriginRoutes> list;
    for (const auto& [share, asn] : order) {
        const OriginSum& sum = origins_.at(asn);
        OriginRoutes& routes = list.emplace_back();
        routes.asn = asn;
        for (const auto& [upstream, carried] : sum.upstreams) {
            routes.upstreams.push_back(
                {upstream, carried.all.share_of(sum.weight), carried.only.share_of(sum.weight)});
        }
        std::ranges::sort(routes.upstreams, [](const OriginUpstream& a, const OriginUpstream& b) {
            return a.share != b.share ? a.share > b.share : a.asn < b.asn;
        });
        if (routes.upstreams.size() > kMaxOriginUpstreams) {
            routes.upstreams.resize(kMaxOriginUpstreams);
        }
    }
    std::ranges::sort(list, {}, &OriginRoutes::asn);
    return list;
}

}  // namespace lull
