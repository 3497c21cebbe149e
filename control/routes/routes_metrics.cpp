#include "control/routes/routes_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include <sstream>

#include "control/export/families.h"
#include "control/origins/text.h"
#include "control/version.h"

namespace lull {
namespace {

double as_value(uint64_t count) {
    return static_cast<double>(count);
}

/// Problems of all connections, those that ended and those that are here.
BmpCounts sum_of(const RoutesFacts& facts) {
    BmpCounts sum = facts.station.sum;
    for (const BmpRouterStatus& router : facts.routers) sum += router.counts;
    return sum;
}

void add_bmp(const RoutesFacts& facts, FamilyList& list) {
    const BmpCounts sum = sum_of(facts);
    list.gauge("lull_routes_bmp_routers", "Routers that are connected by BMP.");
    list.add(as_value(facts.routers.size()));
    list.gauge("lull_routes_bmp_peers", "BGP peers that those routers tell of and that are up.");
    std::size_t peers = 0;
    for (const BmpRouterStatus& router : facts.routers) peers += router.peers_up;
    list.add(as_value(peers));
    list.counter("lull_routes_bmp_bytes_total", "Bytes received by BMP.");
    list.add(as_value(sum.bytes));
    list.counter("lull_routes_bmp_messages_total", "BMP messages received, by type.");
    for (std::size_t i = 0; i < kBmpTypes; ++i) {
        list.add(as_value(sum.messages[i]), {{"type", bmp_type_name(i)}});
    }
    list.counter("lull_routes_bmp_problems_total",
                 "BMP messages that could not be used as they should, by the first thing wrong.");
    for (std::size_t i = 1; i < kRouteProblems; ++i) {
        list.add(as_value(sum.problems[i]),
                 {{"problem", problem_name(static_cast<RouteProblem>(i))}});
    }
    list.counter("lull_routes_bmp_refused_total", "Connections closed at once, by reason.");
    list.add(as_value(facts.station.not_allowed), {{"reason", "not_allowed"}});
    list.add(as_value(facts.station.too_many), {{"reason", "too_many"}});
    list.counter("lull_routes_bmp_disconnects_total", "BMP sessions that ended, by reason.");
    for (std::size_t i = 0; i < kRouterDownReasons; ++i) {
        list.add(as_value(facts.station.ended[i]),
                 {{"reason", router_down_name(static_cast<RouterDownReason>(i))}});
    }
    list.counter("lull_routes_unused_routes_total",
                 "Routes that were read and not used, by reason.");
    list.add(as_value(facts.bmp.other_view), {{"reason", "other_view"}});
    list.add(as_value(facts.bmp.of_vrf), {{"reason", "vrf"}});
    list.add(as_value(facts.bmp.too_many_peers + facts.mrt.too_many_peers),
             {{"reason", "too_many_peers"}});
    list.add(as_value(facts.rib.too_many_routes), {{"reason", "too_many_routes"}});
    list.add(as_value(facts.mrt.outdated), {{"reason", "outdated"}});
    for (std::size_t i = 0; i < kNoVotes; ++i) {
        list.add(as_value(facts.rib.left_out[i]),
                 {{"reason", no_vote_name(static_cast<NoVote>(i))}});
    }
}

void add_rib(const RoutesFacts& facts, FamilyList& list) {
    list.counter("lull_routes_mrt_files_total", "MRT files read, by result.");
    list.add(as_value(facts.mrt.files), {{"result", "read"}});
    list.add(as_value(facts.mrt.files_failed), {{"result", "failed"}});
    list.counter("lull_routes_mrt_rejected_records_total", "MRT records that could not be used.");
    list.add(as_value(facts.mrt.records_rejected));
    list.gauge("lull_routes_rib_prefixes", "Prefixes in the RIB, withdrawn ones included.");
    list.add(as_value(facts.rib_prefixes));
    list.gauge("lull_routes_rib_routes", "Routes in the RIB: one for each peer and prefix.");
    list.add(as_value(facts.rib_routes));
    list.counter("lull_routes_rib_sweeps_total",
                 "Passes over the RIB for what tables that ended did not name.");
    list.add(as_value(facts.rib.sweeps));
    list.gauge("lull_routes_rib_paths", "Different AS paths in the RIB.");
    list.add(as_value(facts.rib_paths));
    list.counter("lull_routes_announced_total", "Routes announced to the RIB.");
    list.add(as_value(facts.rib.announced));
    list.counter("lull_routes_withdrawn_total", "Routes withdrawn from the RIB.");
    list.add(as_value(facts.rib.withdrawn));
}

void add_publications(const RoutesFacts& facts, FamilyList& list) {
    list.counter("lull_routes_publications_total", "Origin tables published, by result.");
    list.add(as_value(facts.published), {{"result", "ok"}});
    list.add(as_value(facts.publications_failed), {{"result", "failed"}});
    list.gauge("lull_routes_publication_duration_seconds", "How long the last publication took.");
    list.add(facts.publication_s);
    if (facts.table_built_s > 0) {
        list.gauge("lull_routes_table_built_timestamp_seconds",
                   "When the published table was built.");
        list.add(facts.table_built_s);
        list.gauge("lull_routes_table_prefixes", "Prefixes of the published table.");
        list.add(as_value(facts.table_prefixes));
        list.gauge("lull_routes_table_withdrawn", "Of them: withdrawn by everybody.");
        list.add(as_value(facts.table_withdrawn));
    }
    if (facts.witness_s > 0) {
        list.gauge("lull_routes_witness_timestamp_seconds", "When the witness was last written.");
        list.add(facts.witness_s);
    }
    list.counter("lull_routes_witness_failures_total", "Witnesses that could not be written.");
    list.add(as_value(facts.witness_failed));
    if (!facts.witness) return;
    list.gauge("lull_routes_peers", "Peers with a vote, by whether they can be heard.");
    list.add(facts.witness->peers_heard, {{"heard", "yes"}});
    list.add(facts.witness->peers - facts.witness->peers_heard, {{"heard", "no"}});
}

class Facts final : public prometheus::Collectable {
  public:
    explicit Facts(const RoutesFacts& facts) : facts_(facts) {}
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
        const BuildInfo build = build_info();
        FamilyList list;
        list.gauge("lull_build_info", "What this lull is; always 1.");
        list.add(1, {{"version", build.version},
                     {"revision", build.revision},
                     {"dpdk", build.dpdk},
                     {"compiler", build.compiler}});
        add_bmp(facts_, list);
        add_rib(facts_, list);
        add_publications(facts_, list);
        return list.take();
    }

  private:
    const RoutesFacts& facts_;
};

}  // namespace

void RoutesBoard::put(RoutesFacts facts) {
    auto next = std::make_shared<const RoutesFacts>(std::move(facts));
    const std::scoped_lock lock(mutex_);
    facts_ = std::move(next);
}

std::shared_ptr<const RoutesFacts> RoutesBoard::facts() const {
    const std::scoped_lock lock(mutex_);
    return facts_;
}

std::string routes_metrics(const RoutesFacts& facts) {
    std::ostringstream out;
    prometheus::TextSerializer{}.Serialize(out, Facts(facts).Collect());
    return out.str();
}

}  // namespace lull
