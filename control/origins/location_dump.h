// The text that `location dump` prints (libloc, IPFire's location database): blocks of `key: value`
// lines, one block an AS number or a network, parted by blank lines. Unknown keys are passed over;
// a block that cannot be used is counted, with its line, and changes nothing else.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <utility>
#include <vector>

#include "control/origins/line_reader.h"
#include "control/origins/progress.h"
#include "control/origins/record.h"
#include "dataplane/error.h"

namespace lull {

struct LocationDump {
    std::vector<PrefixRecord> prefixes;                      // as they come
    std::vector<std::pair<uint32_t, std::string>> as_names;  // as they come, clean text
    uint64_t records = 0;                                    // usable blocks of both kinds
    Rejections rejected;
    std::string sha256;
};

/// Reads a whole dump; `path` is used in messages, `progress` may be null. Refuses input that
/// cannot be read or holds no usable network.
Result<LocationDump> read_location_dump(std::istream& input, const std::string& path,
                                        Progress* progress = nullptr);

}  // namespace lull
