// The second witness: what routing says of each country at one moment. `lull routes` writes it
// beside the origin table every three to ten seconds, the monitor reads it; it decides nothing about
// whose an address is.
//
// A network is a prefix; it is announced when a peer that can be heard announces it, withdrawn when
// every peer took it back, and otherwise nobody knows. Without a peer that can be heard nothing is
// said of any country: that is not zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/country.h"
#include "control/facts.h"
#include "control/origins/prefix.h"
#include "dataplane/error.h"

namespace lull {

/// A foreign AS that stands before a country's own on its paths.
struct Upstream {
    uint32_t asn = 0;
    uint32_t networks = 0;
    double share = 0;  // of the country's announced addresses: those a path of which leads there
    double only_share = 0;  // of them: no path leads elsewhere; lost if the upstream fails
};

/// Behind whom an origin's networks of one country stand.
struct OriginUpstream {
    uint32_t asn = 0;
    double share = 0;       // of the origin's addresses there; as an Upstream's of the country's
    double only_share = 0;  // likewise
};
struct OriginRoutes {
    uint32_t asn = 0;
    std::vector<OriginUpstream> upstreams;  // by share, at most kMaxOriginUpstreams
};

struct CountryRoutes {
    uint32_t networks4 = 0;  // announced, moved ones too
    uint32_t networks6 = 0;
    uint32_t withdrawn = 0;  // by everybody, in the last seven days
    uint32_t unknown = 0;    // of peers alone that cannot be heard now
    uint32_t origins = 0;    // ASes that announce them
    uint32_t upstreams = 0;
    uint64_t changes = 0;           // networks gone or come back since the collector began
    uint64_t upstream_changes = 0;  // likewise: upstreams gone or come
    int64_t last_change_s = 0;      // unix; 0: none yet
    std::vector<Upstream> largest;  // by share, at most kMaxWitnessUpstreams
    MovedNetworks moved{};          // of networks4 and networks6
    /// Its largest origins that have an upstream, at most kMaxWitnessOrigins, sorted by AS; the
    /// others are not told. nullopt: of an older collector, which tells none.
    std::optional<std::vector<OriginRoutes>> by_origin;

    [[nodiscard]] uint32_t networks() const { return networks4 + networks6; }
    [[nodiscard]] uint32_t known() const { return networks() + withdrawn + unknown; }
};

/// A network that has changed hands, and whose it was: for the collector's next process.
struct MovedNetwork {
    IpPrefix prefix;
    uint32_t usual_asn = 0;
    CountryId usual_country = kCountryUnknown;
    int64_t since_s = 0;  // unix
    bool operator==(const MovedNetwork&) const = default;
};

/// One provider, a few, many: how many upstreams carry nine tenths of a country's addresses.
enum class Exposure : uint8_t { kUnknown, kOneProvider, kAFew, kMany };
Exposure exposure_of(const CountryRoutes& routes);
std::string_view exposure_text(Exposure exposure);  // "one provider"

struct Witness {
    int64_t at_s = 0;                      // unix
    int64_t began_s = 0;                   // when the collector began to count changes
    uint32_t peers = 0;                    // that have told a table
    uint32_t peers_heard = 0;              // of them: now
    std::vector<CountryRoutes> countries;  // by CountryId
    std::vector<MovedNetwork> moved;       // at most kMaxWitnessMoved

    /// Whether it says anything.
    [[nodiscard]] bool sees() const { return peers_heard > 0; }
};

inline constexpr std::size_t kMaxWitnessUpstreams = 16;
/// Of a country. They hold 77 % of the addresses of the US, 61 % of Russia's, nine tenths of those
/// of most; twice as many would add 5 %.
inline constexpr std::size_t kMaxWitnessOrigins = 64;
inline constexpr std::size_t kMaxOriginUpstreams = 8;
inline constexpr std::size_t kMaxWitnessMoved = 2'000;
/// 250 countries with 16 upstreams are 400 KB, with 64 origins of 8 upstreams 3.4 MB more, 2,000
/// moved networks 0.1 MB. A full table of one peer takes 0.25 MB.
inline constexpr std::size_t kMaxWitnessBytes = 4'000'000;
/// An older one is a missing witness.
inline constexpr int64_t kMaxWitnessAge_s = 60;

/// "origins.lut" -> "origins.lut.witness".
std::string witness_path(const std::string& table_path);
std::string format_witness(const Witness& witness);
/// Refuses what is not a witness; countries and keys it does not know are passed over.
Result<Witness> parse_witness(std::string_view text, const std::string& path);

}  // namespace lull
