// `lull table build | info | lookup | diff` behind the command line: plain options in, facts on
// stdout, progress and warnings on stderr.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

/// For people, or one JSON document as contract.md has it.
enum class OutputFormat : uint8_t { kText, kJson };

struct TableBuildOptions {
    std::string out;  // --out
    // Whose country wins among these is in source_kind.h; of two of a kind the later one, key by
    // key.
    std::vector<std::string> location_dumps;  // --location-dump
    std::vector<std::string> delegated;       // --delegated
    std::vector<std::string> country_ranges;  // --country-ranges
    std::vector<std::string> mmdb;            // --mmdb
    std::vector<std::string> geofeeds;        // --geofeed; "AS64500=FILE" or a path alone
    std::vector<std::string> mrt;             // --mrt; their origin AS goes above the dumps'
    std::vector<std::string> updates;         // --updates; MRT too, applied after all of --mrt
    std::vector<std::string> as_names;        // --as-names; above the dumps' names
    std::vector<std::string> overrides;       // --overrides; at most one
    std::optional<int64_t> built_at_s;        // nullopt: now
    OutputFormat format = OutputFormat::kText;
};

struct TableInfoOptions {
    std::string path;
    OutputFormat format = OutputFormat::kText;
};

struct TableLookupOptions {
    std::string path;
    std::vector<std::string> addresses;
    /// kWhy reads the table's sources again, which takes as long as a build.
    enum class Explain : uint8_t { kNo, kWhy } explain = Explain::kNo;
    OutputFormat format = OutputFormat::kText;
};

struct TableDiffOptions {
    std::string old_path;
    std::string new_path;
    std::size_t max_changes = 20;  // prefixes listed; the counts are of all
    OutputFormat format = OutputFormat::kText;
};

Result<void> table_build(const TableBuildOptions& options);
Result<void> table_info(const TableInfoOptions& options);
Result<void> table_lookup(const TableLookupOptions& options);
Result<void> table_diff(const TableDiffOptions& options);

}  // namespace lull
