// `lull routes`: routers and files in, a fresh origin table and the routing witness out. It owns no
// NIC and gives no verdict; if it dies the monitor keeps its table and says how old it is.
//
// One loop hears routers, reads files, looks what routing says of each country (three seconds after
// the last look when something changed, else ten), and begins a publication when something changed:
// after ten seconds' pause (publish_pause) when a country has gained or lost a quarter of its
// networks, else five minutes after the last one (publish_every), for BGP never rests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "control/bmp/station.h"
#include "control/config/config.h"
#include "control/http/server.h"
#include "control/routes/bmp_feed.h"
#include "control/routes/look_clock.h"
#include "control/routes/mrt_feed.h"
#include "control/routes/publisher.h"
#include "control/routes/rib.h"
#include "control/routes/routes_metrics.h"
#include "control/routes/routing_view.h"
#include "dataplane/error.h"

namespace lull {

inline constexpr double kUrgentShare = 0.25;  // of a country's networks

class Collector {
  public:
    static Result<std::unique_ptr<Collector>> create(Config config, Shrinking shrinking);
    ~Collector();
    /// Until signals().stop.
    Result<void> loop();

  private:
    Collector(Config config, Shrinking shrinking);
    Result<void> start_server();
    void every_second(int64_t now_s);
    void look(int64_t now_s);
    void reload();
    void publish_if_due(int64_t now_s);
    void start_publication(int64_t now_s);
    void finish_publication(int64_t now_s);
    void remember();
    void publish_last();
    [[nodiscard]] bool is_urgent() const;
    void show(int64_t now_s);

    Config config_;
    std::shared_ptr<const BuildInput> sources_;
    Rib rib_;
    BmpFeed bmp_{rib_};
    std::unique_ptr<Progress> alive_;
    MrtFeed mrt_;
    RoutingView view_;
    Publisher publisher_;
    std::unique_ptr<BmpStation> station_;
    Witness witness_;
    std::vector<uint32_t> published_networks_;  // by CountryId, at the last publication
    uint64_t published_version_ = 0;
    bool sources_changed_ = true;
    LookClock look_clock_;
    int64_t last_start_s_ = 0;  // of a publication
    bool last_failed_ = false;
    RoutesFacts facts_;
    RoutesBoard board_;  // outlives the server
    std::unique_ptr<Server> server_;
};

struct RoutesOptions {
    std::string config_path;
    enum class Mode : uint8_t { kRun, kCheck } mode = Mode::kRun;
    Shrinking shrinking = Shrinking::kRefuse;
};
/// The whole command.
Result<void> run_routes(const RoutesOptions& options);

}  // namespace lull
