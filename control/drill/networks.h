// The networks of a drill: the stretches of address space that a table's origins own outside
// special space, heavy-tailed (a seeded Zipf over origins, again over each origin's prefixes) with
// a bounded set of hosts in each. Immutable once built; the same table and seed give the same ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "control/country.h"
#include "control/drill/endpoint.h"
#include "control/drill/random.h"
#include "control/drill/scenario.h"
#include "control/origins/table_file.h"

namespace lull {

/// A stretch of addresses that one origin owns. Ends belong to it; IPv6 counts in /64s.
struct Network {
    uint64_t first = 0;
    uint64_t last = 0;
    uint32_t origin = 0;
    float weight = 0;  // its share of its country's conversations of its family
};

constexpr Family other_family(Family family) {
    return family == Family::kIpv4 ? Family::kIpv6 : Family::kIpv4;
}

class Networks {
  public:
    Networks(const OriginTable& table, uint64_t seed);

    [[nodiscard]] std::size_t count(Family family) const;
    /// Whether a country has a network of a family.
    [[nodiscard]] bool speaks(CountryId id, Family family) const;
    /// By OriginId; 0 for those that own no network.
    [[nodiscard]] std::span<const double> origin_weights() const { return origin_weights_; }
    [[nodiscard]] CountryId country_of(const Network& network) const;
    /// A target's networks of a family. A prefix cuts those that reach out of it, weights and all.
    [[nodiscard]] std::vector<Network> networks_of(const DrillTarget& target, Family family) const;

    /// A busy host of a country that speaks `family`.
    [[nodiscard]] Endpoint draw(CountryId id, Family family, Random& random) const;
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
    using Groups = std::array<Group, 2>;  // by Family

    void group_by_country(Family family);
    [[nodiscard]] Endpoint endpoint(const Network& network, Family family, uint64_t offset) const;
    [[nodiscard]] Endpoint draw_host(const Network& network, Family family, Random& random) const;

    uint64_t seed_;
    std::vector<Origin> origins_;
    std::vector<double> origin_weights_;
    std::vector<Network> networks_;    // grouped by family, then country
    std::vector<AliasEntry> aliases_;  // beside networks_, a table for each country's group
    std::vector<Groups> countries_;    // by CountryId
    Groups families_;
};

}  // namespace lull
