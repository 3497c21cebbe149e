// Countries in the RIB: which country each of its prefixes counts for, and from that the witness.
// Prefixes get their country from the origin table that was built from them; those that came later
// are looked up in it.
//
// A network that changes hands, to an AS of another country or to another country in a later table,
// counts for the country it had for a week more, as one that has moved: attribution never shrinks
// at once here either.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "control/origins/table_file.h"
#include "control/routes/country_sum.h"
#include "control/routes/rib.h"
#include "control/routes/witness.h"

namespace lull {

/// A prefix of the RIB at the moment a table is built from it.
struct RibRow {
    uint32_t number = 0;  // in entries()
    IpPrefix prefix;
    uint32_t asn = 0;
    int64_t withdrawn_s = 0;
};
/// Those that have an AS, by number.
std::vector<RibRow> rows_of(const Rib& rib);

/// What a built table says of the rows.
struct Attribution {
    struct Row {
        uint32_t number = 0;
        IpPrefix prefix;
        CountryId country = kCountryUnknown;
        double weight = 0;  // addresses that no longer prefix of the RIB has; IPv6: networks of /48
        uint32_t asn = 0;
    };
    std::vector<Row> rows;  // by number, as apply() goes through the RIB
    std::unordered_map<uint32_t, CountryId> as_country;  // where an AS announces most networks
    std::shared_ptr<const OriginTable> table;
};
/// Takes a second for a full table; needs nothing but its arguments. `rows` in any order.
Attribution attribute(std::vector<RibRow> rows, std::shared_ptr<const OriginTable> table);

class RoutingView {
  public:
    /// `rib` outlives this; `now_s`: when counting begins, unix.
    RoutingView(const Rib& rib, int64_t now_s) : rib_(rib), began_s_(now_s) {}
    /// Networks that had moved when an earlier process ended, before the first apply().
    void remember(const std::vector<MovedNetwork>& moved);
    void apply(Attribution attribution);
    /// The witness without its peers. About 0.3 s for a full table of one peer.
    Witness look(int64_t now_s);

  private:
    struct Place {
        IpPrefix prefix;
        CountryId country = kCountryUnknown;
        float weight = 0;
        bool known = false;
        CountryId usual_country = kCountryUnknown;
        uint32_t usual_asn = 0;
        uint32_t moved_s = 0;  // unix, since when it is not with those; 0: it is
        uint64_t changes = 0;  // of the entry when it was last looked at
    };
    struct Kept {
        uint64_t changes = 0;
        uint64_t upstream_changes = 0;
        int64_t last_change_s = 0;
        std::vector<uint32_t> upstreams;  // sorted
        bool seen = false;
    };
    Place& place_of(uint32_t number);
    bool recall(Place& place);
    [[nodiscard]] CountryId country_of_as(uint32_t asn) const;
    /// To which country an announced network has moved; none: it is where it usually is.
    std::optional<CountryId> moved_to(Place& place, uint32_t asn, int64_t now_s) const;
    void add(uint32_t number, int64_t now_s, Witness& witness);
    /// The first foreign AS before the country's own on each path, each once; until the next call.
    std::span<const uint32_t> upstreams_of(const Rib::Entry& entry, CountryId country);
    void note_upstreams(std::vector<uint32_t> upstreams, Kept& kept,
                        const CountryRoutes& routes) const;

    const Rib& rib_;
    int64_t began_s_;
    std::vector<Place> places_;  // by number in entries()
    std::unordered_map<uint32_t, CountryId> as_country_;
    std::map<IpPrefix, MovedNetwork> remembered_;  // those not seen since
    std::unordered_set<uint32_t> movers_;  // ASes that networks had moved to at the last look
    std::vector<uint32_t> upstreams_;      // of the network in hand, kept for its memory
    std::shared_ptr<const OriginTable> table_;
    std::vector<Kept> kept_;        // by CountryId
    std::vector<CountrySum> sums_;  // by CountryId; kept for their memory
};

/// A network that has moved is where it usually is after so long.
inline constexpr int64_t kKeepMoved_s = kKeepWithdrawn_s;

}  // namespace lull
