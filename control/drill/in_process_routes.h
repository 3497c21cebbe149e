// A drill's routing part inside `lull replay`: its MRT files, read back by what reads them in `lull
// routes`, into the same RIB and the same view of countries, in scenario time. What is not played
// is that process's own pace (files rest five seconds, countries are looked at every ten): routing
// is heard of at the end of the tick in which it changed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "control/drill/routing.h"
#include "control/drill/scenario.h"
#include "control/origins/table_file.h"
#include "control/routes/mrt_feed.h"
#include "control/routes/rib.h"
#include "control/routes/routing_view.h"
#include "control/routes/witness.h"
#include "dataplane/error.h"

namespace lull {

class InProcessRoutes {
  public:
    /// Writes and reads the dump; seconds for a full table. `folder` is there and empty.
    static Result<std::unique_ptr<InProcessRoutes>> create(
        const std::string& folder, const Scenario& scenario,
        std::shared_ptr<const OriginTable> table);
    /// Plays what routing does up to `time_ns`; what it says of countries, if that has changed.
    Result<std::optional<Witness>> advance(int64_t time_ns);

  private:
    InProcessRoutes(const std::string& folder, int64_t from_s);
    Result<void> read();

    std::unique_ptr<DrillRouting> routing_;
    Rib rib_;
    MrtFeed feed_;
    RoutingView view_;
    std::size_t files_read_ = 0;
    bool looked_ = false;
};

}  // namespace lull
