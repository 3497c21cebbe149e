// Floors are raised until the quietest hour of a country's day keeps them.
#include "control/drill/world.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace lull {
namespace {

constexpr int kMaxPairDraws = 16;
constexpr double kMinDepth = 0.25;  // of the day rhythm
constexpr double kMaxDepth = 0.40;
constexpr double kPeakHour = 17.5;     // of the first harmonic; with the second the day peaks
constexpr double kSecondDepth = 0.12;  // about 20:30 and is quietest about 05:00
constexpr double kSecondLagHours = 4;
constexpr double kPhaseHours = 1;
constexpr double kNsPerSecond = 1e9;

}  // namespace

World::World(const TrafficPlan& plan, Networks networks)
    : plan_(plan), networks_(std::move(networks)), countries_(countries().size()) {}

Result<World> World::build(const OriginTable& table, const TrafficPlan& plan, uint64_t seed) {
    World world(plan, Networks(table, seed));
    const Networks& networks = world.networks_;
    if (std::max(networks.count(Family::kIpv4), networks.count(Family::kIpv6)) < 2) {
        return refused(
            "the origin table has fewer than two networks outside special space: build one with "
            "`lull table build`");
    }
    world.plan_countries(table.origins, seed);
    world.plan_families();
    return world;
}

void World::plan_countries(std::span<const Origin> origins, uint64_t seed) {
    std::vector<double> weights(countries_.size());
    double sum = 0;
    for (uint32_t id = kFirstTableOrigin; id < origins.size(); ++id) {
        const CountryId owner = origins[id].country;
        const bool talks =
            networks_.speaks(owner, Family::kIpv4) || networks_.speaks(owner, Family::kIpv6);
        if (!talks) continue;
        weights[index_of(owner)] += networks_.origin_weights()[id];
        sum += networks_.origin_weights()[id];
    }
    for (uint16_t i = 0; i < countries_.size(); ++i) {
        if (weights[i] == 0) continue;
        CountryPlan& plan = countries_[i];
        // Seeded by the code, not the index, so that a new country in the list moves no other.
        const std::string_view code = country(CountryId{i}).code;
        Random random(mix64(seed) ^
                      (static_cast<uint64_t>(code[0]) << 8 | static_cast<uint64_t>(code[1])));
        plan.depth = kMinDepth + (kMaxDepth - kMinDepth) * random.unit();
        plan.peak_hour = kPeakHour + kPhaseHours * (2 * random.unit() - 1);
        plan.mean_rate_per_s = 2 * plan_.flows_per_second * weights[i] / sum;
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
    const auto rate6 = [this](uint16_t i) {
        return networks_.speaks(CountryId{i}, Family::kIpv6) ? countries_[i].mean_rate_per_s : 0;
    };
    for (uint16_t i = 0; i < countries_.size(); ++i) {
        all += countries_[i].mean_rate_per_s;
        all6 += rate6(i);
    }
    double able = 0;  // share of pairs of different countries of which both can
    for (uint16_t i = 0; i < countries_.size(); ++i) {
        const double rate = rate6(i);
        if (rate < all) able += rate / all * (all6 - rate) / (all - rate);
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
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        for (const Network& network : networks_.networks_of(target, family)) {
            const CountryId owner = networks_.country_of(network);
            rate += mean_rate_per_s(owner) * family_share(owner, family) *
                    static_cast<double>(network.weight);
        }
    }
    return rate;
}

double World::family_share(CountryId id, Family family) const {
    if (!networks_.speaks(id, other_family(family))) return 1;
    return family == Family::kIpv6 ? plan_.v6_share : 1 - plan_.v6_share;
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

void World::draw_pair(const Moment& moment, Random& random, Endpoint& from, Endpoint& to) const {
    const CountryId a{static_cast<uint16_t>(draw_alias(moment.countries, random))};
    CountryId b = a;
    bool both4 = networks_.speaks(a, Family::kIpv4);
    bool both6 = networks_.speaks(a, Family::kIpv6);
    for (int i = 0; i < kMaxPairDraws; ++i) {
        const CountryId other{static_cast<uint16_t>(draw_alias(moment.countries, random))};
        const bool can4 =
            networks_.speaks(a, Family::kIpv4) && networks_.speaks(other, Family::kIpv4);
        const bool can6 =
            networks_.speaks(a, Family::kIpv6) && networks_.speaks(other, Family::kIpv6);
        if (other == a || (!can4 && !can6)) continue;
        b = other;
        both4 = can4;
        both6 = can6;
        break;
    }
    const bool wants6 = random.unit() < v6_chance_;
    const Family family = both6 && (wants6 || !both4) ? Family::kIpv6 : Family::kIpv4;
    from = networks_.draw(a, family, random);
    to = networks_.draw(b, family, random);
}

}  // namespace lull
