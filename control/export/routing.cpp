#include "control/export/routing.h"

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

json upstreams_json(const View& view, const CountryRoutes& routes) {
    json list = json::array();
    for (const Upstream& each : routes.largest) {
        json name;
        if (view.as_names != nullptr) {
            const auto found = view.as_names->find(each.asn);
            name = found != view.as_names->end() ? json(found->second) : json(nullptr);
        }
        list.push_back({{"asn", each.asn},
                        {"name", std::move(name)},
                        {"networks", each.networks},
                        {"share", each.share},
                        {"only_share", each.only_share}});
    }
    return list;
}

}  // namespace

const CountryRoutes* routes_of(const View& view, CountryId id) {
    if (view.witness.state != WitnessState::kSees || view.witness.witness == nullptr) {
        return nullptr;
    }
    const auto& all = view.witness.witness->countries;
    return index_of(id) < all.size() ? &all[index_of(id)] : nullptr;
}

json routing_json(const View& view, CountryId id) {
    if (view.witness.state == WitnessState::kNone) {
        return nullptr;
    }
    const RoutingVerdict& verdict = country_row(view, id).verdict->routing;
    const bool known = verdict.routing != Routing::kNotKnown;
    json document = {
        {"verdict", verdict_text(verdict.routing)},
        {"why", known ? json(nullptr) : json(routing_doubt(verdict))},
        {"gone", known ? json(verdict.routing == Routing::kGone) : json(nullptr)},
        {"since", verdict.since_ns != 0 ? json(format_time(verdict.since_ns)) : json(nullptr)},
        {"usual_networks", verdict.normal},
        {"changes_per_minute", verdict.flaps_per_min},
        {"at", view.witness.witness != nullptr
                   ? json(format_time(view.witness.witness->at_s * kSecond_ns))
                   : json(nullptr)},
    };
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
    return document;
}

}  // namespace lull
