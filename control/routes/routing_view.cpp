#include "control/routes/routing_view.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lull {
namespace {

/// Addresses of an IPv4 prefix; networks of /48 of an IPv6 one. Never added to each other.
double size_of(const IpPrefix& prefix) {
    const int bits = prefix.family == Family::kIpv4 ? 32 : 48;
    return std::exp2(std::max(0, bits - int{prefix.length}));
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

}  // namespace

std::vector<RibRow> rows_of(const Rib& rib) {
    std::vector<RibRow> rows;
    rows.reserve(rib.entries().size());
    for (uint32_t i = 0; i < rib.entries().size(); ++i) {
        const Rib::Entry& entry = rib.entries()[i];
        if (entry.asn != 0) rows.push_back({i, entry.prefix, entry.asn, entry.withdrawn_s});
    }
    return rows;
}

Attribution attribute(std::vector<RibRow> rows, std::shared_ptr<const OriginTable> table) {
    std::ranges::sort(rows, {}, &RibRow::prefix);
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
        result.rows.push_back({row.number, row.prefix, country, size, row.asn});
    }
    result.as_country = countries_of_ases(rows, result.rows);
    std::ranges::sort(result.rows, {}, &Attribution::Row::number);
    result.table = std::move(table);
    return result;
}

void RoutingView::remember(const std::vector<MovedNetwork>& moved) {
    for (const MovedNetwork& each : moved) remembered_[each.prefix] = each;
}

/// Whether the place's network had moved before this process began.
bool RoutingView::recall(Place& place) {
    const auto found = remembered_.find(place.prefix);
    if (found == remembered_.end()) return false;
    place.usual_asn = found->second.usual_asn;
    place.usual_country = found->second.usual_country;
    place.moved_s = static_cast<uint32_t>(found->second.since_s);
    remembered_.erase(found);
    return true;
}

void RoutingView::apply(Attribution attribution) {
    for (const Attribution::Row& row : attribution.rows) {
        if (rib_.entries()[row.number].prefix != row.prefix) continue;  // dropped since
        if (places_.size() <= row.number) places_.resize(rib_.entries().size());
        Place& place = places_[row.number];
        if (!place.known || place.prefix != row.prefix) {
            place = {};
            place.changes = rib_.entries()[row.number].changes;
            place.usual_asn = row.asn;
            place.usual_country = row.country;
            place.prefix = row.prefix;
            const auto its = attribution.as_country.find(row.asn);
            // Who took it over is no AS of the country that had it.
            if (recall(place) && row.asn != place.usual_asn &&
                its != attribution.as_country.end() && its->second == place.usual_country) {
                attribution.as_country.erase(its);
            }
        }
        place.country = row.country;
        place.weight = static_cast<float>(row.weight);
        place.known = true;
    }
    // What an AS has taken over from elsewhere makes it no AS of that country.
    for (const uint32_t asn : movers_) {
        const auto before = as_country_.find(asn);
        if (before == as_country_.end()) {
            attribution.as_country.erase(asn);
        } else {
            attribution.as_country[asn] = before->second;
        }
    }
    as_country_ = std::move(attribution.as_country);
    table_ = std::move(attribution.table);
}

RoutingView::Place& RoutingView::place_of(uint32_t number) {
    if (places_.size() <= number) places_.resize(rib_.entries().size());
    Place& place = places_[number];
    const Rib::Entry& entry = rib_.entries()[number];
    if (!place.known || place.prefix != entry.prefix) {
        place = {};
        place.prefix = entry.prefix;
        place.weight = static_cast<float>(size_of(entry.prefix));
        if (table_) {
            // A longer prefix of somebody else takes a part of what holds it.
            const Origin holder = origin_in(*table_, entry.prefix);
            place.country = place.usual_country = holder.country;
            place.usual_asn = holder.asn != 0 ? holder.asn : entry.asn;
            recall(place);
        }
        place.known = table_ != nullptr;
    }
    return place;
}

CountryId RoutingView::country_of_as(uint32_t asn) const {
    const auto found = as_country_.find(asn);
    return found == as_country_.end() ? kCountryUnknown : found->second;
}

std::optional<CountryId> RoutingView::moved_to(Place& place, uint32_t asn, int64_t now_s) const {
    const bool stays = place.country == place.usual_country &&
                       (asn == place.usual_asn || country_of_as(asn) == place.usual_country);
    const bool was_nobodys = place.usual_country == kCountryUnknown;
    const bool for_long = place.moved_s != 0 && now_s - place.moved_s > kKeepMoved_s;
    if (stays || was_nobodys || for_long) {
        place.usual_country = place.country;
        place.usual_asn = asn;
        place.moved_s = 0;
        return std::nullopt;
    }
    if (place.moved_s == 0) place.moved_s = static_cast<uint32_t>(now_s);
    return place.country != place.usual_country ? place.country : country_of_as(asn);
}

std::span<const uint32_t> RoutingView::upstreams_of(const Rib::Entry& entry, CountryId country) {
    upstreams_.clear();
    // A network that a foreign AS originates has no way into the country to tell of.
    if (country_of_as(entry.asn) != country) return {};
    rib_.each_path(entry, [&](std::span<const uint32_t> hops) {
        for (std::size_t h = hops.size(); h-- > 0;) {
            if (country_of_as(hops[h]) == country) continue;
            if (std::ranges::find(upstreams_, hops[h]) == upstreams_.end()) {
                upstreams_.push_back(hops[h]);
            }
            break;
        }
    });
    return upstreams_;
}

void RoutingView::add(uint32_t number, int64_t now_s, Witness& witness) {
    const Rib::Entry& entry = rib_.entries()[number];
    Place& place = place_of(number);
    const Presence presence = rib_.presence(entry);
    std::optional<CountryId> moved;
    if (presence == Presence::kAnnounced) moved = moved_to(place, entry.asn, now_s);
    const CountryId country = place.usual_country;
    if (country == kCountryUnknown) return;
    if (place.moved_s != 0 && witness.moved.size() < kMaxWitnessMoved) {
        witness.moved.push_back({place.prefix, place.usual_asn, country, place.moved_s});
    }
    CountryRoutes& routes = witness.countries[index_of(country)];
    if (entry.changes != place.changes) {
        Kept& kept = kept_[index_of(country)];
        kept.changes += entry.changes - place.changes;
        kept.last_change_s = now_s;
        place.changes = entry.changes;
    }
    if (presence == Presence::kWithdrawn) ++routes.withdrawn;
    if (presence == Presence::kUnknown) ++routes.unknown;
    if (presence != Presence::kAnnounced) return;
    const Family family = entry.prefix.family;
    ++(family == Family::kIpv4 ? routes.networks4 : routes.networks6);
    CountrySum& sum = sums_[index_of(country)];
    sum.add(entry.asn, family, place.weight, upstreams_of(entry, country));
    if (moved) {
        sum.add_moved(entry.asn, *moved);
        movers_.insert(entry.asn);
    }
}

void RoutingView::note_upstreams(std::vector<uint32_t> upstreams, Kept& kept,
                                 const CountryRoutes& routes) const {
    // While peers are missing nobody knows whether an upstream is gone.
    if (table_ == nullptr || routes.unknown != 0) return;
    if (kept.seen) {
        std::vector<uint32_t> changed;
        std::set_symmetric_difference(upstreams.begin(), upstreams.end(), kept.upstreams.begin(),
                                      kept.upstreams.end(), std::back_inserter(changed));
        kept.upstream_changes += changed.size();
    }
    kept.seen = true;
    kept.upstreams = std::move(upstreams);
}

Witness RoutingView::look(int64_t now_s) {
    Witness witness;
    witness.at_s = now_s;
    witness.began_s = began_s_;
    witness.countries.resize(countries().size());
    kept_.resize(countries().size());
    sums_.resize(countries().size());
    movers_.clear();
    for (CountrySum& sum : sums_) sum.clear();
    for (uint32_t i = 0; i < rib_.entries().size(); ++i) {
        if (rib_.entries()[i].asn != 0) add(i, now_s, witness);
    }
    for (const auto& [prefix, network] : remembered_) {
        const bool is_full = witness.moved.size() >= kMaxWitnessMoved;
        if (!is_full && now_s - network.since_s <= kKeepMoved_s) witness.moved.push_back(network);
    }
    for (std::size_t c = 0; c < sums_.size(); ++c) {
        CountryRoutes& routes = witness.countries[c];
        note_upstreams(sums_[c].tell(routes), kept_[c], routes);
        routes.changes = kept_[c].changes;
        routes.upstream_changes = kept_[c].upstream_changes;
        routes.last_change_s = kept_[c].last_change_s;
    }
    return witness;
}

}  // namespace lull
