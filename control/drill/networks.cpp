// Weights: an origin's rank comes from its number of prefixes with seeded noise, so that large
// networks tend to be the large talkers; rank k then weighs 1 / k.
#include "control/drill/networks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "control/drill/segments.h"
#include "dataplane/tables.h"

namespace lull {
namespace {

constexpr double kPrefixExponent = 0.8;    // flatter than over origins: one carrier, many cities
constexpr uint64_t kMaxHosts = 256;        // of a network: distinct sources stay bounded
constexpr uint64_t kAddressesPerHost = 4;  // three of four addresses of a network stay dark

constexpr std::size_t slot_of(Family family) {
    return static_cast<std::size_t>(family);
}

double noise(Random& random) {
    // Twelve uniforms less six: close enough to normal, and the same everywhere.
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.unit();
    return sum;
}

/// By OriginId.
std::vector<uint32_t> count_prefixes(const OriginTable& table) {
    std::vector<uint32_t> counts(table.origins.size());
    for (const Route4& route : table.routes4) ++counts[index_of(route.origin)];
    for (const Route6& route : table.routes6) ++counts[index_of(route.origin)];
    return counts;
}

std::vector<double> weigh_origins(std::span<const uint32_t> prefixes, Random& random) {
    std::vector<std::pair<double, uint32_t>> ranked;
    for (uint32_t id = kFirstTableOrigin; id < prefixes.size(); ++id) {
        const double size = std::log(static_cast<double>(std::max(prefixes[id], 1u)));
        const double place = size + noise(random);
        if (prefixes[id] > 0) ranked.emplace_back(-place, id);
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<double> weights(prefixes.size());
    for (std::size_t k = 0; k < ranked.size(); ++k) {
        weights[ranked[k].second] = 1.0 / static_cast<double>(k + 1);
    }
    return weights;
}

template <typename Key>
double size_of(const Segment<Key>& segment) {
    return static_cast<double>(segment.last - segment.first) + 1;
}

/// By route: its origin's weight, shared out by a seeded rank among the origin's routes. A route of
/// which no address is left (`sizes`) takes no rank.
template <typename Route>
std::vector<double> weigh_routes(const std::vector<Route>& routes, std::span<const double> sizes,
                                 std::span<const double> origin_weights, Random& random) {
    std::vector<std::pair<uint64_t, uint32_t>> order(routes.size());
    for (uint32_t i = 0; i < routes.size(); ++i) order[i] = {random.next(), i};
    std::sort(order.begin(), order.end());
    std::vector<double> weights(routes.size());
    std::vector<double> sums(origin_weights.size());
    std::vector<uint32_t> ranks(origin_weights.size());
    for (const auto& [key, i] : order) {
        if (sizes[i] == 0) continue;
        const uint32_t origin = index_of(routes[i].origin);
        weights[i] = std::pow(++ranks[origin], -kPrefixExponent);
        sums[origin] += weights[i];
    }
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const uint32_t origin = index_of(routes[i].origin);
        if (sizes[i] > 0) weights[i] = origin_weights[origin] * weights[i] / sums[origin];
    }
    return weights;
}

template <typename Key, typename Route>
void append(std::vector<Network>& networks, const std::vector<Segment<Key>>& segments,
            const std::vector<Route>& routes, std::span<const double> origin_weights,
            Random& random) {
    std::vector<double> sizes(routes.size());
    for (const auto& segment : segments) sizes[segment.route] += size_of(segment);
    const std::vector<double> weights = weigh_routes(routes, sizes, origin_weights, random);
    for (const auto& segment : segments) {
        const uint32_t origin = index_of(routes[segment.route].origin);
        if (origin_weights[origin] == 0) continue;
        const double part = size_of(segment) / sizes[segment.route];
        const auto weight = static_cast<float>(weights[segment.route] * part);
        networks.push_back({segment.first, segment.last, origin, weight});
    }
}

/// The addresses (IPv4) or /64s (IPv6) of a prefix, both ends included.
std::pair<uint64_t, uint64_t> range_of(const DrillTarget& target) {
    const uint64_t half = first_half(target.address);
    if (target.family == Family::kIpv4) {
        const uint64_t address = half >> 32;
        return {address, address | (uint64_t{UINT32_MAX} >> target.length)};
    }
    return {half, target.length >= 64 ? half : half | (UINT64_MAX >> target.length)};
}

/// Leaves of the network what lies in the range; false if nothing does.
bool cut(Network& network, std::pair<uint64_t, uint64_t> range) {
    if (network.first > range.second || network.last < range.first) return false;
    const double whole = static_cast<double>(network.last - network.first) + 1;
    network.first = std::max(network.first, range.first);
    network.last = std::min(network.last, range.second);
    const double part = static_cast<double>(network.last - network.first) + 1;
    network.weight *= static_cast<float>(part / whole);
    return true;
}

}  // namespace

Networks::Networks(const OriginTable& table, uint64_t seed)
    : seed_(mix64(seed)), origins_(table.origins), countries_(lull::countries().size()) {
    Random random(seed);
    origin_weights_ = weigh_origins(count_prefixes(table), random);
    append(networks_, make_segments4(table.routes4, special_routes4()), table.routes4,
           origin_weights_, random);
    const auto first6 = static_cast<uint32_t>(networks_.size());
    append(networks_, make_segments6(table.routes6, special_routes6()), table.routes6,
           origin_weights_, random);
    aliases_.resize(networks_.size());
    families_ = {Group{0, first6}, Group{first6, static_cast<uint32_t>(networks_.size()) - first6}};
    group_by_country(Family::kIpv4);
    group_by_country(Family::kIpv6);
}

void Networks::group_by_country(Family family) {
    const auto networks = std::span(networks_).subspan(families_[slot_of(family)].begin,
                                                       families_[slot_of(family)].count);
    std::stable_sort(networks.begin(), networks.end(), [this](const Network& a, const Network& b) {
        return index_of(country_of(a)) < index_of(country_of(b));
    });
    std::vector<double> weights;
    for (std::size_t begin = 0; begin < networks.size(); begin += weights.size()) {
        const CountryId id = country_of(networks[begin]);
        weights.clear();
        for (std::size_t i = begin; i < networks.size() && country_of(networks[i]) == id; ++i) {
            weights.push_back(static_cast<double>(networks[i].weight));
        }
        Group& group = countries_[index_of(id)][slot_of(family)];
        group.begin = families_[slot_of(family)].begin + static_cast<uint32_t>(begin);
        group.count = static_cast<uint32_t>(weights.size());
        build_alias(weights, std::span(aliases_).subspan(group.begin, group.count));
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            networks[begin + i].weight = static_cast<float>(weights[i] / sum);
        }
    }
}

std::size_t Networks::count(Family family) const {
    return families_[slot_of(family)].count;
}

bool Networks::speaks(CountryId id, Family family) const {
    return countries_[index_of(id)][slot_of(family)].count > 0;
}

CountryId Networks::country_of(const Network& network) const {
    return origins_[network.origin].country;
}

std::vector<Network> Networks::networks_of(const DrillTarget& target, Family family) const {
    std::vector<Network> found;
    const Group all = families_[slot_of(family)];
    if (target.kind == DrillTarget::Kind::kPrefix) {
        if (target.family != family) return found;
        for (Network network : std::span(networks_).subspan(all.begin, all.count)) {
            if (cut(network, range_of(target))) found.push_back(network);
        }
        return found;
    }
    for (const Network& network : std::span(networks_).subspan(all.begin, all.count)) {
        const Origin& owner = origins_[network.origin];
        if (is_in(target, Endpoint{.country = owner.country, .asn = owner.asn})) {
            found.push_back(network);
        }
    }
    return found;
}

Endpoint Networks::endpoint(const Network& network, Family family, uint64_t offset) const {
    Endpoint end;
    end.family = family;
    end.country = origins_[network.origin].country;
    end.asn = origins_[network.origin].asn;
    uint64_t value = network.first + offset;
    if (family == Family::kIpv4) {
        // Network and broadcast addresses of a /24 are no hosts.
        if ((value & 0xff) == 0 && value < network.last) ++value;
        if ((value & 0xff) == 0xff && value > network.first) --value;
        for (std::size_t i = 0; i < 4; ++i) {
            end.address[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
        }
        return end;
    }
    const uint64_t host = mix64(seed_ ^ value);
    for (std::size_t i = 0; i < 8; ++i) {
        end.address[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
        end.address[8 + i] = static_cast<uint8_t>(host >> (56 - 8 * i));
    }
    return end;
}

Endpoint Networks::draw_host(const Network& network, Family family, Random& random) const {
    const uint64_t size = network.last - network.first;  // less one: ::/0 would not fit
    const uint64_t hosts = std::clamp<uint64_t>(size / kAddressesPerHost, 1, kMaxHosts);
    // The square prefers the first hosts: a few of a network talk most.
    const double skewed = random.unit();
    const auto host = static_cast<uint64_t>(skewed * skewed * static_cast<double>(hosts));
    const uint64_t spread = mix64(seed_ ^ network.first ^ (host << 48));
    return endpoint(network, family, size == UINT64_MAX ? spread : spread % (size + 1));
}

Endpoint Networks::draw(CountryId id, Family family, Random& random) const {
    const Group group = countries_[index_of(id)][slot_of(family)];
    const auto entries = std::span(aliases_).subspan(group.begin, group.count);
    return draw_host(networks_[group.begin + draw_alias(entries, random)], family, random);
}

Endpoint Networks::draw_anywhere(Family family, Random& random) const {
    if (count(family) == 0) family = other_family(family);
    const Group all = families_[slot_of(family)];
    const Network& network = networks_[all.begin + random.below32(all.count)];
    const uint64_t size = network.last - network.first;
    return endpoint(network, family, size == UINT64_MAX ? random.next() : random.below(size + 1));
}

std::vector<Endpoint> Networks::hosts_of(const DrillTarget& target, std::size_t count,
                                         Random& random) const {
    // Floods are IPv4 where the target has it: reflectors are.
    Family family = Family::kIpv4;
    std::vector<Network> networks = networks_of(target, family);
    if (networks.empty()) {
        family = Family::kIpv6;
        networks = networks_of(target, family);
    }
    std::vector<Endpoint> hosts;
    while (!networks.empty() && hosts.size() < count) {
        const auto chosen = random.below32(static_cast<uint32_t>(networks.size()));
        hosts.push_back(draw_host(networks[chosen], family, random));
    }
    return hosts;
}

}  // namespace lull
