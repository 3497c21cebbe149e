// Any bytes as the stream of a router, in pieces that the first byte chooses: what the sink hears
// is in order and well-formed, every message is counted by a type and every problem by a name, no
// peer is left behind, and the pieces make no difference.
#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>
#include <tuple>
#include <vector>

#include "control/bmp/session.h"

namespace {

using namespace lull;

constexpr uint32_t kPeers = 8;

void demand(bool holds) {
    if (!holds) std::abort();
}

class Checked final : public BmpSink {
  public:
    void router_up(const BmpRouter& router) override {
        demand(!up && router.number == 1);
        demand(router.name.size() <= kMaxBmpTextBytes);
        up = true;
    }
    void router_down(const BmpRouter&, RouterDownReason reason) override {
        demand(up && !router_down_name(reason).empty());
        up = false;
    }
    void peer_up(const BmpPeer& peer) override { demand(up && peers.insert(key_of(peer)).second); }
    void peer_down(const BmpPeer& peer, PeerDownReason reason) override {
        demand(up && peers.erase(key_of(peer)) == 1);
        demand(!peer_down_name(reason).empty());
    }
    void route(const BmpRoute& route) override {
        demand(up && peers.contains(key_of(route.peer)));
        const IpPrefix& prefix = route.nlri.prefix;
        demand(prefix.length <= address_bits(prefix.family));
        demand(shortened(prefix, prefix.length) == prefix);
        demand(route.kind == RouteKind::kAnnounce || route.path.empty());
        demand(route.time_ns > 0);
        ++routes;
    }
    void end_of_rib(const BmpPeer& peer, Family) override {
        demand(up && peers.contains(key_of(peer)));
        ++ends_of_rib;
    }

    bool up = false;
    uint64_t routes = 0;
    uint64_t ends_of_rib = 0;

  private:
    using Key = std::tuple<RibView, uint64_t, IpPrefix>;
    static Key key_of(const BmpPeer& peer) { return {peer.view, peer.distinguisher, peer.address}; }
    std::set<Key> peers;
};

BmpCounts read(const std::vector<uint8_t>& stream, std::size_t piece) {
    Checked checked;
    BmpRouters routers({.peers_per_router = kPeers, .peers = kPeers});
    BmpSession session(IpPrefix{Family::kIpv4, 1, 0, 32}, routers, checked);
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const auto from = stream.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(piece, stream.size() - at);
        // A buffer of its own, so that ASan sees what is used after it or beyond it.
        const std::vector<uint8_t> chunk(from, from + static_cast<std::ptrdiff_t>(count));
        session.feed(chunk, 1);
    }
    demand(routers.peers() == session.peers_up() && routers.peers() <= kPeers);
    session.end(RouterDownReason::kClosed);
    demand(!checked.up && session.ended() && routers.peers() == 0);
    const BmpCounts& counts = session.counts();
    demand(checked.routes == counts.announced + counts.withdrawn);
    demand(checked.ends_of_rib == counts.ends_of_rib);
    demand(counts.problems[0] == 0);
    const auto messages =
        std::accumulate(counts.messages.begin(), counts.messages.end(), uint64_t{0});
    demand(counts.problems_total() <= messages + 1);
    return counts;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) return 0;
    const std::vector<uint8_t> stream(data + 1, data + size);
    const BmpCounts whole = read(stream, std::max<std::size_t>(stream.size(), 1));
    const BmpCounts pieces = read(stream, std::size_t{data[0]} + 1);
    demand(whole.messages == pieces.messages && whole.problems == pieces.problems);
    demand(whole.announced == pieces.announced && whole.withdrawn == pieces.withdrawn);
    return 0;
}
