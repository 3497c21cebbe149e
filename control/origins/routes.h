// Routes from files as sources of a table: MRT dumps of collectors and routers and recorded BMP
// streams, each heard by the votes and told as it was found.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/bgp/problem.h"
#include "control/mrt/route.h"
#include "control/origins/command.h"
#include "control/origins/line_reader.h"
#include "control/origins/progress.h"
#include "control/origins/votes.h"
#include "dataplane/error.h"

namespace lull {

/// What one file held: MRT records or BMP messages.
struct RouteFile {
    std::string path;
    std::vector<std::pair<std::string_view, uint64_t>> records;  // by kind, those there are
    ProblemCounts problems{};
    uint64_t other_families = 0;
    uint64_t add_path_guessed = 0;
    Rejections rejected;
    std::string sha256;
    [[nodiscard]] uint64_t records_total() const;
};

/// Reads the file into `sink`. Refuses what cannot be opened and what holds no MRT record or BMP
/// message at all; anything less is in the report.
Result<RouteFile> read_route_file(const std::string& path, RouteSink& sink,
                                  Progress* progress = nullptr);

struct TableRoutesOptions {
    std::vector<std::string> paths;
    enum class Show : uint8_t { kSummary, kList } show = Show::kSummary;
    OutputFormat format = OutputFormat::kText;
};

/// `lull table routes`: what MRT and BMP files hold. As a list: a line a route, the first fields of
/// `bgpdump -m`: format|time|B, A or W|peer|its AS|prefix|path identifier, if any|AS path.
Result<void> table_routes(const TableRoutesOptions& options);

}  // namespace lull
