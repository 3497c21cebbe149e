#include "control/drill/in_process_routes.h"

#include <utility>

#include "control/clock.h"

namespace lull {
namespace {

constexpr int64_t kNsOfSecond = 1'000'000'000;

}  // namespace

InProcessRoutes::InProcessRoutes(const std::string& folder, int64_t from_s)
    : feed_({folder}, rib_), view_(rib_, from_s) {}

Result<std::unique_ptr<InProcessRoutes>> InProcessRoutes::create(
    const std::string& folder, const Scenario& scenario, std::shared_ptr<const OriginTable> table) {
    std::unique_ptr<InProcessRoutes> routes(
        new InProcessRoutes(folder, scenario.from_ns / kNsOfSecond));
    auto routing = DrillRouting::open(folder, scenario, *table);
    if (!routing) return tl::unexpected(std::move(routing.error()));
    routes->routing_ = std::move(*routing);
    if (auto done = routes->read(); !done) return tl::unexpected(std::move(done.error()));
    routes->view_.apply(attribute(rows_of(routes->rib_), std::move(table)));
    return routes;
}

Result<void> InProcessRoutes::read() {
    // The drill's files appear whole: they need no rest.
    feed_.look(Clock::wall_ns() / kNsOfSecond + kAtRest_s + 1);
    files_read_ = routing_->files();
    if (feed_.counts().files != files_read_) {
        return failed("the drill wrote {} MRT files, {} of them could be read", files_read_,
                      feed_.counts().files);
    }
    return {};
}

Result<std::optional<Witness>> InProcessRoutes::advance(int64_t time_ns) {
    if (auto done = routing_->advance(time_ns); !done) {
        return tl::unexpected(std::move(done.error()));
    }
    if (looked_ && files_read_ == routing_->files()) return std::optional<Witness>();
    if (auto done = read(); !done) return tl::unexpected(std::move(done.error()));
    looked_ = true;
    Witness witness = view_.look(time_ns / kNsOfSecond);
    witness.peers = feed_.peers().known;
    witness.peers_heard = feed_.peers().heard;
    return std::optional<Witness>(std::move(witness));
}

}  // namespace lull
