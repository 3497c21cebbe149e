// The operator's word, which wins over every source. Strict YAML: an unknown key, a wrong type, a
// rule given twice is an error with file:line:column.
//
//   prefixes:                 # for the prefix and all inside it; the longest rule wins, key by key
//     - {prefix: 192.0.0.0/16, country: KP, asn: 131279, class: eyeball}
//   asns:                     # for every prefix of the AS; weaker than a rule for the prefix
//     - {asn: 13335, class: anycast, name: Cloudflare}
//   countries:                # of what the sources give to KP, KP is what these AS originate; the
//     - {country: KP, asns: [131279], else: ZZ}     # rest is `else`, ZZ where that is left out
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/country.h"
#include "control/origins/prefix.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull {

/// What a rule states; an empty field leaves what the sources say.
struct OverrideRule {
    std::optional<uint32_t> asn;
    std::optional<CountryId> country;
    std::optional<PrefixClass> prefix_class;
};

struct PrefixOverride {
    IpPrefix prefix;
    OverrideRule rule;
};

struct AsnOverride {
    uint32_t asn = 0;
    OverrideRule rule;  // its asn is empty
    std::string name;   // "" leaves the sources' name
};

/// The rules above name prefixes and go before this one, which judges what sources say: hosters
/// let their customers state any country for a /48.
struct CountryOverride {
    CountryId country{};
    std::vector<uint32_t> asns;  // sorted, at least one
    CountryId otherwise = kCountryUnknown;
};

/// The lists are sorted and hold no prefix, AS or country twice.
struct Overrides {
    std::vector<PrefixOverride> prefixes;
    std::vector<AsnOverride> asns;
    std::vector<CountryOverride> countries;
    std::string sha256;
};

/// Largest overrides file: 100,000 rules of 100 bytes, twice over.
inline constexpr std::size_t kMaxOverridesBytes = 20'000'000;

/// `text` is the file's content, `path` is used in messages. A file without rules is fine.
Result<Overrides> parse_overrides(std::string_view text, const std::string& path);
Result<Overrides> read_overrides(const std::string& path);

}  // namespace lull
