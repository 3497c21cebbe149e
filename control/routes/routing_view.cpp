#include "control/routes/routing_view.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

namespace lull {
namespace {

/// Addresses of an IPv4 prefix; networks of /48 of an IPv6 one. Never added to each other.
double size_of(const IpPrefix& prefix) {
    const int bits = prefix.family == Family::kIpv4 ? 32 : 48;
    return std::exp2(std::max(0, bits - int{prefix.length}));
}

template <typename Route>
const Route* find_route(const std::vector<Route>& routes, const IpPrefix& prefix) {
    const auto found = std::lower_bound(
        routes.begin(), routes.end(), prefix,
        [](const Route& route, const IpPrefix& wanted) { return to_prefix(route) < wanted; });
    return found != routes.end() && to_prefix(*found) == prefix ? &*found : nullptr;
}

template <typename Route>
Origin longest_match(const OriginTable& table, const std::vector<Route>& routes,
                     const IpPrefix& prefix) {
    for (uint8_t length = prefix.length; length > 0; --length) {
        const Route* route = find_route(routes, shortened(prefix, length));
        if (route != nullptr) return table.origins.at(index_of(route->origin));
    }
    return {};
}

/// Walks the table's routes beside the rows, both sorted.
template <typename Route>
class Beside {
  public:
    Beside(const OriginTable& table, const std::vector<Route>& routes)
        : table_(table), routes_(routes) {}
    CountryId country(const IpPrefix& prefix) {
        while (at_ < routes_.size() && to_prefix(routes_[at_]) < prefix) ++at_;
        if (at_ == routes_.size() || to_prefix(routes_[at_]) != prefix) return kCountryUnknown;
        return table_.origins.at(index_of(routes_[at_].origin)).country;
    }

  private:
    const OriginTable& table_;
    const std::vector<Route>& routes_;
    std::size_t at_ = 0;
};

std::unordered_map<uint32_t, CountryId> countries_of_ases(const std::vector<RibRow>& rows,
                                                          const std::vector<Attribution::Row>& at) {
    std::vector<std::pair<uint32_t, CountryId>> pairs;
    pairs.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) pairs.emplace_back(rows[i].asn, at[i].country);
    std::ranges::sort(pairs);
    std::unordered_map<uint32_t, CountryId> result;
    std::unordered_map<uint32_t, std::size_t> most;
    for (std::size_t i = 0; i < pairs.size();) {
        std::size_t end = i;
        while (end < pairs.size() && pairs[end] == pairs[i]) ++end;
        std::size_t& best = most[pairs[i].first];
        if (end - i > best) {
            best = end - i;
            result[pairs[i].first] = pairs[i].second;
        }
        i = end;
    }
    return result;
}

/// What the networks of one country add up to while they are looked at.
struct Sum {
    struct Carried {
        uint32_t networks = 0;
        double weight4 = 0, weight6 = 0;
        double only4 = 0, only6 = 0;
    };
    double weight4 = 0, weight6 = 0;
    std::vector<uint32_t> origins;
    std::map<uint32_t, Carried> upstreams;
};

std::vector<Upstream> largest_of(const Sum& sum) {
    // IPv6 speaks for a country that has no IPv4 there.
    const bool is4 = sum.weight4 > 0;
    const double all = is4 ? sum.weight4 : sum.weight6;
    std::vector<Upstream> list;
    for (const auto& [asn, carried] : sum.upstreams) {
        list.push_back({asn, carried.networks,
                        all > 0 ? (is4 ? carried.weight4 : carried.weight6) / all : 0,
                        all > 0 ? (is4 ? carried.only4 : carried.only6) / all : 0});
    }
    std::ranges::sort(list, [](const Upstream& a, const Upstream& b) {
        return a.share != b.share ? a.share > b.share : a.asn < b.asn;
    });
    if (list.size() > kMaxWitnessUpstreams) list.resize(kMaxWitnessUpstreams);
    return list;
}

}  // namespace

Origin origin_in(const OriginTable& table, const IpPrefix& prefix) {
    return prefix.family == Family::kIpv4 ? longest_match(table, table.routes4, prefix)
                                          : longest_match(table, table.routes6, prefix);
}

std::vector<RibRow> rows_of(const Rib& rib) {
    std::vector<RibRow> rows;
    rows.reserve(rib.entries().size());
    for (uint32_t i = 0; i < rib.entries().size(); ++i) {
        const Rib::Entry& entry = rib.entries()[i];
        if (entry.asn != 0) rows.push_back({i, entry.prefix, entry.asn, entry.withdrawn_s});
    }
    std::ranges::sort(rows, {}, &RibRow::prefix);
    return rows;
}

Attribution attribute(const std::vector<RibRow>& rows, std::shared_ptr<const OriginTable> table) {
    Attribution result;
    result.rows.reserve(rows.size());
    Beside beside4(*table, table->routes4);
    Beside beside6(*table, table->routes6);
    std::vector<std::size_t> above;  // rows that hold the next one, the longest last
    for (const RibRow& row : rows) {
        const CountryId country = row.prefix.family == Family::kIpv4 ? beside4.country(row.prefix)
                                                                     : beside6.country(row.prefix);
        while (!above.empty() && !contains(result.rows[above.back()].prefix, row.prefix)) {
            above.pop_back();
        }
        const double size = size_of(row.prefix);
        if (!above.empty()) {
            double& outer = result.rows[above.back()].weight;
            outer = std::max(0.0, outer - size);
        }
        above.push_back(result.rows.size());
        result.rows.push_back({row.number, row.prefix, country, size});
    }
    result.as_country = countries_of_ases(rows, result.rows);
    result.table = std::move(table);
    return result;
}

void RoutingView::apply(Attribution attribution) {
    for (const Attribution::Row& row : attribution.rows) {
        if (rib_.entries()[row.number].prefix != row.prefix) continue;  // dropped since
        if (places_.size() <= row.number) places_.resize(rib_.entries().size());
        Place& place = places_[row.number];
        if (!place.known || place.prefix != row.prefix) {
            place.changes = rib_.entries()[row.number].changes;
        }
        place.prefix = row.prefix;
        place.country = row.country;
        place.weight = static_cast<float>(row.weight);
        place.known = true;
    }
    as_country_ = std::move(attribution.as_country);
    table_ = std::move(attribution.table);
}

RoutingView::Place& RoutingView::place_of(uint32_t number) {
    if (places_.size() <= number) places_.resize(rib_.entries().size());
    Place& place = places_[number];
    const IpPrefix& prefix = rib_.entries()[number].prefix;
    if (!place.known || place.prefix != prefix) {
        place = {};
        place.prefix = prefix;
        place.weight = static_cast<float>(size_of(prefix));
        if (table_) place.country = origin_in(*table_, prefix).country;
        place.known = table_ != nullptr;
    }
    return place;
}

Witness RoutingView::look(int64_t now_s) {
    Witness witness;
    witness.at_s = now_s;
    witness.began_s = began_s_;
    witness.countries.resize(countries().size());
    kept_.resize(countries().size());
    std::vector<Sum> sums(countries().size());
    std::vector<uint32_t> upstreams;
    for (uint32_t i = 0; i < rib_.entries().size(); ++i) {
        const Rib::Entry& entry = rib_.entries()[i];
        if (entry.asn == 0) continue;
        Place& place = place_of(i);
        const auto country = static_cast<std::size_t>(place.country);
        if (place.country == kCountryUnknown) continue;
        CountryRoutes& routes = witness.countries[country];
        if (entry.changes != place.changes) {
            kept_[country].changes += entry.changes - place.changes;
            kept_[country].last_change_s = now_s;
            place.changes = entry.changes;
        }
        const Presence presence = rib_.presence(entry);
        if (presence == Presence::kWithdrawn) ++routes.withdrawn;
        if (presence == Presence::kUnknown) ++routes.unknown;
        if (presence != Presence::kAnnounced) continue;
        const bool is4 = entry.prefix.family == Family::kIpv4;
        ++(is4 ? routes.networks4 : routes.networks6);
        Sum& sum = sums[country];
        (is4 ? sum.weight4 : sum.weight6) += place.weight;
        sum.origins.push_back(entry.asn);
        // A network that a foreign AS originates has no way into the country to tell of.
        const auto own = as_country_.find(entry.asn);
        if (own == as_country_.end() || own->second != place.country) continue;
        upstreams.clear();
        rib_.each_path(entry, [&](std::span<const uint32_t> hops) {
            for (std::size_t h = hops.size(); h-- > 0;) {
                const auto of = as_country_.find(hops[h]);
                if (of != as_country_.end() && of->second == place.country) continue;
                if (std::ranges::find(upstreams, hops[h]) == upstreams.end()) {
                    upstreams.push_back(hops[h]);
                }
                break;
            }
        });
        for (const uint32_t asn : upstreams) {
            Sum::Carried& carried = sum.upstreams[asn];
            ++carried.networks;
            (is4 ? carried.weight4 : carried.weight6) += place.weight;
            if (upstreams.size() == 1) (is4 ? carried.only4 : carried.only6) += place.weight;
        }
    }
    for (std::size_t c = 0; c < sums.size(); ++c) {
        CountryRoutes& routes = witness.countries[c];
        std::vector<uint32_t>& origins = sums[c].origins;
        std::ranges::sort(origins);
        routes.origins =
            static_cast<uint32_t>(std::unique(origins.begin(), origins.end()) - origins.begin());
        routes.upstreams = static_cast<uint32_t>(sums[c].upstreams.size());
        routes.largest = largest_of(sums[c]);
        std::vector<uint32_t> now;
        for (const auto& [asn, carried] : sums[c].upstreams) now.push_back(asn);
        Kept& kept = kept_[c];
        // While peers are missing nobody knows whether an upstream is gone.
        const bool whole = table_ != nullptr && routes.unknown == 0;
        if (kept.seen && whole) {
            std::vector<uint32_t> changed;
            std::set_symmetric_difference(now.begin(), now.end(), kept.upstreams.begin(),
                                          kept.upstreams.end(), std::back_inserter(changed));
            kept.upstream_changes += changed.size();
        }
        if (whole) {
            kept.seen = true;
            kept.upstreams = std::move(now);
        }
        routes.changes = kept.changes;
        routes.upstream_changes = kept.upstream_changes;
        routes.last_change_s = kept.last_change_s;
    }
    return witness;
}

}  // namespace lull
