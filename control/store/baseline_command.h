// `lull baseline export|import`: what was learned, as one file, from a store and into another.
// The file is itself a store, so that its versions, checksums and damage are known to what reads
// stores.
#pragma once

#include <string>

#include "control/store/where.h"
#include "dataplane/error.h"

namespace lull {

struct BaselineOptions {
    StoreWhere store{};
    std::string file{};  // --out, or what to import
    enum class Place : uint8_t { kColdOnly, kAny };
    Place into = Place::kColdOnly;  // import: --force says kAny
    enum class Format : uint8_t { kText, kJson };
    Format format = Format::kText;
};

/// What to print on stdout. Errors: kRefused for a store without learning, or that is not one.
Result<std::string> export_baseline(const BaselineOptions& options);
/// Refused with nothing changed: a store that a running lull writes; one that has learned or holds
/// incidents, unless kAny, which leaves a copy of it beside it; a file that holds no learning.
Result<std::string> import_baseline(const BaselineOptions& options);

}  // namespace lull
