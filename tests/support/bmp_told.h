// A BmpSink that writes down what it hears, a line each, and holds the session to its order.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "control/bmp/sink.h"

namespace lull::testing {

class BmpTold final : public BmpSink {
  public:
    void router_up(const BmpRouter& router) override {
        EXPECT_TRUE(routers_.emplace(router.number, router.name).second);
        say(fmt::format("router_up {} {}", router.number, router.name));
    }
    void router_down(const BmpRouter& router, RouterDownReason reason) override {
        EXPECT_EQ(routers_.erase(router.number), 1U);
        std::erase_if(peers_, [&](const BmpPeer& peer) { return peer.router == router.number; });
        say(fmt::format("router_down {} {}", router.number, router_down_name(reason)));
    }
    void peer_up(const BmpPeer& peer) override {
        EXPECT_TRUE(routers_.contains(peer.router));
        EXPECT_TRUE(peers_.insert(peer).second);
        say("peer_up " + name_of(peer));
    }
    void peer_down(const BmpPeer& peer, PeerDownReason reason) override {
        EXPECT_EQ(peers_.erase(peer), 1U);
        say(fmt::format("peer_down {} {}", name_of(peer), peer_down_name(reason)));
    }
    void route(const BmpRoute& route) override {
        EXPECT_TRUE(peers_.contains(route.peer));
        ++routes;
        if (!keep_routes) return;
        const std::string prefix = format_prefix(route.nlri.prefix);
        const std::string id = route.nlri.path_id ? fmt::format("#{}", *route.nlri.path_id) : "";
        const bool announced = route.kind == RouteKind::kAnnounce;
        say(fmt::format("{} {}{}{}{}", announced ? "A" : "W", prefix, id, announced ? " " : "",
                        route.path.text()));
        last_time_ns = route.time_ns;
    }
    void end_of_rib(const BmpPeer& peer, Family family) override {
        EXPECT_TRUE(peers_.contains(peer));
        say(fmt::format("end_of_rib {} {}", name_of(peer), family == Family::kIpv4 ? 4 : 6));
    }

    std::vector<std::string> lines;
    uint64_t routes = 0;
    bool keep_routes = true;
    int64_t last_time_ns = 0;

  private:
    static std::string name_of(const BmpPeer& peer) {
        return fmt::format("{} {} {} AS{}", peer.router, view_name(peer.view),
                           format_address(peer.address), peer.asn);
    }
    void say(std::string line) { lines.push_back(std::move(line)); }

    std::map<uint32_t, std::string> routers_;
    std::unordered_set<BmpPeer, BmpPeerHash> peers_;
};

}  // namespace lull::testing
