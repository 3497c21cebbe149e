// One vote a neighbour, whatever its router tells of it, and none taken back by a lost session.
#include "control/routes/bmp_feed.h"

#include <gtest/gtest.h>

#include "tests/support/as_paths.h"

namespace lull {
namespace {

class BmpFeedTest : public ::testing::Test {
  protected:
    static BmpPeer peer_of(RibView view, const char* address = "192.0.2.1") {
        BmpPeer peer;
        peer.router = 1;
        peer.view = view;
        peer.address = *parse_address(address);
        peer.asn = 64500;
        return peer;
    }
    void tell(const BmpPeer& peer, const char* prefix, RouteKind kind = RouteKind::kAnnounce) {
        const Nlri nlri{*parse_prefix(prefix), std::nullopt, kSafiUnicast};
        const AsPath path = kind == RouteKind::kAnnounce ? test::as_path({4837, 131279}) : AsPath();
        feed_.route({kind, 0, peer, nlri, path});
    }
    std::size_t count(Presence presence) const {
        std::size_t count = 0;
        for (const Rib::Entry& entry : rib_.entries()) {
            count += entry.asn != 0 && rib_.presence(entry) == presence ? 1 : 0;
        }
        return count;
    }
    void pass(int64_t seconds) {
        now_s_ += seconds;
        feed_.set_now(now_s_);
        feed_.end_tables();
    }

    Rib rib_;
    BmpFeed feed_{rib_};
    int64_t now_s_ = 1'700'000'000;
};

TEST_F(BmpFeedTest, routes_before_and_after_policy_are_one_vote) {
    const BmpPeer pre = peer_of(RibView::kAdjRibInPre);
    const BmpPeer post = peer_of(RibView::kAdjRibInPost);
    for (const BmpPeer* peer : {&pre, &post}) {
        feed_.peer_up(*peer);
        tell(*peer, "175.45.176.0/24");
    }
    EXPECT_EQ(rib_.routes(), 1U);
    EXPECT_EQ(feed_.counts().other_view, 1U);
}

TEST_F(BmpFeedTest, a_view_nearer_to_the_neighbour_takes_the_vote_over) {
    const BmpPeer pre = peer_of(RibView::kAdjRibInPre);
    const BmpPeer post = peer_of(RibView::kAdjRibInPost);
    feed_.peer_up(post);
    tell(post, "175.45.176.0/24");
    feed_.peer_up(pre);
    tell(pre, "175.45.177.0/24");
    tell(post, "175.45.178.0/24");
    EXPECT_EQ(rib_.routes(), 2U);
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(count(Presence::kUnknown), 1U);  // its AS stays known
    pass(kQuietTable_s);
    EXPECT_EQ(rib_.routes(), 1U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(BmpFeedTest, a_neighbour_may_come_back_in_a_view_less_near_to_it) {
    const BmpPeer pre = peer_of(RibView::kAdjRibInPre);
    const BmpPeer post = peer_of(RibView::kAdjRibInPost);
    const auto down_and_up_as = [&](const BmpPeer& before, const BmpPeer& after, bool whole) {
        BmpRouter router;
        router.number = 1;
        if (whole) feed_.router_down(router, RouterDownReason::kClosed);
        if (!whole) feed_.peer_down(before, PeerDownReason::kLocalNotification);
        EXPECT_EQ(feed_.peers().heard, 0U);
        feed_.peer_up(after);
        tell(after, "175.45.176.0/24");
        pass(kQuietTable_s);
        EXPECT_EQ(feed_.peers().heard, 1U);
        EXPECT_EQ(count(Presence::kAnnounced), 1U);
    };
    feed_.peer_up(pre);
    tell(pre, "175.45.176.0/24");
    pass(kQuietTable_s);
    down_and_up_as(pre, post, true);
    down_and_up_as(post, pre, true);
    down_and_up_as(pre, post, false);
    EXPECT_EQ(feed_.counts().other_view, 0U);
    EXPECT_EQ(rib_.routes(), 1U);
}

TEST_F(BmpFeedTest, what_a_router_chose_itself_votes_beside_its_neighbours) {
    const BmpPeer chosen = peer_of(RibView::kLocRib, "0.0.0.0");
    const BmpPeer neighbour = peer_of(RibView::kAdjRibInPre);
    for (const BmpPeer* peer : {&chosen, &neighbour}) {
        feed_.peer_up(*peer);
        tell(*peer, "175.45.176.0/24");
    }
    EXPECT_EQ(rib_.routes(), 2U);
}

TEST_F(BmpFeedTest, a_lost_router_withdraws_nothing_and_heals) {
    const BmpPeer peer = peer_of(RibView::kAdjRibInPre);
    feed_.peer_up(peer);
    tell(peer, "175.45.176.0/24");
    tell(peer, "175.45.177.0/24");
    pass(kQuietTable_s);
    EXPECT_EQ(feed_.peers().heard, 1U);
    BmpRouter router;
    router.number = 1;
    feed_.router_down(router, RouterDownReason::kClosed);
    EXPECT_EQ(feed_.peers().heard, 0U);
    EXPECT_EQ(count(Presence::kUnknown), 2U);

    feed_.peer_up(peer);
    tell(peer, "175.45.176.0/24");
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(count(Presence::kUnknown), 1U);
    pass(kQuietTable_s);  // no End-of-RIB came: what was not told again is gone
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(BmpFeedTest, a_peer_is_no_witness_before_its_table_is_told) {
    const BmpPeer peer = peer_of(RibView::kAdjRibInPre);
    feed_.peer_up(peer);
    tell(peer, "175.45.176.0/24");
    EXPECT_EQ(feed_.peers().known, 1U);
    EXPECT_EQ(feed_.peers().heard, 0U);
    feed_.end_of_rib(peer, Family::kIpv4);
    pass(1);
    EXPECT_EQ(feed_.peers().heard, 1U);
}

TEST_F(BmpFeedTest, tables_of_many_peers_that_end_within_a_second_are_swept_at_once) {
    pass(0);
    std::vector<BmpPeer> peers;
    for (const char* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"}) {
        peers.push_back(peer_of(RibView::kAdjRibInPre, address));
    }
    for (const char* gone : {"175.45.176.0/24", "175.45.177.0/24"}) {
        for (const BmpPeer& peer : peers) {
            feed_.peer_up(peer);
            tell(peer, gone);
        }
    }
    for (const BmpPeer& peer : peers) {
        feed_.end_of_rib(peer, Family::kIpv4);
        feed_.end_of_rib(peer, Family::kIpv4);
    }
    EXPECT_EQ(count(Presence::kUnknown), 1U);
    pass(1);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(rib_.counts().sweeps, 1U);
    feed_.end_of_rib(peers.front(), Family::kIpv4);
    pass(1);
    EXPECT_EQ(rib_.counts().sweeps, 1U);
}

TEST_F(BmpFeedTest, a_table_that_begins_anew_is_not_ended_by_the_end_of_the_one_before) {
    pass(0);
    const BmpPeer peer = peer_of(RibView::kAdjRibInPre);
    feed_.peer_up(peer);
    tell(peer, "175.45.176.0/24");
    feed_.end_of_rib(peer, Family::kIpv4);
    feed_.peer_up(peer);
    pass(1);
    EXPECT_EQ(count(Presence::kUnknown), 1U);
}

TEST_F(BmpFeedTest, routes_of_a_vrf_have_no_vote) {
    BmpPeer peer = peer_of(RibView::kAdjRibInPre);
    peer.distinguisher = 7;
    feed_.peer_up(peer);
    tell(peer, "175.45.176.0/24");
    EXPECT_EQ(rib_.routes(), 0U);
    EXPECT_EQ(feed_.counts().of_vrf, 1U);
}

TEST_F(BmpFeedTest, a_withdrawal_of_one_view_is_that_views) {
    const BmpPeer pre = peer_of(RibView::kAdjRibInPre);
    const BmpPeer post = peer_of(RibView::kAdjRibInPost);
    feed_.peer_up(pre);
    tell(pre, "175.45.176.0/24");
    feed_.peer_up(post);
    tell(post, "175.45.176.0/24", RouteKind::kWithdraw);  // by policy
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    tell(pre, "175.45.176.0/24", RouteKind::kWithdraw);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

}  // namespace
}  // namespace lull
