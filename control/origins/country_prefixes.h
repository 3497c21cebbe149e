// What sources that know countries and no ASes give (ranges, delegations, feeds, databases), and
// how those of them that are text are read.
#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "control/origins/line_reader.h"
#include "control/origins/record.h"
#include "dataplane/error.h"

namespace lull {

struct CountryPrefixes {
    std::vector<PrefixRecord> prefixes;  // as they come, unless their source says otherwise
    uint64_t records = 0;                // of the source, used
    Rejections rejected;
    std::string sha256;  // of the file as it is
};

/// Hands `take` each line of `raw`, which is plain or gz, bz2, xz: without blanks around it, and
/// only where there is something other than a comment. Lines that are cut or too long are rejected.
/// `path` is used in messages, `progress` may be null. Refuses input that cannot be read, and when
/// `take` has put no prefix into `out`: "PATH: no `what`".
Result<void> read_country_lines(std::istream& raw, const std::string& path, Progress* progress,
                                std::string_view what, CountryPrefixes& out,
                                const std::function<void(const Line&)>& take);

}  // namespace lull
