// Any bytes as an MRT file, compressed or not: every record is counted by a kind, every problem by
// a name, every route has a well-formed prefix, and each one has a vote or a reason why not.
#include <cstdlib>
#include <numeric>
#include <sstream>
#include <string>

#include "control/mrt/reader.h"
#include "control/origins/votes.h"

namespace {

using namespace lull;

void demand(bool holds) {
    if (!holds) std::abort();
}

class Checked final : public RouteSink {
  public:
    void route(const MrtRoute& route) override {
        const IpPrefix& prefix = route.nlri.prefix;
        demand(prefix.length <= address_bits(prefix.family));
        demand(shortened(prefix, prefix.length) == prefix);
        check(route.peer);
        demand(route.kind != RouteKind::kWithdraw || route.path.empty());
        ++routes;
        votes.route(route);
    }
    void table(const MrtTable& table) override { demand(table.view.size() <= 0xffff); }
    void session(const MrtSession& session) override { check(session.peer); }
    void end_of_rib(const MrtPeer& peer, Family, uint32_t) override { check(peer); }
    uint64_t routes = 0;
    OriginVotes votes;

  private:
    static void check(const MrtPeer& peer) {
        demand(peer.address.length == address_bits(peer.address.family));
    }
};

template <typename Counts>
uint64_t sum(const Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::istringstream raw(std::string(reinterpret_cast<const char*>(data), size));
    Checked checked;
    const MrtReport report = read_mrt(raw, "fuzz.mrt", checked);
    demand(sum(report.counts.problems) == report.rejected.count);
    demand(report.counts.problems[0] == 0);

    const VoteResult result = checked.votes.result();
    demand(result.counts.routes + result.counts.withdrawals == checked.routes);
    demand(sum(result.counts.left_out) <= result.counts.routes);
    demand(result.counts.ties <= result.counts.multi_origin);
    demand(result.counts.multi_origin + result.counts.withdrawn <= result.prefixes.size());
    const IpPrefix* previous = nullptr;
    for (const PrefixRecord& record : result.prefixes) {
        demand(record.asn != 0 && record.prefix.length != 0);
        demand(previous == nullptr || *previous < record.prefix);
        previous = &record.prefix;
    }
    return 0;
}
