// Routes from files as sources of a table: MRT dumps of collectors and routers, each heard by the
// votes and told as it was found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/mrt/reader.h"
#include "control/origins/command.h"
#include "control/origins/progress.h"
#include "control/origins/votes.h"
#include "dataplane/error.h"

namespace lull {

/// What one file held.
struct RouteFile {
    std::string path;
    MrtReport report;
};

/// Reads the file into `sink`. Refuses what cannot be opened and what holds no MRT record at all;
/// anything less is in the report.
Result<RouteFile> read_route_file(const std::string& path, RouteSink& sink,
                                  Progress* progress = nullptr);

struct TableRoutesOptions {
    std::vector<std::string> paths;
    enum class Show : uint8_t { kSummary, kList } show = Show::kSummary;
    OutputFormat format = OutputFormat::kText;
};

/// `lull table routes`: what MRT files hold. As a list: a line a route, the first fields of
/// `bgpdump -m`: format|time|B, A or W|peer|its AS|prefix|path identifier, if any|AS path.
Result<void> table_routes(const TableRoutesOptions& options);

}  // namespace lull
