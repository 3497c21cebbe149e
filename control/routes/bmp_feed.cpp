#include "control/routes/bmp_feed.h"

#include <utility>
#include <vector>

#include "control/log.h"

namespace lull {
namespace {

/// What the neighbour said itself, then what the router made of it, then what it tells others.
int rank(RibView view) {
    return static_cast<int>(view);
}

}  // namespace

BmpPeer BmpFeed::key_of(const BmpPeer& peer) {
    BmpPeer key = peer;
    if (key.view != RibView::kLocRib) key.view = RibView::kAdjRibInPre;
    return key;
}

BmpFeed::Neighbour* BmpFeed::neighbour_of(const BmpPeer& peer) {
    const BmpPeer key = key_of(peer);
    const auto found = neighbours_.find(key);
    if (found != neighbours_.end()) return &found->second;
    return neighbours_.size() < kMaxRibPeers ? &neighbours_[key] : nullptr;
}

void BmpFeed::router_up(const BmpRouter&) {}

void BmpFeed::router_down(const BmpRouter& router, RouterDownReason) {
    for (auto& [key, neighbour] : neighbours_) {
        if (key.router != router.number) continue;
        neighbour.up = false;
        neighbour.view.reset();
        if (neighbour.rib) rib_.lose(*neighbour.rib);
    }
}

void BmpFeed::peer_up(const BmpPeer& peer) {
    Neighbour* neighbour = neighbour_of(peer);
    if (neighbour == nullptr) return;
    neighbour->up = true;
    if (neighbour->view && *neighbour->view != peer.view) return;
    begin_tables(*neighbour);
}

void BmpFeed::peer_down(const BmpPeer& peer, PeerDownReason reason) {
    const auto found = neighbours_.find(key_of(peer));
    if (found == neighbours_.end()) return;
    Neighbour& neighbour = found->second;
    if (neighbour.view && *neighbour.view != peer.view) return;
    // What it comes back with may be less near to it than what it went with.
    neighbour.view.reset();
    const bool was_up = std::exchange(neighbour.up, false);
    if (!was_up || !neighbour.rib) return;
    rib_.lose(*neighbour.rib);
    log_warning("bmp: peer {} AS{} is down ({}): a missing witness, nothing is withdrawn",
                format_address(peer.address), peer.asn, peer_down_name(reason));
}

void BmpFeed::begin_tables(Neighbour& neighbour) {
    neighbour.ended = {};
    neighbour.telling = true;
    neighbour.last_route_s = now_s_;
    if (!neighbour.rib) return;
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        rib_.begin_table(*neighbour.rib, family);
    }
}

BmpFeed::Neighbour* BmpFeed::voter(const BmpPeer& peer) {
    if (peer.distinguisher != 0) {
        ++counts_.of_vrf;
        return nullptr;
    }
    Neighbour* const known = neighbour_of(peer);
    if (known == nullptr) {
        ++counts_.too_many_peers;
        return nullptr;
    }
    Neighbour& neighbour = *known;
    if (neighbour.view && rank(peer.view) > rank(*neighbour.view)) {
        ++counts_.other_view;
        return nullptr;
    }
    // The view before goes on naming the AS until this one has told its table.
    if (neighbour.view && *neighbour.view != peer.view) begin_tables(neighbour);
    neighbour.view = peer.view;
    if (!neighbour.rib) {
        neighbour.rib = rib_.add_peer();
        neighbour.telling = true;
    }
    if (!neighbour.rib) ++counts_.too_many_peers;
    return neighbour.rib ? &neighbour : nullptr;
}

void BmpFeed::route(const BmpRoute& route) {
    Neighbour* neighbour = voter(route.peer);
    if (neighbour == nullptr) return;
    neighbour->last_route_s = now_s_;
    if (route.kind == RouteKind::kWithdraw) {
        rib_.withdraw(*neighbour->rib, route.nlri, now_s_);
    } else {
        rib_.announce(*neighbour->rib, route.peer.asn, route.nlri, route.path, now_s_);
    }
}

void BmpFeed::end_of_rib(const BmpPeer& peer, Family family) {
    const auto found = neighbours_.find(key_of(peer));
    if (found == neighbours_.end() || !found->second.rib) return;
    Neighbour& neighbour = found->second;
    if (neighbour.view && *neighbour.view != peer.view) return;
    neighbour.ended[static_cast<std::size_t>(family)] = true;
}

void BmpFeed::end_tables() {
    std::array<std::vector<RibPeer>, 2> ended;
    for (auto& [key, neighbour] : neighbours_) {
        if (!neighbour.rib) continue;
        if (neighbour.telling && neighbour.up && now_s_ - neighbour.last_route_s >= kQuietTable_s) {
            neighbour.telling = false;
            neighbour.ended = {true, true};
        }
        for (std::size_t i = 0; i < ended.size(); ++i) {
            if (std::exchange(neighbour.ended[i], false)) ended[i].push_back(*neighbour.rib);
        }
    }
    for (const Family family : {Family::kIpv4, Family::kIpv6}) {
        rib_.end_tables(ended[static_cast<std::size_t>(family)], family, now_s_);
    }
}

BmpFeed::Peers BmpFeed::peers() const {
    Peers peers;
    for (const auto& [key, neighbour] : neighbours_) {
        if (!neighbour.rib) continue;
        ++peers.known;
        if (rib_.is_heard(*neighbour.rib) && rib_.is_synced(*neighbour.rib)) ++peers.heard;
    }
    return peers;
}

}  // namespace lull
