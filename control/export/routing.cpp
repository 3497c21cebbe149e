#include "control/export/routing.h"

#include <algorithm>
#include <iterator>

#include "control/export/summary.h"
#include "control/routing_text.h"
#include "control/time_text.h"

namespace lull {
namespace {

using nlohmann::json;

constexpr int64_t kSecond_ns = 1'000'000'000;

std::string_view verdict_text(Routing routing) {
    switch (routing) {
        case Routing::kStands:
            return "stands";
        case Routing::kGone:
            return "gone";
        case Routing::kNotKnown:
            break;
    }
    return "not known";
}

json name_json(const View& view, uint32_t asn) {
    if (view.as_names == nullptr) {
        return nullptr;
    }
    const auto found = view.as_names->find(asn);
    return found != view.as_names->end() ? json(found->second) : json(nullptr);
}

json time_json(int64_t time_ns) {
    return time_ns != 0 ? json(format_time(time_ns)) : json(nullptr);
}

json change_json(const UpstreamChange& change) {
    if (change.time_ns == 0) {
        return nullptr;
    }
    const auto numbers = [](const UpstreamList& list) {
        json out = json::array();
        std::copy_if(list.begin(), list.end(), std::back_inserter(out),
                     [](uint32_t asn) { return asn != 0; });
        return out;
    };
    return {{"time", format_time(change.time_ns)},
            {"gone", numbers(change.gone)},
            {"came", numbers(change.came)},
            {"before", change.before},
            {"now", change.now},
            {"text", upstream_text(change)}};
}

json moved_to_json(const View& view, const RoutingVerdict& verdict, const MovedNetworks& moved) {
    if (moved.networks == 0) {
        return nullptr;
    }
    const bool known = moved.country != kCountryUnknown;
    return {{"asn", moved.asn},
            {"name", name_json(view, moved.asn)},
            {"country", known ? json(country(moved.country).code) : json(nullptr)},
            {"since", time_json(verdict.moved_since_ns)}};
}

json upstreams_json(const View& view, const CountryRoutes& routes) {
    json list = json::array();
    for (const Upstream& each : routes.largest) {
        list.push_back({{"asn", each.asn},
                        {"name", name_json(view, each.asn)},
                        {"networks", each.networks},
                        {"share", each.share},
                        {"only_share", each.only_share}});
    }
    return list;
}

json traffic_behind_json(const View& view, CountryId id) {
    const CountryTraffic* const traffic = traffic_behind_of(view, id);
    if (traffic == nullptr) {
        return nullptr;
    }
    json list = json::array();
    for (const OriginUpstream& each : traffic->upstreams) {
        list.push_back({{"asn", each.asn},
                        {"name", name_json(view, each.asn)},
                        {"share", each.share},
                        {"only_share", each.only_share}});
    }
    return {{"bytes", traffic->bytes},
            {"attributed_share", traffic->attributed_share},
            {"upstreams", std::move(list)}};
}

}  // namespace

const CountryRoutes* routes_of(const View& view, CountryId id) {
    if (view.witness.state != WitnessState::kSees || view.witness.witness == nullptr) {
        return nullptr;
    }
    const auto& all = view.witness.witness->countries;
    return index_of(id) < all.size() ? &all[index_of(id)] : nullptr;
}

const CountryTraffic* traffic_behind_of(const View& view, CountryId id) {
    const CountryRoutes* const routes = routes_of(view, id);
    if (routes == nullptr || !routes->by_origin || view.traffic_behind == nullptr ||
        index_of(id) >= view.traffic_behind->size()) {
        return nullptr;
    }
    const CountryTraffic& traffic = (*view.traffic_behind)[index_of(id)];
    return traffic.bytes > 0 ? &traffic : nullptr;
}

json routing_verdict_json(const RoutingVerdict& verdict) {
    const bool known = verdict.routing != Routing::kNotKnown;
    return {{"verdict", verdict_text(verdict.routing)},
            {"why", known ? json(nullptr) : json(routing_doubt(verdict))},
            {"gone", known ? json(verdict.routing == Routing::kGone) : json(nullptr)},
            {"since", time_json(verdict.since_ns)},
            {"usual_networks", verdict.normal},
            {"upstream_change", change_json(verdict.upstream_change)}};
}

json routing_json(const View& view, CountryId id) {
    if (view.witness.state == WitnessState::kNone) {
        return nullptr;
    }
    const RoutingVerdict& verdict = country_row(view, id).verdict->routing;
    json document = routing_verdict_json(verdict);
    document["changes_per_minute"] = verdict.flaps_per_min;
    document["at"] = view.witness.witness != nullptr
                         ? json(format_time(view.witness.witness->at_s * kSecond_ns))
                         : json(nullptr);
    const CountryRoutes* const routes = routes_of(view, id);
    if (routes == nullptr) {
        return document;
    }
    document["networks_v4"] = routes->networks4;
    document["networks_v6"] = routes->networks6;
    document["withdrawn"] = routes->withdrawn;
    document["unknown"] = routes->unknown;
    document["origins"] = routes->origins;
    document["upstream_count"] = routes->upstreams;
    document["upstreams"] = upstreams_json(view, *routes);
    document["exposure"] = exposure_text(exposure_of(*routes));
    document["traffic"] = traffic_behind_json(view, id);
    document["moved"] = routes->moved.networks;
    document["moved_to"] = moved_to_json(view, verdict, routes->moved);
    return document;
}

json past_routing_json(const RoutingVerdict& verdict) {
    if (verdict.witness == WitnessState::kNone) {
        return nullptr;
    }
    json document = routing_verdict_json(verdict);
    document.erase("upstream_change");  // not recorded
    if (verdict.witness != WitnessState::kSees) {
        return document;
    }
    document["networks"] = verdict.now.networks;
    document["withdrawn"] = verdict.now.withdrawn;
    document["unknown"] = verdict.now.unknown;
    document["upstream_count"] = verdict.now.upstreams;
    document["largest_upstream"] =
        verdict.now.upstream != 0 ? json(verdict.now.upstream) : json(nullptr);
    document["moved"] = verdict.now.moved.networks;
    return document;
}

}  // namespace lull
