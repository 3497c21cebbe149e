// Weights: an origin's rank comes from its number of prefixes with seeded noise, so that large
// networks tend to be the large talkers; rank k then weighs 1 / k. Floors are raised until the
// quietest hour of a country's day keeps them.
#include "control/drill/world.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "control/drill/segments.h"
#include "dataplane/tables.h"

namespace lull {
namespace {

constexpr double kPrefixExponent = 0.8;    // flatter than over origins: one carrier, many cities
constexpr uint64_t kMaxHosts = 256;        // of a network: distinct sources stay bounded
constexpr uint64_t kAddressesPerHost = 4;  // three of four addresses of a network stay dark
constexpr int kMaxPairDraws = 16;
constexpr double kMinDepth = 0.25;  // of the day rhythm
constexpr double kMaxDepth = 0.40;
constexpr double kPeakHour = 17.5;     // of the first harmonic; with the second the day peaks
constexpr double kSecondDepth = 0.12;  // about 20:30 and is quietest about 05:00
constexpr double kSecondLagHours = 4;
constexpr double kPhaseHours = 1;
constexpr double kNsPerSecond = 1e9;

double noise(Random& random) {
    // Twelve uniforms less six: close enough to normal, and the same everywhere.
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += random.unit();
    return sum;
}

/// By OriginId; 0 for those that own no network.
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

void count_prefixes(const OriginTable& table, std::span<uint32_t> counts) {
    for (const Route4& route : table.routes4) ++counts[index_of(route.origin)];
    for (const Route6& route : table.routes6) ++counts[index_of(route.origin)];
    counts[0] = 0;
    counts[1] = 0;
}

template <typename Key, typename Route>
void append(std::vector<World::Network>& networks, std::span<const Segment<Key>> segments,
            std::span<const Route> routes, std::span<const double> origin_weights, Random& random) {
    // Size of what is left of each route, and the place of each route among its origin's.
    std::vector<double> sizes(routes.size());
    for (const auto& segment : segments) {
        sizes[segment.route] += static_cast<double>(segment.last - segment.first) + 1;
    }
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
    for (const auto& segment : segments) {
        const uint32_t origin = index_of(routes[segment.route].origin);
        if (origin < kFirstTableOrigin || origin_weights[origin] == 0) continue;
        const double part =
            (static_cast<double>(segment.last - segment.first) + 1) / sizes[segment.route];
        const double weight = origin_weights[origin] * weights[segment.route] / sums[origin] * part;
        networks.push_back({segment.first, segment.last, origin, static_cast<float>(weight)});
    }
}

uint64_t first_half(const Ipv6Bytes& address) {
    uint64_t half = 0;
    for (std::size_t i = 0; i < 8; ++i) half = half << 8 | address[i];
    return half;
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

}  // namespace

bool is_in(const DrillTarget& target, const Endpoint& endpoint) {
    switch (target.kind) {
        case DrillTarget::Kind::kCountry:
            return endpoint.country == target.country;
        case DrillTarget::Kind::kAsn:
            return endpoint.asn == target.asn;
        case DrillTarget::Kind::kPrefix: {
            if (endpoint.family != target.family) return false;
            const std::size_t whole = target.length / 8;
            if (!std::equal(target.address.begin(), target.address.begin() + whole,
                            endpoint.address.begin())) {
                return false;
            }
            const auto mask = static_cast<uint8_t>(0xff00u >> (target.length % 8));
            return target.length % 8 == 0 ||
                   (endpoint.address[whole] & mask) == target.address[whole];
        }
        case DrillTarget::Kind::kPort:
            return false;
    }
    return false;
}

Result<World> World::build(const OriginTable& table, const TrafficPlan& plan, uint64_t seed) {
    World world;
    world.plan_ = plan;
    world.seed_ = mix64(seed);
    world.origins_ = table.origins;
    world.countries_.resize(countries().size());
    Random random(seed);
    std::vector<uint32_t> prefixes(table.origins.size());
    count_prefixes(table, prefixes);
    const std::vector<double> weights = weigh_origins(prefixes, random);
    const auto segments4 = make_segments4(table.routes4, special_routes4());
    append<uint32_t, Route4>(world.networks_, segments4, table.routes4, weights, random);
    world.families_[0] = {0, static_cast<uint32_t>(world.networks_.size())};
    const auto segments6 = make_segments6(table.routes6, special_routes6());
    append<uint64_t, Route6>(world.networks_, segments6, table.routes6, weights, random);
    world.families_[1] = {world.families_[0].count,
                          static_cast<uint32_t>(world.networks_.size()) - world.families_[0].count};
    world.group_networks();
    world.plan_countries(weights);
    world.plan_families();
    std::size_t talking = 0;
    for (const Group& family : world.families_)
        talking = std::max<std::size_t>(talking, family.count);
    if (talking < 2) {
        return refused(
            "the origin table has fewer than two networks outside special space: build one with "
            "`lull table build`");
    }
    return world;
}

void World::group_networks() {
    aliases_.resize(networks_.size());
    std::vector<double> weights;
    for (std::size_t family = 0; family < families_.size(); ++family) {
        const Group all = families_[family];
        const auto begin = networks_.begin() + all.begin;
        const auto country_of = [this](const Network& n) { return origins_[n.origin].country; };
        std::stable_sort(begin, begin + all.count, [&](const Network& a, const Network& b) {
            return index_of(country_of(a)) < index_of(country_of(b));
        });
        for (uint32_t i = all.begin; i < all.begin + all.count;) {
            const CountryId id = country_of(networks_[i]);
            Group group{i, 0};
            weights.clear();
            while (i < all.begin + all.count && country_of(networks_[i]) == id) {
                weights.push_back(static_cast<double>(networks_[i++].weight));
            }
            group.count = static_cast<uint32_t>(weights.size());
            build_alias(weights, std::span(aliases_).subspan(group.begin, group.count));
            const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
            for (uint32_t n = group.begin; n < i; ++n) {
                networks_[n].weight = static_cast<float>(weights[n - group.begin] / sum);
            }
            countries_[index_of(id)].groups[family] = group;
        }
    }
}

void World::plan_countries(std::span<const double> origin_weights) {
    double sum = 0;
    for (uint32_t id = kFirstTableOrigin; id < origin_weights.size(); ++id) {
        CountryPlan& plan = countries_[index_of(origins_[id].country)];
        const bool talks = plan.groups[0].count + plan.groups[1].count > 0;
        if (!talks) continue;
        plan.weight += origin_weights[id];
        sum += origin_weights[id];
    }
    for (uint16_t i = 0; i < countries_.size(); ++i) {
        CountryPlan& plan = countries_[i];
        if (plan.weight == 0) continue;
        // Seeded by the code, not the index, so that a new country in the list moves no other.
        const std::string_view code = country(CountryId{i}).code;
        Random random(seed_ ^
                      (static_cast<uint64_t>(code[0]) << 8 | static_cast<uint64_t>(code[1])));
        plan.depth = kMinDepth + (kMaxDepth - kMinDepth) * random.unit();
        plan.peak_hour = kPeakHour + kPhaseHours * (2 * random.unit() - 1);
        plan.mean_rate_per_s = 2 * plan_.flows_per_second * plan.weight / sum;
        if (CountryId{i} == kCountryUnknown) continue;
        double quietest = 1;
        for (int tenth = 0; tenth < 240; ++tenth) {
            quietest = std::min(quietest, rhythm(plan, tenth / 10.0));
        }
        plan.mean_rate_per_s =
            std::max(plan.mean_rate_per_s, plan_.floor_flows_per_second / quietest);
    }
}

/// Not every pair can speak IPv6: those that can do so more often, so that the plan's share of all
/// conversations comes out.
void World::plan_families() {
    double all = 0;
    double all6 = 0;
    const auto speaks6 = [](const CountryPlan& plan) { return plan.groups[1].count > 0; };
    for (const CountryPlan& plan : countries_) {
        all += plan.mean_rate_per_s;
        all6 += speaks6(plan) ? plan.mean_rate_per_s : 0;
    }
    double able = 0;  // share of pairs of different countries of which both can
    for (const CountryPlan& plan : countries_) {
        const double rate = plan.mean_rate_per_s;
        if (speaks6(plan) && rate < all) able += rate / all * (all6 - rate) / (all - rate);
    }
    v6_chance_ = able > 0 ? std::min(1.0, plan_.v6_share / able) : plan_.v6_share;
}

double World::rhythm(const CountryPlan& plan, double local_hour) const {
    if (!plan_.day_rhythm) return 1;
    const double turn = 2 * std::numbers::pi / 24;
    const double hour = local_hour - plan.peak_hour;
    return 1 + plan.depth * std::cos(turn * hour) +
           kSecondDepth * std::cos(2 * turn * (hour - kSecondLagHours));
}

double World::rate_per_s(CountryId id, int64_t time_ns) const {
    const CountryPlan& plan = countries_[index_of(id)];
    if (plan.mean_rate_per_s == 0) return 0;
    const int64_t unix_s = time_ns / static_cast<int64_t>(kNsPerSecond);
    const double local_hour =
        static_cast<double>((unix_s + utc_offset_s(id, unix_s)) % 86'400) / 3600;
    return plan.mean_rate_per_s * rhythm(plan, local_hour);
}

double World::mean_rate_per_s(CountryId id) const {
    return countries_[index_of(id)].mean_rate_per_s;
}

double World::mean_rate_per_s(const DrillTarget& target) const {
    if (target.kind == DrillTarget::Kind::kCountry) return mean_rate_per_s(target.country);
    double rate = 0;
    for (const Network& network : networks_of(target)) {
        const CountryPlan& plan = countries_[index_of(origins_[network.origin].country)];
        const bool is_v6 = network.first > UINT32_MAX;
        const double family_share = plan.groups[is_v6 ? 0 : 1].count == 0 ? 1
                                    : is_v6                               ? plan_.v6_share
                                                                          : 1 - plan_.v6_share;
        rate += plan.mean_rate_per_s * family_share * static_cast<double>(network.weight);
    }
    return rate;
}

World::Moment World::moment(int64_t time_ns) const {
    Moment moment;
    std::vector<double> rates(countries_.size());
    const int64_t step_ns = time_ns - time_ns % kStepNs;
    for (uint16_t i = 0; i < rates.size(); ++i) rates[i] = rate_per_s(CountryId{i}, step_ns);
    moment.flows_per_second = std::accumulate(rates.begin(), rates.end(), 0.0) / 2;
    moment.countries.resize(rates.size());
    build_alias(rates, moment.countries);
    return moment;
}

double World::mean_flows_per_second(int64_t from_ns, int64_t until_ns) const {
    double sum = 0;
    int64_t steps = 0;
    for (int64_t at_ns = from_ns; at_ns < until_ns; at_ns += kStepNs, ++steps) {
        for (uint16_t i = 0; i < countries_.size(); ++i) sum += rate_per_s(CountryId{i}, at_ns) / 2;
    }
    return steps == 0 ? 0 : sum / static_cast<double>(steps);
}

bool World::speaks(CountryId id, Family family) const {
    return countries_[index_of(id)].groups[static_cast<std::size_t>(family)].count > 0;
}

Endpoint World::endpoint(const Network& network, Family family, uint64_t offset) const {
    Endpoint end;
    end.family = family;
    end.country = origins_[network.origin].country;
    end.asn = origins_[network.origin].asn;
    uint64_t value = network.first + offset;
    if (family == Family::kIpv4) {
        // Network and broadcast addresses of a /24 are no hosts.
        if ((value & 0xff) == 0 && value < network.last) ++value;
        if ((value & 0xff) == 0xff && value > network.first) --value;
        for (std::size_t i = 0; i < 4; ++i)
            end.address[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
        return end;
    }
    const uint64_t host = mix64(seed_ ^ value);
    for (std::size_t i = 0; i < 8; ++i) {
        end.address[i] = static_cast<uint8_t>(value >> (56 - 8 * i));
        end.address[8 + i] = static_cast<uint8_t>(host >> (56 - 8 * i));
    }
    return end;
}

Endpoint World::draw_host(const Network& network, Family family, Random& random) const {
    const uint64_t size = network.last - network.first;  // less one: ::/0 would not fit
    const uint64_t hosts = std::clamp<uint64_t>(size / kAddressesPerHost, 1, kMaxHosts);
    // The square prefers the first hosts: a few of a network talk most.
    const double skewed = random.unit();
    const auto host = static_cast<uint64_t>(skewed * skewed * static_cast<double>(hosts));
    const uint64_t spread = mix64(seed_ ^ network.first ^ (host << 48));
    return endpoint(network, family, size == UINT64_MAX ? spread : spread % (size + 1));
}

Endpoint World::draw(CountryId id, Family family, Random& random) const {
    const Group group = countries_[index_of(id)].groups[static_cast<std::size_t>(family)];
    const auto entries = std::span(aliases_).subspan(group.begin, group.count);
    return draw_host(networks_[group.begin + draw_alias(entries, random)], family, random);
}

void World::draw_pair(const Moment& moment, Random& random, Endpoint& from, Endpoint& to) const {
    const CountryId a{static_cast<uint16_t>(draw_alias(moment.countries, random))};
    CountryId b = a;
    bool both4 = speaks(a, Family::kIpv4);
    bool both6 = speaks(a, Family::kIpv6);
    for (int i = 0; i < kMaxPairDraws; ++i) {
        const CountryId other{static_cast<uint16_t>(draw_alias(moment.countries, random))};
        const bool can4 = speaks(a, Family::kIpv4) && speaks(other, Family::kIpv4);
        const bool can6 = speaks(a, Family::kIpv6) && speaks(other, Family::kIpv6);
        if (other == a || (!can4 && !can6)) continue;
        b = other;
        both4 = can4;
        both6 = can6;
        break;
    }
    const bool wants6 = random.unit() < v6_chance_;
    const Family family = both6 && (wants6 || !both4) ? Family::kIpv6 : Family::kIpv4;
    from = draw(a, family, random);
    to = draw(b, family, random);
}

Endpoint World::draw_anywhere(Family family, Random& random) const {
    if (families_[static_cast<std::size_t>(family)].count == 0) {
        family = family == Family::kIpv4 ? Family::kIpv6 : Family::kIpv4;
    }
    const Group all = families_[static_cast<std::size_t>(family)];
    const Network& network = networks_[all.begin + random.below32(all.count)];
    const uint64_t size = network.last - network.first;
    return endpoint(network, family, size == UINT64_MAX ? random.next() : random.below(size + 1));
}

std::vector<World::Network> World::networks_of(const DrillTarget& target) const {
    std::vector<Network> found;
    for (std::size_t family = 0; family < families_.size(); ++family) {
        const Group all = families_[family];
        for (uint32_t i = all.begin; i < all.begin + all.count; ++i) {
            Network network = networks_[i];
            const Origin& origin = origins_[network.origin];
            if (target.kind == DrillTarget::Kind::kPrefix) {
                const auto [first, last] = range_of(target);
                if (static_cast<std::size_t>(target.family) != family || network.first > last ||
                    network.last < first) {
                    continue;
                }
                const double whole = static_cast<double>(network.last - network.first) + 1;
                network.first = std::max(network.first, first);
                network.last = std::min(network.last, last);
                const double part = static_cast<double>(network.last - network.first) + 1;
                network.weight *= static_cast<float>(part / whole);
            } else if (target.kind == DrillTarget::Kind::kCountry
                           ? origin.country != target.country
                           : target.kind != DrillTarget::Kind::kAsn || origin.asn != target.asn) {
                continue;
            }
            found.push_back(network);
        }
    }
    return found;
}

std::vector<Endpoint> World::hosts_of(const DrillTarget& target, std::size_t count,
                                      Random& random) const {
    std::vector<Endpoint> hosts;
    std::vector<Network> networks = networks_of(target);
    // Floods are IPv4 where the target has it: reflectors are.
    const auto is_v4 = [](const Network& network) { return network.last <= UINT32_MAX; };
    if (std::any_of(networks.begin(), networks.end(), is_v4)) {
        std::erase_if(networks, [&](const Network& network) { return !is_v4(network); });
    }
    while (!networks.empty() && hosts.size() < count) {
        const Network& network = networks[random.below32(static_cast<uint32_t>(networks.size()))];
        hosts.push_back(draw_host(network, is_v4(network) ? Family::kIpv4 : Family::kIpv6, random));
    }
    return hosts;
}

}  // namespace lull
