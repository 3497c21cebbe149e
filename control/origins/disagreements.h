// Where sources state different countries for the same addresses, counted while a table is built
// and kept in its file. An address counts once, for the most specific prefix of the build that
// holds it; IPv6 is counted in /64 networks, and what is narrower has no weight.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "control/country.h"
#include "control/origins/prefix.h"
#include "control/origins/source_kind.h"

namespace lull {

/// Of addresses, in the units of each family.
struct AddressSpace {
    uint64_t addresses4 = 0;
    uint64_t networks6 = 0;  // /64
    AddressSpace& operator+=(const AddressSpace& other);
    bool operator==(const AddressSpace&) const = default;
};
/// Of one prefix, with all inside it.
AddressSpace space_of(const IpPrefix& prefix);

/// Two sources, the stronger one first, and the space of which both state a country.
struct SourcePair {
    SourceKind stronger{};
    SourceKind weaker{};
    AddressSpace both;
    AddressSpace differing;
    uint64_t prefixes = 0;  // differing
};

/// One of the ways in which they differ: the dump says US, the registry says KP.
struct CountryPair {
    SourceKind stronger{};
    SourceKind weaker{};
    CountryId says_stronger{};
    CountryId says_weaker{};
    AddressSpace space;
    uint64_t prefixes = 0;
};

/// Of the ways in which sources differ a table keeps the widest: what an operator would read of
/// 640,000 possible ones, twenty times over.
inline constexpr std::size_t kMaxCountryPairs = 4096;

/// `sources` is complete, ordered by its two kinds; `countries` by kinds and countries.
struct Disagreements {
    std::vector<SourcePair> sources;
    std::vector<CountryPair> countries;
};

/// The indices of `pairs`, the widest first, as people want to read them.
std::vector<std::size_t> widest_first(const std::vector<CountryPair>& pairs);

struct Statements;

class DisagreementCounter {
  public:
    /// `own` is the space of a prefix without that of the prefixes inside it.
    void add(const Statements& heard, const AddressSpace& own);
    [[nodiscard]] Disagreements result() const;

  private:
    using Kinds = std::pair<SourceKind, SourceKind>;
    std::map<Kinds, SourcePair> sources_;
    std::map<std::tuple<SourceKind, SourceKind, CountryId, CountryId>, CountryPair> countries_;
};

}  // namespace lull
