// `lull export incidents|series`: what a store holds of the past, row by row. Reads the file; a
// running lull is not disturbed, however slowly the rows are taken: no read of the store lasts
// longer than one page of rows.
#pragma once

#include <optional>
#include <string>

#include "control/store/where.h"
#include "dataplane/error.h"

namespace lull {

struct ExportOptions {
    enum class What : uint8_t { kIncidents, kSeries };
    What what = What::kIncidents;
    StoreWhere store{};
    std::optional<std::string> from{};  // a time, or "7d": back from the last tick on record
    std::optional<std::string> to{};
    std::optional<std::string> country{};
    enum class Format : uint8_t { kCsv, kJsonLines };
    Format format = Format::kCsv;
    std::string output{};  // "": stdout
};

/// Incidents that were open at some time in [from, to), by id; records of countries in [from, to),
/// by time. Errors: kUsage for a time or a country that is none, or an end before the begin;
/// kRefused for a store that is missing or of another version.
Result<void> export_history(const ExportOptions& options);

}  // namespace lull
