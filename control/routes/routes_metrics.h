// /metrics of `lull routes`: what it hears, holds and has published. The loop puts facts up, the
// server's threads read them; neither waits for the other longer than a copy takes.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "control/bmp/station.h"
#include "control/routes/bmp_feed.h"
#include "control/routes/mrt_feed.h"
#include "control/routes/rib.h"
#include "control/routes/witness.h"

namespace lull {

struct RoutesFacts {
    std::vector<BmpRouterStatus> routers;
    StationCounts station;
    BmpFeedCounts bmp;
    MrtFeedCounts mrt;
    RibCounts rib;
    uint64_t rib_prefixes = 0;
    uint64_t rib_routes = 0;
    uint64_t rib_paths = 0;
    uint64_t table_prefixes = 0;
    uint64_t table_withdrawn = 0;
    double table_built_s = 0;  // unix; 0: none yet
    double publication_s = 0;  // how long the last one took
    uint64_t published = 0;
    uint64_t publications_failed = 0;
    double witness_s = 0;  // unix, when it was last written; 0: not yet
    uint64_t witness_failed = 0;
    std::string not_ready;  // "" when ready
    std::shared_ptr<const Witness> witness;
};

class RoutesBoard {
  public:
    void put(RoutesFacts facts);
    [[nodiscard]] std::shared_ptr<const RoutesFacts> facts() const;

  private:
    mutable std::mutex mutex_;  // guards the pointer, held for a copy of it
    std::shared_ptr<const RoutesFacts> facts_ = std::make_shared<const RoutesFacts>();
};

/// Prometheus text.
std::string routes_metrics(const RoutesFacts& facts);

}  // namespace lull
