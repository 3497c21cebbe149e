// What a sink hears of routers that keep to the RFCs, and of those that do not.
#include "control/bmp/session.h"

#include <gtest/gtest.h>

#include "tests/support/bmp_builder.h"
#include "tests/support/bmp_told.h"

namespace lull::testing {
namespace {

using Lines = std::vector<std::string>;
constexpr int64_t kNow_ns = 1'500'000'000'000'000'000;

struct World {
    explicit World(BmpLimits limits = {}) : routers(limits) {}
    void feed(const Octetstring& stream) { session.feed(stream, kNow_ns); }
    Lines take() { return std::exchange(told.lines, {}); }
    uint64_t problems(RouteProblem problem) const {
        return session.counts().problems[static_cast<std::size_t>(problem)];
    }

    BmpTold told;
    BmpRouters routers;
    BmpSession session{*parse_address("198.51.100.9"), routers, told};
};

const BuiltBmpPeer kPeer;

Octetstring route_of(const BuiltBmpPeer& peer, std::string_view prefix,
                     std::optional<uint32_t> path_id = std::nullopt) {
    return bmp_routes(peer,
                      update({}, path_attribute(sequence({peer.asn})), nlri(prefix, path_id)));
}

Octetstring up(const BuiltBmpPeer& peer, const Octetstring& sent = {},
               const Octetstring& received = {}) {
    return bmp_peer_up(peer, bgp_open(64500, sent), bgp_open(peer.asn, received));
}

TEST(BmpSession, a_stream_is_told_in_order) {
    World world;
    world.feed(one_bmp_message_of_each());
    EXPECT_EQ(
        world.take(),
        (Lines{"router_up 1 edge1", "peer_up 1 adj_rib_in_pre 192.0.2.1 AS64501", "W 172.16.0.0/12",
               "A 10.0.0.0/8 64501 64502", "A 192.168.0.0/16 64501 64502",
               "end_of_rib 1 adj_rib_in_pre 192.0.2.1 AS64501 4",
               "peer_down 1 adj_rib_in_pre 192.0.2.1 AS64501 remote", "router_down 1 terminated"}));
    EXPECT_TRUE(world.session.ended());
    EXPECT_EQ(world.session.counts().messages,
              (std::array<uint64_t, kBmpTypes>{2, 1, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(world.session.counts().problems_total(), 0U);
    EXPECT_EQ(world.session.counts().bytes, one_bmp_message_of_each().size());
    EXPECT_EQ(world.session.router().description, "a router");
    EXPECT_EQ(world.told.last_time_ns, 1'419'264'900'000'000'000);
}

TEST(BmpSession, one_bgp_peer_has_tables_of_its_own_that_go_together) {
    World world;
    BuiltBmpPeer post = kPeer, out = kPeer, out_post = kPeer, loc_rib{"0.0.0.0", 64500, 3};
    post.flags = kBmpPost;
    out.flags = kBmpOut;
    out_post.flags = kBmpOut | kBmpPost;
    world.feed(bmp_initiation("r") + up(kPeer) + up(loc_rib));
    EXPECT_EQ(world.session.peers_up(), 2U);
    for (const auto& peer : {kPeer, post, out, out_post, loc_rib}) {
        world.feed(route_of(peer, "10.0.0.0/8"));
    }
    world.take();
    world.feed(bmp_peer_down(out, 2, {0, 1}));
    EXPECT_EQ(world.take(), (Lines{"peer_down 1 adj_rib_in_pre 192.0.2.1 AS64501 local",
                                   "peer_down 1 adj_rib_in_post 192.0.2.1 AS64501 local",
                                   "peer_down 1 adj_rib_out_pre 192.0.2.1 AS64501 local",
                                   "peer_down 1 adj_rib_out_post 192.0.2.1 AS64501 local"}));
    world.feed(bmp_peer_down(loc_rib, 6, bmp_tlv(3, "main")));
    EXPECT_EQ(world.take(), Lines{"peer_down 1 loc_rib 0.0.0.0 AS64500 local_tlv"});
    EXPECT_EQ(world.session.peers_up(), 0U);
}

TEST(BmpSession, vrfs_are_told_apart_by_their_distinguisher) {
    World world;
    BuiltBmpPeer vrf = kPeer;
    vrf.type = 1;
    vrf.distinguisher = 7;
    world.feed(bmp_initiation("r") + up(kPeer) + up(vrf) + route_of(kPeer, "10.0.0.0/8") +
               route_of(vrf, "10.0.0.0/8"));
    EXPECT_EQ(world.session.peers_up(), 2U);
    world.feed(bmp_peer_down(vrf, 5));
    EXPECT_EQ(world.take().back(), "peer_down 1 adj_rib_in_pre 192.0.2.1 AS64501 not_monitored");
    EXPECT_EQ(world.session.peers_up(), 1U);
}

TEST(BmpSession, add_path_is_in_force_only_where_one_sends_and_the_other_receives) {
    const auto read = [](unsigned flags, unsigned router_offer, unsigned peer_offer,
                         std::optional<uint32_t> id) {
        World world;
        BuiltBmpPeer peer = kPeer;
        peer.flags = flags;
        world.feed(bmp_initiation("r") + up(peer, add_path_capability(1, router_offer),
                                            add_path_capability(1, peer_offer)));
        world.feed(route_of(peer, "10.0.0.0/8", id));
        EXPECT_EQ(world.session.counts().add_path_guessed, 0U);
        EXPECT_EQ(world.session.counts().problems_total(), 0U);
        return world.take().back();
    };
    EXPECT_EQ(read(0, 1, 2, 70'000), "A 10.0.0.0/8#70000 64501");
    EXPECT_EQ(read(0, 3, 3, 5), "A 10.0.0.0/8#5 64501");
    EXPECT_EQ(read(0, 2, 1, std::nullopt), "A 10.0.0.0/8 64501");
    EXPECT_EQ(read(0, 1, 1, std::nullopt), "A 10.0.0.0/8 64501");
    EXPECT_EQ(read(0, 2, 2, std::nullopt), "A 10.0.0.0/8 64501");
    EXPECT_EQ(read(kBmpOut, 2, 1, 5), "A 10.0.0.0/8#5 64501");
    EXPECT_EQ(read(kBmpOut, 1, 2, std::nullopt), "A 10.0.0.0/8 64501");
}

TEST(BmpSession, a_loc_rib_says_by_one_capability_that_it_has_path_identifiers) {
    World world;
    const BuiltBmpPeer loc_rib{"0.0.0.0", 64500, 3};
    const Octetstring capability = add_path_capability(1, 2);
    world.feed(bmp_initiation("r") + up(loc_rib, capability, capability) +
               route_of(loc_rib, "10.0.0.0/8", 70'000));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8#70000 64500");
}

TEST(BmpSession, another_bgp_session_changes_the_format_and_begins_anew) {
    World world;
    world.feed(bmp_initiation("r") + up(kPeer) + route_of(kPeer, "10.0.0.0/8"));
    world.feed(up(kPeer, add_path_capability(1, 1), add_path_capability(1, 2)));
    EXPECT_EQ(world.take().back(), "peer_down 1 adj_rib_in_pre 192.0.2.1 AS64501 up_again");
    world.feed(route_of(kPeer, "10.0.0.0/8", 70'000));
    EXPECT_EQ(world.take(),
              (Lines{"peer_up 1 adj_rib_in_pre 192.0.2.1 AS64501", "A 10.0.0.0/8#70000 64501"}));
    EXPECT_EQ(world.session.counts().up_again, 1U);
    EXPECT_EQ(world.session.counts().add_path_guessed, 0U);
}

TEST(BmpSession, a_peer_up_said_again_changes_nothing) {
    World world;
    BuiltBmpPeer post = kPeer;
    post.flags = kBmpPost;
    world.feed(bmp_initiation("r") + up(kPeer) + route_of(kPeer, "10.0.0.0/8"));
    world.take();
    world.feed(up(post) + up(kPeer));
    EXPECT_EQ(world.take(), Lines{});
    EXPECT_EQ(world.session.counts().said_again, 2U);
    EXPECT_EQ(world.session.counts().up_again, 0U);
    EXPECT_EQ(world.routers.peers(), 1U);
}

TEST(BmpSession, updates_that_are_not_as_agreed_are_read_the_other_way) {
    World world;
    world.feed(bmp_initiation("r") + up(kPeer) + route_of(kPeer, "10.0.0.0/8", 1));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8#1 64501");
    BuiltBmpPeer other = kPeer;
    other.address = "192.0.2.2";
    world.feed(up(other, add_path_capability(1, 1), add_path_capability(1, 2)) +
               route_of(other, "10.0.0.0/8"));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8 64501");
    EXPECT_EQ(world.session.counts().add_path_guessed, 2U);
    const Octetstring narrow = path_attribute(sequence({64501, 64502}), AsWidth::kTwo);
    world.feed(bmp_routes(kPeer, update({}, narrow, nlri("10.0.0.0/8"))));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8 64501 64502");
    EXPECT_EQ(world.session.counts().as_width_guessed, 1U);
    EXPECT_EQ(world.session.counts().problems_total(), 0U);
}

TEST(BmpSession, two_octet_paths_are_read_where_the_flag_says_so) {
    World world;
    BuiltBmpPeer old = kPeer;
    old.flags = kBmpTwoOctetAs;
    const Octetstring path = path_attribute(sequence({64501, 64502}), AsWidth::kTwo);
    world.feed(up(old) + bmp_routes(old, update({}, path, nlri("10.0.0.0/8"))));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8 64501 64502");
    EXPECT_EQ(world.session.counts().as_width_guessed, 0U);
}

TEST(BmpSession, ipv6_peers_routes_and_ends_of_rib_are_read) {
    World world;
    BuiltBmpPeer peer = kPeer;
    peer.address = "2001:db8::9";
    peer.time_s = 0;
    const Octetstring reach = mp_reach(2, 1, nlri("2001:db8:1::/48"));
    world.feed(up(peer) +
               bmp_routes(peer, update({}, path_attribute(sequence({64501})) + reach, {})) +
               bmp_routes(peer, update({}, mp_unreach(2, 1, nlri("2001:db8:2::/48")), {})) +
               bmp_routes(peer, update({}, mp_unreach(2, 1, {}), {})));
    EXPECT_EQ(world.take(), (Lines{"router_up 1 ", "peer_up 1 adj_rib_in_pre 2001:db8::9 AS64501",
                                   "A 2001:db8:1::/48 64501", "W 2001:db8:2::/48",
                                   "end_of_rib 1 adj_rib_in_pre 2001:db8::9 AS64501 6"}));
    // The router does not say when, so it is when it was read.
    EXPECT_EQ(world.told.last_time_ns, kNow_ns);
}

TEST(BmpSession, what_a_router_says_out_of_order_is_counted_and_survived) {
    World world;
    world.feed(bmp_peer_down(kPeer, 1, message({6, 2}, 3)) + bmp_statistics(kPeer, {{7, 9}}));
    world.feed(route_of(kPeer, "10.0.0.0/8") + bmp_initiation("late"));
    EXPECT_EQ(world.take(), (Lines{"router_up 1 ", "peer_up 1 adj_rib_in_pre 192.0.2.1 AS64501",
                                   "A 10.0.0.0/8 64501"}));
    EXPECT_EQ(world.session.counts().unknown_down, 1U);
    EXPECT_EQ(world.session.counts().without_peer_up, 1U);
    EXPECT_EQ(world.session.counts().problems_total(), 0U);
    EXPECT_FALSE(world.session.ended());
}

TEST(BmpSession, bad_messages_are_counted_by_reason_and_the_next_one_is_read) {
    World world;
    const auto peer_up_of = [](const Octetstring& sent) {
        return bmp_peer_up(kPeer, sent, bgp_open(64501));
    };
    BuiltBmpPeer alien = kPeer;
    alien.type = 9;
    world.feed(bmp_initiation("r") + bmp(0, {1, 2, 3}) + route_of(alien, "10.0.0.0/8"));
    world.feed(peer_up_of(message({}, 1)) + peer_up_of(message({}, 4)) + bmp(4, {0, 2, 0, 9}));
    world.feed(bmp_routes(kPeer, {0, 0, 0, 9}) + bmp_peer_down(kPeer, 99));
    EXPECT_EQ(world.problems(RouteProblem::kRecordCut), 2U);
    EXPECT_EQ(world.problems(RouteProblem::kPeerType), 1U);
    EXPECT_EQ(world.problems(RouteProblem::kNotOpen), 2U);
    EXPECT_EQ(world.problems(RouteProblem::kAttributeLength), 1U);
    EXPECT_EQ(world.session.counts().problems_total(), 6U);
    world.take();
    world.feed(route_of(kPeer, "10.0.0.0/8"));
    EXPECT_EQ(world.take().back(), "A 10.0.0.0/8 64501");
}

TEST(BmpSession, a_lost_stream_ends_the_session_without_withdrawals) {
    World world;
    world.feed(bmp_initiation("r") + up(kPeer) + route_of(kPeer, "10.0.0.0/8"));
    world.take();
    world.feed(bmp(0, {}, 7) + route_of(kPeer, "10.0.0.0/8"));
    EXPECT_EQ(world.take(), Lines{"router_down 1 stream_lost"});
    world.feed(route_of(kPeer, "10.0.0.0/8"));
    world.session.end(RouterDownReason::kClosed);
    EXPECT_EQ(world.take(), Lines{});
    EXPECT_EQ(world.routers.peers(), 0U);
    EXPECT_EQ(world.problems(RouteProblem::kBmpVersion), 1U);
}

TEST(BmpSession, peers_above_a_limit_are_counted_and_not_used) {
    World world({.peers_per_router = 2, .peers = 3});
    BmpTold other_told;
    BmpSession other(*parse_address("198.51.100.10"), world.routers, other_told);
    const auto flood = [](auto& session) {
        for (int i = 1; i <= 10; ++i) {
            BuiltBmpPeer peer = kPeer;
            peer.address = fmt::format("192.0.2.{}", i);
            session.feed(up(peer) + route_of(peer, "10.0.0.0/8"), kNow_ns);
        }
    };
    flood(world.session);
    flood(other);
    EXPECT_EQ(world.told.routes, 2U);
    EXPECT_EQ(other_told.routes, 1U);
    EXPECT_EQ(world.problems(RouteProblem::kPeerLimit), 16U);
    // Room that is given back is room for others.
    world.session.end(RouterDownReason::kClosed);
    flood(other);
    EXPECT_EQ(other_told.routes, 3U);
}

TEST(BmpSession, a_router_that_comes_back_has_its_number_and_the_newer_session_wins) {
    World world;
    world.feed(bmp_initiation("edge1"));
    BmpSession newer(*parse_address("198.51.100.9"), world.routers, world.told);
    BmpSession namesake(*parse_address("198.51.100.10"), world.routers, world.told);
    newer.feed(bmp_initiation("edge1"), kNow_ns);
    namesake.feed(bmp_initiation("edge1"), kNow_ns);
    EXPECT_EQ(world.take(), (Lines{"router_up 1 edge1", "router_down 1 replaced",
                                   "router_up 1 edge1", "router_up 2 edge1"}));
    EXPECT_TRUE(world.session.ended());
    newer.end(RouterDownReason::kClosed);
    BmpSession again(*parse_address("198.51.100.9"), world.routers, world.told);
    again.feed(bmp_initiation("edge1"), kNow_ns);
    EXPECT_EQ(world.take().back(), "router_up 1 edge1");
}

TEST(BmpSession, numbers_beyond_the_limit_are_new_each_time) {
    World world({.known_routers = 1});
    world.feed(bmp_initiation("a"));
    for (uint32_t number = 2; number < 5; ++number) {
        BmpSession session(*parse_address("198.51.100.9"), world.routers, world.told);
        session.feed(bmp_initiation("b"), kNow_ns);
        EXPECT_EQ(session.router().number, number);
    }
}

TEST(BmpSession, gauges_are_the_last_said_of_the_peers_that_are_up) {
    World world;
    BuiltBmpPeer other = kPeer;
    other.address = "192.0.2.2";
    world.feed(up(kPeer) + up(other) + bmp_statistics(kPeer, {{7, 10}, {8, 4}, {99, 1}}) +
               bmp_statistics(other, {{7, 5}, {14, 2}, {15, 1}}) +
               bmp_statistics(kPeer, {{7, 20}}));
    EXPECT_EQ(world.session.gauges().adj_rib_in, 25U);
    EXPECT_EQ(world.session.gauges().loc_rib, 4U);
    EXPECT_EQ(world.session.gauges().adj_rib_out_pre, 2U);
    EXPECT_EQ(world.session.gauges().adj_rib_out_post, 1U);
    world.feed(bmp_peer_down(kPeer, 4));
    EXPECT_EQ(world.session.gauges().adj_rib_in, 5U);
    EXPECT_EQ(world.session.gauges().loc_rib, std::nullopt);
}

TEST(BmpSession, names_are_cut_and_carried_as_they_are) {
    World world;
    world.feed(bmp_initiation(std::string(60'000, 'x')));
    EXPECT_EQ(world.session.router().name, std::string(kMaxBmpTextBytes, 'x'));
}

TEST(BmpSession, every_truncation_is_survived_and_tells_a_beginning) {
    World whole;
    const Octetstring stream = one_bmp_message_of_each();
    whole.feed(stream);
    const Lines all = whole.take();
    for (std::size_t size = 0; size < stream.size(); ++size) {
        World world;
        world.feed({stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size)});
        const Lines told = world.take();
        ASSERT_LT(told.size(), all.size());
        EXPECT_TRUE(std::equal(told.begin(), told.end(), all.begin())) << size;
        EXPECT_EQ(world.session.counts().problems_total(), 0U);
    }
}

TEST(BmpSession, every_flipped_octet_is_survived) {
    const Octetstring stream = one_bmp_message_of_each();
    for (std::size_t at = 0; at < stream.size(); ++at) {
        for (const unsigned mask : {0x01U, 0x10U, 0x80U, 0xffU}) {
            Octetstring flipped = stream;
            flipped[at] = static_cast<uint8_t>(flipped[at] ^ mask);
            World world;
            world.feed(flipped);
            world.session.end(RouterDownReason::kClosed);
            EXPECT_EQ(world.routers.peers(), 0U);
            EXPECT_EQ(world.told.routes,
                      world.session.counts().announced + world.session.counts().withdrawn);
        }
    }
}

}  // namespace
}  // namespace lull::testing
