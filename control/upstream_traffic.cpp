#include "control/upstream_traffic.h"

#include <algorithm>
#include <map>

namespace lull {
namespace {

/// What the origins of one country add up to, in bytes.
struct Sum {
    struct Behind {
        double all = 0, only = 0;
    };
    uint64_t bytes = 0;
    uint64_t attributed = 0;
    std::map<uint32_t, Behind> upstreams;
};

const OriginRoutes* find_origin(const std::vector<OriginRoutes>& origins, uint32_t asn) {
    const auto found = std::ranges::lower_bound(origins, asn, {}, &OriginRoutes::asn);
    return found != origins.end() && found->asn == asn ? &*found : nullptr;
}

CountryTraffic settled(const Sum& sum) {
    CountryTraffic traffic;
    if (sum.bytes == 0) {
        return traffic;
    }
    const auto all = static_cast<double>(sum.bytes);
    traffic.bytes = sum.bytes;
    traffic.attributed_share = static_cast<double>(sum.attributed) / all;
    for (const auto& [asn, behind] : sum.upstreams) {
        traffic.upstreams.push_back({asn, behind.all / all, behind.only / all});
    }
    std::ranges::sort(traffic.upstreams, [](const auto& a, const auto& b) {
        return a.share != b.share ? a.share > b.share : a.asn < b.asn;
    });
    if (traffic.upstreams.size() > kMaxWitnessUpstreams) {
        traffic.upstreams.resize(kMaxWitnessUpstreams);
    }
    return traffic;
}

}  // namespace

std::vector<CountryTraffic> traffic_behind(std::span<const OriginTotals> origins,
                                           std::span<const uint64_t> bytes,
                                           const Witness& witness) {
    std::vector<Sum> sums(witness.countries.size());
    for (std::size_t i = 0; i < std::min(origins.size(), bytes.size()); ++i) {
        const std::size_t c = index_of(origins[i].country);
        if (bytes[i] == 0 || c >= sums.size() || !witness.countries[c].by_origin) {
            continue;
        }
        sums[c].bytes += bytes[i];
        const OriginRoutes* const routes =
            find_origin(*witness.countries[c].by_origin, origins[i].asn);
        if (routes == nullptr) {
            continue;
        }
        sums[c].attributed += bytes[i];
        for (const OriginUpstream& each : routes->upstreams) {
            Sum::Behind& behind = sums[c].upstreams[each.asn];
            behind.all += static_cast<double>(bytes[i]) * each.share;
            behind.only += static_cast<double>(bytes[i]) * each.only_share;
        }
    }
    std::vector<CountryTraffic> all;
    for (const Sum& sum : sums) {
        all.push_back(settled(sum));
    }
    return all;
}

}  // namespace lull
