#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "control/export/families.h"
#include "control/export/routing.h"
#include "control/export/summary.h"

namespace lull {
namespace {

/// A number of the witness for one country.
struct RoutingMetric {
    const char* name;
    const char* help;
    double (*value)(const CountryRoutes& routes);
};

constexpr RoutingMetric kRoutingMetrics[] = {
    {"lull_country_upstreams",
     "Distinct foreign AS numbers that stand first before the country's own on its paths.",
     [](const CountryRoutes& routes) -> double { return routes.upstreams; }},
    {"lull_country_largest_upstream_share",
     "Share of the country's announced addresses that would be lost with one upstream: of the one "
     "that most are behind alone.",
     [](const CountryRoutes& routes) -> double {
         double most = 0;
         for (const Upstream& each : routes.largest) {
             most = std::max(most, each.only_share);
         }
         return most;
     }},
    {"lull_country_networks_withdrawn",
     "Networks of the country that every peer took back in the last seven days.",
     [](const CountryRoutes& routes) -> double { return routes.withdrawn; }},
    {"lull_country_networks_moved",
     "Of the country's announced networks: those that for less than seven days an AS of another "
     "country announces, or the table gives to another country.",
     [](const CountryRoutes& routes) -> double { return routes.moved.networks; }},
};

/// Nothing where too many of its networks hang on peers that cannot be heard: few is then not few.
const CountryRoutes* told_routes(const View& view, const CountryRow& row) {
    const CountryRoutes* const routes = routes_of(view, row.id);
    return routes != nullptr &&
                   tells_networks(routes->networks(), routes->withdrawn, routes->unknown)
               ? routes
               : nullptr;
}

// Without any witness the table's number stands in. While one that was there is missing there is
// no number: the table keeps what is withdrawn, and would seem to say that all is well.
void add_sizes(const View& view, const std::vector<CountryRow>& rows, FamilyList& list) {
    const bool by_table = view.witness.state == WitnessState::kNone;
    list.gauge("lull_country_networks",
               "Networks of the country that are announced, by the routing witness; where none was "
               "ever there: its prefixes in the origin table.");
    for (const CountryRow& row : rows) {
        const std::string_view code = country(row.id).code;
        const auto add = [&](uint32_t networks4, uint32_t networks6) {
            list.add(networks4, {{"country", code}, {"family", "ipv4"}});
            list.add(networks6, {{"country", code}, {"family", "ipv6"}});
        };
        if (by_table) {
            add(row.facts->networks4, row.facts->networks6);
        } else if (const CountryRoutes* const routes = told_routes(view, row)) {
            add(routes->networks4, routes->networks6);
        }
    }
    list.gauge(
        "lull_country_origins",
        "AS numbers that announce the country's networks, by the routing witness; where none "
        "was ever there: its AS numbers in the origin table.");
    for (const CountryRow& row : rows) {
        const std::string_view code = country(row.id).code;
        if (by_table && row.id != kCountryUnknown) {
            list.add(row.facts->origins, {{"country", code}});
        } else if (const CountryRoutes* const routes = told_routes(view, row)) {
            list.add(routes->origins, {{"country", code}});
        }
    }
}

void add_witness(const WitnessView& witness, FamilyList& list) {
    if (witness.state == WitnessState::kNone) {
        return;
    }
    list.counter("lull_witness_loads_total", "Routing witnesses read, by result.");
    list.add(static_cast<double>(witness.loads_ok), {{"result", "ok"}});
    list.add(static_cast<double>(witness.loads_failed), {{"result", "failed"}});
    if (witness.witness == nullptr) {
        return;
    }
    const Witness& last = *witness.witness;
    list.gauge("lull_witness_timestamp_seconds",
               "When the last good routing witness was written, in seconds since 1970.");
    list.add(static_cast<double>(last.at_s));
    list.gauge("lull_witness_peers",
               "Peers that have told the collector a table, by whether it can hear them now.");
    list.add(last.peers_heard, {{"heard", "yes"}});
    list.add(last.peers - std::min(last.peers, last.peers_heard), {{"heard", "no"}});
}

/// Of a country in trouble: the upstream that most of it is behind, and the member of the exchange
/// that brings most of it here, as far as they are known.
void add_via(const View& view, const std::vector<CountryRow>& rows, FamilyList& list) {
    list.gauge("lull_country_via_info",
               "By which upstream and which member most of the country comes; always 1, only of "
               "countries with an open incident.");
    for (const CountryRow& row : rows) {
        const bool open = std::ranges::any_of(view.incidents, [&](const Incident& incident) {
            return !incident.end_ns && incident.country == row.id;
        });
        if (!open) {
            continue;
        }
        std::string upstream;
        const CountryRoutes* const routes = told_routes(view, row);
        if (routes != nullptr && !routes->largest.empty()) {
            upstream = fmt::format("AS{}", routes->largest.front().asn);
        }
        const MemberShare* most = nullptr;
        for (const MemberShare& each : view.member_shares) {
            if (each.country == row.id && each.member != MemberKey{} &&
                (most == nullptr || each.share > most->share)) {
                most = &each;
            }
        }
        const std::string member = most != nullptr ? member_label(most->member) : std::string();
        if (!upstream.empty() || !member.empty()) {
            list.add(
                1, {{"country", country(row.id).code}, {"upstream", upstream}, {"member", member}});
        }
    }
}

}  // namespace

void add_routing_families(const View& view, FamilyList& list) {
    const std::vector<CountryRow> rows = seen_countries(view);
    add_sizes(view, rows, list);
    for (const RoutingMetric& metric : kRoutingMetrics) {
        list.gauge(metric.name, metric.help);
        for (const CountryRow& row : rows) {
            if (const CountryRoutes* const routes = told_routes(view, row)) {
                list.add(metric.value(*routes), {{"country", country(row.id).code}});
            }
        }
    }
    list.gauge(
        "lull_country_largest_upstream_traffic_share",
        "Share of the country's bytes of the last day, as seen here, that would be lost with "
        "one upstream: of the one that most are behind alone. What the witness cannot "
        "attribute counts as behind none.");
    for (const CountryRow& row : rows) {
        const CountryTraffic* const traffic = traffic_behind_of(view, row.id);
        if (traffic != nullptr && told_routes(view, row) != nullptr) {
            double most = 0;
            for (const OriginUpstream& each : traffic->upstreams) {
                most = std::max(most, each.only_share);
            }
            list.add(most, {{"country", country(row.id).code}});
        }
    }
    list.gauge("lull_country_routing_gone",
               "Whether at least half of the country's usual networks were withdrawn; absent when "
               "not known. It opens no incident while traffic goes on.");
    for (const CountryRow& row : rows) {
        if (row.verdict->routing.routing != Routing::kNotKnown) {
            list.add(row.verdict->routing.routing == Routing::kGone ? 1 : 0,
                     {{"country", country(row.id).code}});
        }
    }
    add_via(view, rows, list);
    add_witness(view.witness, list);
}

}  // namespace lull
