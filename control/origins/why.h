// Why an address is whose the table says it is: its sources read again, what each of them says of
// the address, and which of them, or which override, had the last word. Decides by resolve.h as the
// build did. A source that has changed since, or is gone, is said to be so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/origins/build.h"
#include "control/origins/resolve.h"
#include "control/origins/table_file.h"
#include "dataplane/error.h"

namespace lull {

/// One source of the table, read again.
struct SourceAgain {
    enum class State : uint8_t { kSame, kChanged, kUnreadable };
    TableSource then;  // as the table has it
    State state = State::kSame;
    std::string problem;  // of kUnreadable: "loc.txt: cannot be read: No such file or directory"
};

struct SourcesAgain {
    BuildInput input;                  // of all that could be read, cut down to the addresses
    std::vector<SourceAgain> sources;  // in the table's order; as input.sources but the unreadable
    std::vector<uint16_t> files;       // by index into input.sources: into `sources`
};

/// Reads all sources of `table`; keeps what holds one of the addresses, which are of full length.
Result<SourcesAgain> read_again(const OriginTable& table, const std::vector<IpPrefix>& addresses);

/// A statement that counted: by whom, about which prefix.
struct Said {
    uint16_t file = 0;  // index into SourcesAgain::sources
    IpPrefix prefix;
};

/// What one source says of an address, by its most specific prefixes that say anything.
struct SourceSays {
    uint16_t file = 0;
    std::optional<CountryId> country;
    IpPrefix country_prefix;
    uint32_t asn = 0;
    IpPrefix asn_prefix;
    bool foreign = false;  // a geofeed about what its AS does not originate: it is not heard
};

struct Why {
    Decision now;                    // by the sources as they are now
    std::optional<Said> asn_by;      // the statement, where a source decided
    std::optional<Said> country_by;  // also where the country's rule turned it down
    std::optional<Said> class_by;
    std::optional<IpPrefix> asn_rule;  // the override's prefix, where one of those decided
    std::optional<IpPrefix> country_rule;
    std::optional<IpPrefix> class_rule;
    std::vector<SourceSays> says;  // of each file that says something, in the table's order
};

Why explain(const SourcesAgain& again, const IpPrefix& address);

}  // namespace lull
