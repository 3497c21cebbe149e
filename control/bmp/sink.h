// What routers tell by BMP, and who hears it. One thread; references are valid while a call runs.
//
// Of each router: router_up, then its peers, then router_down. Of each peer, which is one table of
// one neighbour: peer_up, then routes and ends of RIBs, then peer_down or router_down. A peer_up
// begins an empty table, which the router fills anew. A router_down takes nothing back: a witness
// is gone, its routes are not.
#pragma once

#include <cstdint>
#include <string>

#include "control/bgp/nlri.h"
#include "control/bgp/route_kind.h"
#include "control/bmp/message.h"
#include "control/bmp/peer_header.h"

namespace lull {

/// Whom a BMP session is with. A router that comes back has the number that it had.
struct BmpRouter {
    uint32_t number = 0;
    IpPrefix address;  // a /32 or /128
    std::string name;  // what it calls itself; may be empty, and anything but text
    std::string description;
};

/// Equal when router, view, distinguisher and address are; the rest is what was last said of it.
struct BmpPeer {
    uint32_t router = 0;
    RibView view = RibView::kAdjRibInPre;
    uint64_t distinguisher = 0;
    IpPrefix address;
    uint32_t asn = 0;
    uint32_t bgp_id = 0;
    bool operator==(const BmpPeer& other) const {
        return router == other.router && view == other.view &&
               distinguisher == other.distinguisher && address == other.address;
    }
};
/// For hash tables; seeded at each start, so that nobody can choose peers that collide.
struct BmpPeerHash {
    std::size_t operator()(const BmpPeer& peer) const;
};

struct BmpRoute {
    RouteKind kind = RouteKind::kAnnounce;
    int64_t time_ns = 0;  // unix: the router's word, or else when it was read
    const BmpPeer& peer;
    const Nlri& nlri;
    const AsPath& path;  // empty when withdrawn
};

enum class RouterDownReason : uint8_t {
    kClosed,      // the connection ended without a word
    kTerminated,  // the router said that it would end it
    kStreamLost,  // what it sent is not BMP
    kIdle,        // it said nothing for too long
    kReplaced,    // it is here again, by another connection
    kStopped,     // lull ends
};
inline constexpr std::size_t kRouterDownReasons =
    static_cast<std::size_t>(RouterDownReason::kStopped) + 1;
std::string_view router_down_name(RouterDownReason reason);  // "stream_lost"

class BmpSink {
  public:
    virtual ~BmpSink() = default;
    virtual void router_up(const BmpRouter& router) = 0;
    virtual void router_down(const BmpRouter& router, RouterDownReason reason) = 0;
    virtual void peer_up(const BmpPeer& peer) = 0;
    virtual void peer_down(const BmpPeer& peer, PeerDownReason reason) = 0;
    virtual void route(const BmpRoute& route) = 0;
    virtual void end_of_rib(const BmpPeer& peer, Family family) = 0;
};

}  // namespace lull
