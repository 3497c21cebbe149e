// Who talks in a drill, and how much: the networks of the origin table, each country with its own
// day rhythm and a floor below which it never falls. Immutable once built; the same table, plan and
// seed give the same world.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/country.h"
#include "control/drill/endpoint.h"
#include "control/drill/networks.h"
#include "control/drill/random.h"
#include "control/drill/scenario.h"
#include "control/origins/table_file.h"

namespace lull {

class World {
  public:
    /// Rates of one moment, held for kStepNs.
    struct Moment {
        std::vector<AliasEntry> countries;
        double flows_per_second = 0;
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
    [[nodiscard]] const Networks& networks() const { return networks_; }

  private:
    struct CountryPlan {
        double mean_rate_per_s = 0;
        double depth = 0;
        double peak_hour = 0;
    };

    World(const TrafficPlan& plan, Networks networks);
    void plan_countries(std::span<const Origin> origins, uint64_t seed);
    void plan_families();
    [[nodiscard]] double rhythm(const CountryPlan& plan, double local_hour) const;
    /// Of a country's conversations.
    [[nodiscard]] double family_share(CountryId id, Family family) const;

    TrafficPlan plan_;
    Networks networks_;
    double v6_chance_ = 0;                // that a pair of which both could speak IPv6 does
    std::vector<CountryPlan> countries_;  // by CountryId
};

}  // namespace lull
