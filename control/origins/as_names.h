// AS names from a table of `asn<TAB>name<TAB>cc` lines, as the public lists are written. The third
// column says where an AS is registered, which is not where its addresses are: it is not used.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <utility>
#include <vector>

#include "control/origins/line_reader.h"
#include "control/origins/progress.h"
#include "dataplane/error.h"

namespace lull {

struct AsNames {
    std::vector<std::pair<uint32_t, std::string>> names;  // as they come, clean text
    Rejections rejected;
    std::string sha256;
};

/// Lines that start with # and blank ones are passed over. Refuses input without a single name.
Result<AsNames> read_as_names(std::istream& input, const std::string& path,
                              Progress* progress = nullptr);

}  // namespace lull
