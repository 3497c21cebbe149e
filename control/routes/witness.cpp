#include "control/routes/witness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace lull {
namespace {

using json = nlohmann::json;
constexpr std::string_view kFormat = "lull-witness-1";

json upstream_json(const Upstream& upstream) {
    return {{"asn", upstream.asn},
            {"networks", upstream.networks},
            {"share", upstream.share},
            {"only_share", upstream.only_share}};
}

// Shares of an origin are told in thousandths: whole numbers are read in a third of the time.
constexpr double kThousand = 1000;

/// [[asn, upstream, share, only_share, upstream, …], …]: many, and so flat and without names.
json origins_json(const std::vector<OriginRoutes>& origins) {
    json list = json::array();
    for (const OriginRoutes& origin : origins) {
        json row = json::array({origin.asn});
        for (const OriginUpstream& each : origin.upstreams) {
            row.push_back(each.asn);
            row.push_back(std::lround(kThousand * each.share));
            row.push_back(std::lround(kThousand * each.only_share));
        }
        list.push_back(std::move(row));
    }
    return list;
}

json country_json(const CountryRoutes& routes) {
    json upstreams = json::array();
    for (const Upstream& each : routes.largest) upstreams.push_back(upstream_json(each));
    json document = {{"networks_v4", routes.networks4},
                     {"networks_v6", routes.networks6},
                     {"withdrawn", routes.withdrawn},
                     {"unknown", routes.unknown},
                     {"origins", routes.origins},
                     {"upstreams", routes.upstreams},
                     {"changes", routes.changes},
                     {"upstream_changes", routes.upstream_changes},
                     {"last_change", routes.last_change_s},
                     {"largest_upstreams", std::move(upstreams)},
                     {"moved", routes.moved.networks},
                     {"moved_asn", routes.moved.asn},
                     {"moved_country", country(routes.moved.country).code}};
    if (routes.by_origin) document["origin_upstreams"] = origins_json(*routes.by_origin);
    return document;
}

/// [prefix, AS, country, since] of each.
json moved_json(const std::vector<MovedNetwork>& moved) {
    json list = json::array();
    for (std::size_t i = 0; i < std::min(moved.size(), kMaxWitnessMoved); ++i) {
        list.push_back({format_prefix(moved[i].prefix), moved[i].usual_asn,
                        country(moved[i].usual_country).code, moved[i].since_s});
    }
    return list;
}

/// A number that is not there, not one, or out of range is `otherwise`.
template <typename Number>
Number number(const json& found, Number otherwise = 0) {
    if (!found.is_number()) return otherwise;
    const double value = found.get<double>();
    constexpr double kExact = 9007199254740992.0;  // 2^53
    constexpr double kMost =
        std::min(kExact, static_cast<double>(std::numeric_limits<Number>::max()));
    if (!(value >= 0 && value <= kMost)) return otherwise;
    return static_cast<Number>(value);
}

template <typename Number>
Number number(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? Number{0} : number<Number>(*found);
}

double share(const json& object, const char* key) {
    return std::min(1.0, number<double>(object, key));
}

MovedNetworks read_moved(const json& object) {
    MovedNetworks moved{number<uint32_t>(object, "moved"), number<uint32_t>(object, "moved_asn")};
    const auto code = object.find("moved_country");
    if (code != object.end() && code->is_string()) {
        moved.country = find_country(code->get<std::string>()).value_or(kCountryUnknown);
    }
    return moved;
}

OriginRoutes read_origin(const json& row) {
    OriginRoutes origin;
    if (!row.is_array() || row.empty()) return origin;
    origin.asn = number<uint32_t>(row[0]);
    const auto share = [&](std::size_t at) {
        return std::min(1.0, number<double>(row[at]) / kThousand);
    };
    for (std::size_t i = 1; i + 2 < row.size() && origin.upstreams.size() < kMaxOriginUpstreams;
         i += 3) {
        origin.upstreams.push_back({number<uint32_t>(row[i]), share(i + 1), share(i + 2)});
    }
    return origin;
}

std::optional<std::vector<OriginRoutes>> read_origins(const json& object) {
    const auto list = object.find("origin_upstreams");
    if (list == object.end() || !list->is_array()) return std::nullopt;
    std::vector<OriginRoutes> origins;
    for (std::size_t i = 0; i < std::min(list->size(), kMaxWitnessOrigins); ++i) {
        if (OriginRoutes origin = read_origin((*list)[i]); origin.asn != 0) {
            origins.push_back(std::move(origin));
        }
    }
    std::ranges::sort(origins, {}, &OriginRoutes::asn);
    return origins;
}

CountryRoutes read_country(const json& object) {
    CountryRoutes routes;
    routes.networks4 = number<uint32_t>(object, "networks_v4");
    routes.networks6 = number<uint32_t>(object, "networks_v6");
    routes.withdrawn = number<uint32_t>(object, "withdrawn");
    routes.unknown = number<uint32_t>(object, "unknown");
    routes.origins = number<uint32_t>(object, "origins");
    routes.upstreams = number<uint32_t>(object, "upstreams");
    routes.changes = number<uint64_t>(object, "changes");
    routes.upstream_changes = number<uint64_t>(object, "upstream_changes");
    routes.last_change_s = number<int64_t>(object, "last_change");
    routes.moved = read_moved(object);
    routes.by_origin = read_origins(object);
    const auto list = object.find("largest_upstreams");
    if (list == object.end() || !list->is_array()) return routes;
    for (const json& each : *list) {
        if (!each.is_object() || routes.largest.size() >= kMaxWitnessUpstreams) continue;
        routes.largest.push_back({number<uint32_t>(each, "asn"), number<uint32_t>(each, "networks"),
                                  share(each, "share"), share(each, "only_share")});
    }
    return routes;
}

std::vector<MovedNetwork> read_moved_networks(const json& document) {
    std::vector<MovedNetwork> moved;
    const auto list = document.find("moved_networks");
    if (list == document.end() || !list->is_array()) return moved;
    for (std::size_t i = 0; i < std::min(list->size(), kMaxWitnessMoved); ++i) {
        const json& row = (*list)[i];
        if (!row.is_array() || row.size() != 4 || !row[0].is_string() || !row[2].is_string()) {
            continue;
        }
        const auto prefix = parse_prefix(row[0].get<std::string>());
        const auto id = find_country(row[2].get<std::string>());
        const auto since_s = number<int64_t>(row[3]);
        if (!prefix || !id || since_s == 0) continue;
        moved.push_back({*prefix, number<uint32_t>(row[1]), *id, since_s});
    }
    return moved;
}

}  // namespace

Exposure exposure_of(const CountryRoutes& routes) {
    if (routes.largest.empty()) return Exposure::kUnknown;
    constexpr double kNearlyAll = 0.9;
    constexpr std::size_t kFew = 3;
    if (routes.largest[0].only_share >= kNearlyAll) return Exposure::kOneProvider;
    double together = 0;
    for (std::size_t i = 0; i < std::min(kFew, routes.largest.size()); ++i) {
        together += routes.largest[i].share;
    }
    return together >= kNearlyAll ? Exposure::kAFew : Exposure::kMany;
}

std::string_view exposure_text(Exposure exposure) {
    switch (exposure) {
        case Exposure::kOneProvider:
            return "one provider";
        case Exposure::kAFew:
            return "a few providers";
        case Exposure::kMany:
            return "many providers";
        case Exposure::kUnknown:
            break;
    }
    return "not known";
}

std::string witness_path(const std::string& table_path) {
    return table_path + ".witness";
}

std::string format_witness(const Witness& witness) {
    json countries_json = json::object();
    for (std::size_t i = 0; i < witness.countries.size(); ++i) {
        if (witness.countries[i].known() == 0) continue;
        countries_json[std::string(countries()[i].code)] = country_json(witness.countries[i]);
    }
    const json document = {{"format", kFormat},
                           {"at", witness.at_s},
                           {"began", witness.began_s},
                           {"peers", witness.peers},
                           {"peers_heard", witness.peers_heard},
                           {"moved_networks", moved_json(witness.moved)},
                           {"countries", std::move(countries_json)}};
    return document.dump() + '\n';
}

Result<Witness> parse_witness(std::string_view text, const std::string& path) {
    const json document = json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", json()) != kFormat) {
        return refused("{}: not a routing witness of this version; `lull routes` writes it", path);
    }
    Witness witness;
    witness.at_s = number<int64_t>(document, "at");
    witness.began_s = number<int64_t>(document, "began");
    witness.peers = number<uint32_t>(document, "peers");
    witness.peers_heard = number<uint32_t>(document, "peers_heard");
    witness.moved = read_moved_networks(document);
    witness.countries.resize(countries().size());
    const auto list = document.find("countries");
    if (list == document.end() || !list->is_object()) return witness;
    for (const auto& [code, object] : list->items()) {
        const auto id = find_country(code);
        if (!id || !object.is_object()) continue;
        witness.countries[static_cast<std::size_t>(*id)] = read_country(object);
    }
    return witness;
}

}  // namespace lull
