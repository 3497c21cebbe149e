// `lull incident pack`: everything needed to look at an incident elsewhere, as one file.
#pragma once

#include <cstdint>
#include <string>

#include "control/store/where.h"
#include "dataplane/error.h"

namespace lull {

struct PackOptions {
    StoreWhere store{};
    uint64_t id = 0;
    std::string file{};
    enum class Format : uint8_t { kText, kJson };
    Format format = Format::kText;
};

/// What to print on stdout.
Result<std::string> pack_incident(const PackOptions& options);

}  // namespace lull
