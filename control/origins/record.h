// One statement about a prefix, as a source makes it: what the builder joins.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "control/country.h"
#include "control/origins/prefix.h"
#include "control/origins/source_kind.h"
#include "control/origins/table_file.h"

namespace lull {

struct PrefixRecord {
    IpPrefix prefix;
    uint32_t asn = 0;                  // 0: none stated. Of a geofeed: the AS whose feed it is,
                                       // 0 while that has to be found; never stated of the prefix
    std::optional<CountryId> country;  // nullopt: none stated; ZZ: stated, and not a country
    PrefixClass prefix_class = PrefixClass::kUnknown;
    bool states_class = true;  // false: a route or a country, of the class of what holds it
    SourceKind kind = SourceKind::kLocationDump;
    uint16_t file = 0;  // which of BuildInput::sources says so
};

/// "131279", "AS131279"; nullopt for anything but 1 to 4294967295 (0 is reserved, RFC 7607).
std::optional<uint32_t> parse_asn(std::string_view text);

}  // namespace lull
