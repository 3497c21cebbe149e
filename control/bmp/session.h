// One router's BMP session: octets in, facts to a BmpSink, everything counted. No socket and no
// clock: both belong to whoever feeds it.
//
// One BGP peer has one Peer Up and up to four tables (before and after policy, in and out); each
// table is a peer of its own to the sink, up with the first thing said of it. What a router says
// out of order is taken as far as it makes sense: routes of a peer that never came up are used, and
// a peer that comes up twice begins anew.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>

#include "control/bgp/lenient.h"
#include "control/bmp/counts.h"
#include "control/bmp/framer.h"
#include "control/bmp/routers.h"
#include "control/bmp/sink.h"

namespace lull {

class BmpSession {
  public:
    /// `routers` and `sink` outlive this; `address` is where the connection comes from.
    BmpSession(const IpPrefix& address, BmpRouters& routers, BmpSink& sink);
    ~BmpSession() { end(RouterDownReason::kStopped); }
    BmpSession(const BmpSession&) = delete;
    BmpSession& operator=(const BmpSession&) = delete;

    /// Takes the next octets of the stream, which arrived at `now_ns` (unix). After a loss of the
    /// stream or a Termination the session has ended, and the connection is to be closed.
    void feed(Bytes octets, int64_t now_ns);
    /// The sink hears router_down, if it has heard router_up. Peers are not taken down. Once only.
    void end(RouterDownReason reason);

    [[nodiscard]] bool ended() const { return ended_; }
    [[nodiscard]] RouterDownReason end_reason() const { return end_reason_; }
    /// Name and number are there once the router has said anything.
    [[nodiscard]] const BmpRouter& router() const { return router_; }
    [[nodiscard]] bool router_is_known() const { return up_; }
    [[nodiscard]] const BmpCounts& counts() const { return counts_; }
    /// kNone until there is one.
    [[nodiscard]] RouteProblem last_problem() const { return last_problem_; }
    [[nodiscard]] bool inside_message() const { return framer_.inside_message(); }
    /// BGP peers and Loc-RIBs that are up.
    [[nodiscard]] std::size_t peers_up() const { return neighbours_.size(); }
    /// What the router last said of how many routes it holds, summed over the peers that are up.
    [[nodiscard]] BmpGauges gauges() const;

  private:
    enum class Kind : uint8_t { kPeer, kLocRib };
    struct Key {
        Kind kind = Kind::kPeer;
        uint64_t distinguisher = 0;
        IpPrefix address;
        auto operator<=>(const Key&) const = default;
    };
    struct Neighbour {
        BmpPeerUp said;  // as when nothing is agreed, for a peer without a Peer Up
        BmpGauges gauges;
        std::array<bool, kRibViews> views{};  // those that the sink knows
    };
    using Neighbours = std::map<Key, Neighbour>;

    static Key key_of(const BmpPeerHeader& header);
    [[nodiscard]] BmpPeer peer_of(const BmpPeerHeader& header, RibView view) const;
    RouteProblem take(const BmpMessage& message, int64_t now_ns);
    RouteProblem take_from_peer(const BmpMessage& message, int64_t now_ns);
    RouteProblem initiation(Bytes body);
    RouteProblem peer_up(const BmpPeerHeader& header, Octets& in);
    RouteProblem peer_down(const BmpPeerHeader& header, Octets& in);
    RouteProblem route_monitoring(const BmpPeerHeader& header, Octets& in, int64_t now_ns);
    RouteProblem statistics(const BmpPeerHeader& header, Octets& in);
    void count(RouteProblem problem);
    void router_is_here(const BmpInitiation& initiation);
    void tell_down(const BmpPeerHeader& header, Neighbour& neighbour, PeerDownReason reason);
    /// The neighbour, new if need be; nullptr when there are too many.
    Neighbour* neighbour(const BmpPeerHeader& header);
    void hand_out(const BmpPeer& peer, int64_t time_ns);

    BmpRouters& routers_;
    BmpSink& sink_;
    BmpFramer framer_;
    LenientReader updates_;
    BmpRouter router_;
    Neighbours neighbours_;
    BmpCounts counts_;
    RouteProblem last_problem_ = RouteProblem::kNone;
    bool up_ = false;
    bool ended_ = false;
    RouterDownReason end_reason_ = RouterDownReason::kStopped;
};

}  // namespace lull
