#include "control/bmp/session.h"

namespace lull {
namespace {

/// Adds what is known.
void add(std::optional<uint64_t>& sum, const std::optional<uint64_t>& value) {
    if (value) sum = sum.value_or(0) + *value;
}

/// RFC 9069 §5.2: a Loc-RIB's OPEN, which stands there twice, has the capability if it is used.
UpdateFormat loc_rib_format(const BgpOpen& open) {
    const auto used = [](AddPathOffer offer) {
        return offer == AddPathOffer::kNone ? AddPath::kNo : AddPath::kYes;
    };
    return {AsWidth::kFour, used(open.add_path4), used(open.add_path6)};
}

/// As the BGP session agreed on it, but for AS numbers, which the router may have widened.
UpdateFormat format_of(const BmpPeerHeader& header, const BmpPeerUp& said) {
    if (header.view == RibView::kLocRib) return loc_rib_format(said.sent);
    const bool out =
        header.view == RibView::kAdjRibOutPre || header.view == RibView::kAdjRibOutPost;
    UpdateFormat format =
        out ? format_between(said.sent, said.received) : format_between(said.received, said.sent);
    format.as_width = header.as_width;
    return format;
}

}  // namespace

BmpSession::BmpSession(const IpPrefix& address, BmpRouters& routers, BmpSink& sink)
    : routers_(routers), sink_(sink) {
    router_.address = address;
}

void BmpSession::feed(Bytes octets, int64_t now_ns) {
    if (ended_) return;
    counts_.bytes += octets.size();
    framer_.feed(octets);
    BmpMessage message;
    while (!ended_ && framer_.next(message)) {
        ++counts_.messages[type_index(message.type)];
        count(take(message, now_ns));
    }
    if (framer_.problem() == RouteProblem::kNone) return;
    count(framer_.problem());
    end(RouterDownReason::kStreamLost);
}

void BmpSession::count(RouteProblem problem) {
    if (problem == RouteProblem::kNone) return;
    ++counts_.problems[static_cast<std::size_t>(problem)];
    last_problem_ = problem;
}

void BmpSession::end(RouterDownReason reason) {
    if (ended_) return;
    ended_ = true;
    end_reason_ = reason;
    routers_.remove_peers(neighbours_.size());
    neighbours_.clear();
    if (!up_) return;
    routers_.release(*this);
    sink_.router_down(router_, reason);
}

RouteProblem BmpSession::take(const BmpMessage& message, int64_t now_ns) {
    if (message.type == BmpType::kInitiation) return initiation(message.body);
    // RFC 7854 §4.3 wants an Initiation first; a router without one has no name.
    if (!up_) router_is_here({});
    switch (message.type) {
        case BmpType::kRouteMonitoring:
        case BmpType::kStatistics:
        case BmpType::kPeerDown:
        case BmpType::kPeerUp:
            return take_from_peer(message, now_ns);
        case BmpType::kTermination: {
            BmpTermination reason{};
            const auto problem = read_termination(message.body, reason);
            end(RouterDownReason::kTerminated);
            return problem;
        }
        case BmpType::kInitiation:
        case BmpType::kRouteMirroring:  // the same routes again, as they came
            break;
    }
    return RouteProblem::kNone;
}

RouteProblem BmpSession::take_from_peer(const BmpMessage& message, int64_t now_ns) {
    Octets in(message.body);
    BmpPeerHeader header;
    const auto problem = read_peer_header(in, header);
    if (problem != RouteProblem::kNone) return problem;
    switch (message.type) {
        case BmpType::kRouteMonitoring:
            return route_monitoring(header, in, now_ns);
        case BmpType::kStatistics:
            return statistics(header, in);
        case BmpType::kPeerDown:
            return peer_down(header, in);
        default:
            return peer_up(header, in);
    }
}

RouteProblem BmpSession::initiation(Bytes body) {
    BmpInitiation said;
    const auto problem = read_initiation(body, said);
    router_is_here(said);
    return problem;
}

/// Whom the first message makes it, it stays.
void BmpSession::router_is_here(const BmpInitiation& initiation) {
    if (up_) return;
    router_.name = initiation.name;
    router_.description = initiation.description;
    router_.number = routers_.claim(router_.address, router_.name, *this);
    up_ = true;
    sink_.router_up(router_);
}

BmpSession::Key BmpSession::key_of(const BmpPeerHeader& header) {
    const Kind kind = header.view == RibView::kLocRib ? Kind::kLocRib : Kind::kPeer;
    return {kind, header.distinguisher, header.address};
}

BmpPeer BmpSession::peer_of(const BmpPeerHeader& header, RibView view) const {
    return {router_.number, view, header.distinguisher, header.address, header.asn, header.bgp_id};
}

BmpSession::Neighbour* BmpSession::neighbour(const BmpPeerHeader& header) {
    const Key key = key_of(header);
    const auto found = neighbours_.find(key);
    if (found != neighbours_.end()) return &found->second;
    if (!routers_.add_peer(neighbours_.size())) return nullptr;
    return &neighbours_[key];
}

void BmpSession::tell_down(const BmpPeerHeader& header, Neighbour& neighbour,
                           PeerDownReason reason) {
    for (std::size_t i = 0; i < kRibViews; ++i) {
        if (neighbour.views[i]) sink_.peer_down(peer_of(header, static_cast<RibView>(i)), reason);
    }
    neighbour.views = {};
}

/// Which table a Peer Up or Peer Down names means nothing (RFC 8671 §5): it is about the BGP peer.
/// Routers that say it for each table and family all the same say it of one BGP session.
RouteProblem BmpSession::peer_up(const BmpPeerHeader& header, Octets& in) {
    const bool known = neighbours_.contains(key_of(header));
    Neighbour* const peer = neighbour(header);
    if (peer == nullptr) return RouteProblem::kPeerLimit;
    BmpPeerUp said;
    const auto problem = read_peer_up(in, said);
    if (known && said == peer->said) {
        ++counts_.said_again;
        return problem;
    }
    if (known) {
        ++counts_.up_again;
        tell_down(header, *peer, PeerDownReason::kUpAgain);
    }
    peer->said = said;
    return problem;
}

RouteProblem BmpSession::peer_down(const BmpPeerHeader& header, Octets& in) {
    auto reason = PeerDownReason::kUnknown;
    const auto problem = read_peer_down(in, reason);
    const auto found = neighbours_.find(key_of(header));
    if (found == neighbours_.end()) {
        ++counts_.unknown_down;
        return problem;
    }
    tell_down(header, found->second, reason);
    neighbours_.erase(found);
    routers_.remove_peers(1);
    return problem;
}

RouteProblem BmpSession::statistics(const BmpPeerHeader& header, Octets& in) {
    BmpGauges nobody;
    const auto found = neighbours_.find(key_of(header));
    return read_statistics(in, found == neighbours_.end() ? nobody : found->second.gauges);
}

RouteProblem BmpSession::route_monitoring(const BmpPeerHeader& header, Octets& in, int64_t now_ns) {
    const bool known = neighbours_.contains(key_of(header));
    Neighbour* const from = neighbour(header);
    if (from == nullptr) return RouteProblem::kPeerLimit;
    if (!known) ++counts_.without_peer_up;

    BgpMessage message;
    auto problem = read_message(in.rest(), message);
    if (problem != RouteProblem::kNone) return problem;
    if (message.type != MessageType::kUpdate) return RouteProblem::kNotUpdate;
    problem = updates_.read(message.body, format_of(header, from->said));
    counts_.other_families += updates_.update().other_families;
    counts_.add_path_guessed = updates_.add_path_guessed();
    counts_.as_width_guessed = updates_.as_width_guessed();

    const BmpPeer peer = peer_of(header, header.view);
    bool& told = from->views[static_cast<std::size_t>(header.view)];
    if (!told) sink_.peer_up(peer);
    told = true;
    hand_out(peer, header.time_ns == 0 ? now_ns : header.time_ns);
    return problem;
}

void BmpSession::hand_out(const BmpPeer& peer, int64_t time_ns) {
    static const AsPath kNoPath;
    const BgpUpdate& update = updates_.update();
    for (const Nlri& nlri : update.withdrawn) {
        sink_.route({RouteKind::kWithdraw, time_ns, peer, nlri, kNoPath});
    }
    for (const Nlri& nlri : update.announced) {
        sink_.route({RouteKind::kAnnounce, time_ns, peer, nlri, update.path});
    }
    counts_.withdrawn += update.withdrawn.size();
    counts_.announced += update.announced.size();
    if (!update.end_of_rib) return;
    ++counts_.ends_of_rib;
    sink_.end_of_rib(peer, *update.end_of_rib);
}

BmpGauges BmpSession::gauges() const {
    BmpGauges sum;
    for (const auto& [key, neighbour] : neighbours_) {
        add(sum.adj_rib_in, neighbour.gauges.adj_rib_in);
        add(sum.loc_rib, neighbour.gauges.loc_rib);
        add(sum.adj_rib_out_pre, neighbour.gauges.adj_rib_out_pre);
        add(sum.adj_rib_out_post, neighbour.gauges.adj_rib_out_post);
    }
    return sum;
}

}  // namespace lull
