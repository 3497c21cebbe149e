// What the announced networks of one country add up to while the RIB is looked at: by origin, and
// for each origin by the foreign ASes that its paths come through.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "control/routes/witness.h"
#include "dataplane/types.h"

namespace lull {

class CountrySum {
  public:
    /// Forgets what was added, and keeps the memory for those who are likely to come again.
    void clear();
    /// A network of the country, originated by `asn`; `weight`: its addresses, of IPv6 its /48.
    /// `upstreams`: distinct; none where no path comes from abroad.
    void add(uint32_t asn, Family family, double weight, std::span<const uint32_t> upstreams);
    /// Of a network that was added: `asn` is of where it has moved to.
    void add_moved(uint32_t asn, CountryId country) { ++moved_[{asn, country}]; }
    /// Fills origins, upstreams, largest, by_origin and moved. Gives all upstreams, in order.
    std::vector<uint32_t> tell(CountryRoutes& routes) const;

  private:
    /// Addresses of both families, never added to each other.
    struct Weight {
        double v4 = 0, v6 = 0;
        void add(Family family, double weight) { (family == Family::kIpv4 ? v4 : v6) += weight; }
        void add(const Weight& other) {
            v4 += other.v4;
            v6 += other.v6;
        }
        /// IPv6 speaks for those that have no IPv4 there.
        [[nodiscard]] double share_of(const Weight& whole) const;
    };
    struct Carried {
        uint32_t networks = 0;
        Weight all, only;  // with a path there; with no path elsewhere
    };
    struct OriginSum {
        uint32_t networks = 0;
        Weight weight;
        std::vector<std::pair<uint32_t, Carried>> upstreams;  // few: searched from the front
    };
    [[nodiscard]] std::map<uint32_t, Carried> carried() const;
    [[nodiscard]] std::vector<OriginRoutes> largest_origins() const;
    [[nodiscard]] MovedNetworks all_moved() const;

    Weight weight_;
    std::unordered_map<uint32_t, OriginSum> origins_;
    std::map<std::pair<uint32_t, CountryId>, uint32_t> moved_;  // networks, by where to
};

}  // namespace lull
