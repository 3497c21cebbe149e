// One statement about a prefix, as a source makes it: what the builder joins.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "control/country.h"
#include "control/origins/prefix.h"
#include "control/origins/table_file.h"

namespace lull {

struct PrefixRecord {
    IpPrefix prefix;
    uint32_t asn = 0;                  // 0: none stated
    std::optional<CountryId> country;  // nullopt: none stated; ZZ: stated, and not a country
    PrefixClass prefix_class = PrefixClass::kUnknown;
    bool states_class = true;  // false: a route, which has the class of the prefix that holds it
};

/// "131279", "AS131279"; nullopt for anything but 1 to 4294967295 (0 is reserved, RFC 7607).
std::optional<uint32_t> parse_asn(std::string_view text);

}  // namespace lull
