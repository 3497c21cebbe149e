// Who talks in a drill: every network of the origin table, heavy-tailed (a seeded Zipf over
// origins, again over each origin's prefixes, and a bounded set of hosts in each), each country
// with its own day rhythm and a floor below which it never falls. Immutable once built; the same
// table, plan and seed give the same world.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "control/country.h"
#include "control/drill/random.h"
#include "control/drill/scenario.h"
#include "control/origins/table_file.h"

namespace lull {

/// Stands for private space where an endpoint names its country.
inline constexpr CountryId kPrivateSpace{UINT16_MAX};

/// One end of a conversation. IPv4 addresses stand in the first four bytes of `address`.
struct Endpoint {
    Ipv6Bytes address{};
    Family family = Family::kIpv4;
    CountryId country = kCountryUnknown;
    uint32_t asn = 0;
};

[[nodiscard]] bool is_in(const DrillTarget& target, const Endpoint& endpoint);

class World {
  public:
    /// Rates of one moment, held for kStepNs.
    struct Moment {
        std::vector<AliasEntry> countries;
        double flows_per_second = 0;
    };
    /// A stretch of addresses that one origin owns. Ends belong to it; IPv6 counts in /64s.
    struct Network {
        uint64_t first = 0;
        uint64_t last = 0;
        uint32_t origin = 0;
        float weight = 0;  // its share of its country's conversations of its family
    };
    static constexpr int64_t kStepNs = 300'000'000'000;  // rates change by < 2 % in five minutes

    /// Refuses a table without a network that can talk to another one.
    static Result<World> build(const OriginTable& table, const TrafficPlan& plan, uint64_t seed);

    [[nodiscard]] Moment moment(int64_t time_ns) const;
    /// Conversations of a country as either end, per second; never below the plan's floor.
    [[nodiscard]] double rate_per_s(CountryId id, int64_t time_ns) const;
    [[nodiscard]] double mean_rate_per_s(CountryId id) const;
    /// The same of a target, by the weight of its networks. 0: no network of it is in the table.
    [[nodiscard]] double mean_rate_per_s(const DrillTarget& target) const;
    /// Mean of moment().flows_per_second over a span.
    [[nodiscard]] double mean_flows_per_second(int64_t from_ns, int64_t until_ns) const;

    /// Two ends that speak the same family, of different countries but for one pair in thousands.
    void draw_pair(const Moment& moment, Random& random, Endpoint& from, Endpoint& to) const;
    /// Any address of any network of a family (of the other one if the table has none), each
    /// network as likely as the other: for scanners, reflectors and what they aim at.
    [[nodiscard]] Endpoint draw_anywhere(Family family, Random& random) const;
    /// Busy hosts of a target, IPv4 where it has any; none if no network of it is in the table.
    [[nodiscard]] std::vector<Endpoint> hosts_of(const DrillTarget& target, std::size_t count,
                                                 Random& random) const;

  private:
    struct Group {
        uint32_t begin = 0;
        uint32_t count = 0;
    };
    struct CountryPlan {
        double mean_rate_per_s = 0;
        double weight = 0;
        double depth = 0;
        double peak_hour = 0;
        std::array<Group, 2> groups;  // by Family
    };

    [[nodiscard]] double rhythm(const CountryPlan& plan, double local_hour) const;
    void add_networks(const OriginTable& table, Family family, std::span<const double> weights);
    void group_networks();
    void plan_countries(std::span<const double> origin_weights);
    [[nodiscard]] Endpoint endpoint(const Network& network, Family family, uint64_t offset) const;
    [[nodiscard]] Endpoint draw_host(const Network& network, Family family, Random& random) const;
    [[nodiscard]] Endpoint draw(CountryId id, Family family, Random& random) const;
    [[nodiscard]] bool speaks(CountryId id, Family family) const;
    [[nodiscard]] std::vector<Network> networks_of(const DrillTarget& target) const;

    void plan_families();

    TrafficPlan plan_;
    double v6_chance_ = 0;  // that a pair of which both could speak IPv6 does
    uint64_t seed_ = 0;
    std::vector<Origin> origins_;
    std::vector<Network> networks_;  // grouped by family, then country
    std::vector<AliasEntry> aliases_;
    std::vector<CountryPlan> countries_;  // by CountryId
    std::array<Group, 2> families_;
};

}  // namespace lull
