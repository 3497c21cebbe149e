// Whose a prefix is and whether it is announced, as peers come, speak, are lost and come back.
#include "control/routes/rib.h"

#include <gtest/gtest.h>

#include "tests/support/as_paths.h"

namespace lull {
namespace {

constexpr int64_t kRibNow_s = 1'700'000'000;
constexpr uint32_t kRibPeerAsn = 64500;
constexpr const char* kKp = "175.45.176.0/24";
constexpr const char* kKp2 = "175.45.177.0/24";

class RibTest : public ::testing::Test {
  protected:
    static Nlri nlri_of(const char* prefix, std::optional<uint32_t> path_id = std::nullopt) {
        return {*parse_prefix(prefix), path_id, kSafiUnicast};
    }
    void announce(RibPeer peer, const char* prefix, std::initializer_list<uint32_t> path,
                  std::optional<uint32_t> path_id = std::nullopt) {
        rib_.announce(peer, kRibPeerAsn, nlri_of(prefix, path_id), test::as_path(path), kRibNow_s);
    }
    void withdraw(RibPeer peer, const char* prefix,
                  std::optional<uint32_t> path_id = std::nullopt) {
        rib_.withdraw(peer, nlri_of(prefix, path_id), kRibNow_s);
    }
    const Rib::Entry& entry(const char* prefix) const {
        for (const Rib::Entry& each : rib_.entries()) {
            if (each.asn != 0 && each.prefix == *parse_prefix(prefix)) return each;
        }
        static const Rib::Entry none;
        ADD_FAILURE() << prefix << " is not in the RIB";
        return none;
    }
    Presence presence(const char* prefix) const { return rib_.presence(entry(prefix)); }

    Rib rib_;
    RibPeer a_ = *rib_.add_peer();
    RibPeer b_ = *rib_.add_peer();
    RibPeer c_ = *rib_.add_peer();
};

TEST_F(RibTest, the_as_that_most_peers_name_has_the_prefix) {
    announce(a_, kKp, {1, 666});
    announce(b_, kKp, {2, 131279});
    announce(c_, kKp, {3, 131279});
    EXPECT_EQ(entry(kKp).asn, 131279U);
}

TEST_F(RibTest, a_newer_word_of_a_peer_replaces_its_older_one) {
    announce(a_, kKp, {4837, 131279});
    announce(a_, kKp, {666});
    EXPECT_EQ(entry(kKp).asn, 666U);
    EXPECT_EQ(rib_.routes(), 1U);
    EXPECT_EQ(rib_.paths(), 1U);
}

TEST_F(RibTest, what_everybody_took_back_keeps_its_as_for_seven_days) {
    announce(a_, kKp, {4837, 131279});
    announce(b_, kKp, {4837, 131279});
    withdraw(a_, kKp);
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    withdraw(b_, kKp);
    EXPECT_EQ(presence(kKp), Presence::kWithdrawn);
    EXPECT_EQ(entry(kKp).asn, 131279U);
    EXPECT_EQ(entry(kKp).withdrawn_s, kRibNow_s);
    rib_.expire(kRibNow_s + kKeepWithdrawn_s - 1);
    EXPECT_EQ(rib_.prefixes(), 1U);
    rib_.expire(kRibNow_s + kKeepWithdrawn_s);
    EXPECT_EQ(rib_.prefixes(), 0U);
    EXPECT_EQ(rib_.routes(), 0U);
    EXPECT_EQ(rib_.paths(), 0U);
}

TEST_F(RibTest, a_lost_peer_has_withdrawn_nothing) {
    announce(a_, kKp, {4837, 131279});
    rib_.lose(a_);
    EXPECT_EQ(presence(kKp), Presence::kUnknown);
    EXPECT_EQ(entry(kKp).withdrawn_s, 0);
    announce(b_, kKp, {3356, 131279});
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    withdraw(b_, kKp);
    EXPECT_EQ(presence(kKp), Presence::kUnknown);
}

TEST_F(RibTest, what_a_peer_that_is_back_does_not_name_is_withdrawn_at_its_tables_end) {
    constexpr const char* k6 = "2a00:1::/32";
    announce(a_, kKp, {4837, 131279});
    announce(a_, kKp2, {4837, 131279});
    announce(a_, k6, {4837, 131279});
    rib_.lose(a_);
    rib_.begin_table(a_, Family::kIpv4);
    rib_.begin_table(a_, Family::kIpv6);
    announce(a_, kKp, {4837, 131279});
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    EXPECT_EQ(presence(kKp2), Presence::kUnknown);
    rib_.end_table(a_, Family::kIpv4, kRibNow_s);
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    EXPECT_EQ(presence(kKp2), Presence::kWithdrawn);
    EXPECT_EQ(presence(k6), Presence::kUnknown);  // the other family is still being told
    rib_.end_table(a_, Family::kIpv6, kRibNow_s);
    EXPECT_EQ(presence(k6), Presence::kWithdrawn);
}

TEST_F(RibTest, a_table_of_one_family_says_nothing_of_the_other) {
    constexpr const char* k6 = "2a00:1::/32";
    announce(a_, kKp, {4837, 131279});
    announce(a_, k6, {4837, 131279});
    rib_.begin_table(a_, Family::kIpv6);
    announce(a_, k6, {4837, 131279});
    rib_.end_table(a_, Family::kIpv6, kRibNow_s);
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    EXPECT_EQ(presence(k6), Presence::kAnnounced);
    rib_.lose(a_);
    rib_.begin_table(a_, Family::kIpv6);
    EXPECT_TRUE(rib_.is_heard(a_));
    EXPECT_EQ(presence(kKp), Presence::kUnknown);  // its IPv4 is not told again yet
}

TEST_F(RibTest, tables_end_in_one_pass_and_those_that_go_on_are_left_alone) {
    for (const RibPeer peer : {a_, b_, c_}) {
        announce(peer, kKp, {4837, 131279});
        rib_.begin_table(peer, Family::kIpv4);
    }
    const std::array<RibPeer, 2> ended{a_, b_};
    rib_.end_tables(ended, Family::kIpv4, kRibNow_s);
    EXPECT_EQ(rib_.routes(), 1U);
    EXPECT_EQ(presence(kKp), Presence::kUnknown);
    rib_.end_tables(ended, Family::kIpv4, kRibNow_s);
    EXPECT_EQ(rib_.counts().sweeps, 1U);
    rib_.end_table(c_, Family::kIpv4, kRibNow_s);
    EXPECT_EQ(presence(kKp), Presence::kWithdrawn);
    EXPECT_EQ(rib_.counts().sweeps, 2U);
}

TEST_F(RibTest, with_add_path_the_other_path_stays) {
    announce(a_, kKp, {4837, 131279}, 1);
    announce(a_, kKp, {3356, 131279}, 2);
    withdraw(a_, kKp, 1);
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
    std::vector<uint32_t> first_hops;
    rib_.each_path(entry(kKp),
                   [&](std::span<const uint32_t> hops) { first_hops.push_back(hops.front()); });
    EXPECT_EQ(first_hops, std::vector<uint32_t>{3356});
}

TEST_F(RibTest, the_version_moves_with_origins_and_withdrawals_alone) {
    announce(a_, kKp, {4837, 131279});
    const uint64_t version = rib_.version();
    announce(a_, kKp, {3356, 4837, 131279});  // another way to the same AS
    announce(b_, kKp, {4837, 131279});
    withdraw(b_, kKp);
    EXPECT_EQ(rib_.version(), version);
    withdraw(a_, kKp);
    EXPECT_GT(rib_.version(), version);
    EXPECT_EQ(entry(kKp).changes, 1U);
    announce(a_, kKp, {4837, 131279});
    EXPECT_EQ(entry(kKp).changes, 2U);
}

TEST_F(RibTest, defaults_bogons_and_host_routes_have_no_vote_and_are_counted) {
    announce(a_, "0.0.0.0/0", {4837});
    announce(a_, "10.0.0.0/8", {4837});
    announce(a_, "175.45.176.1/32", {4837, 131279});
    EXPECT_EQ(rib_.prefixes(), 0U);
    const auto& out = rib_.counts().left_out;
    EXPECT_EQ(out[static_cast<std::size_t>(NoVote::kDefaultRoute)], 1U);
    EXPECT_EQ(out[static_cast<std::size_t>(NoVote::kSpecial)], 1U);
    EXPECT_EQ(out[static_cast<std::size_t>(NoVote::kTooLong)], 1U);
}

TEST_F(RibTest, a_word_without_an_origin_takes_the_older_one_back) {
    announce(a_, kKp, {4837, 131279});
    announce(a_, kKp, {4837, 0});
    EXPECT_EQ(presence(kKp), Presence::kWithdrawn);
    EXPECT_EQ(rib_.routes(), 0U);
}

TEST_F(RibTest, a_path_from_inside_is_the_peers_own) {
    announce(a_, "198.32.0.0/16", {});
    EXPECT_EQ(entry("198.32.0.0/16").asn, kRibPeerAsn);
}

TEST_F(RibTest, what_an_earlier_process_saw_withdrawn_is_remembered) {
    rib_.remember(*parse_prefix(kKp), 131279, kRibNow_s - 86'400);
    EXPECT_EQ(presence(kKp), Presence::kWithdrawn);
    announce(a_, kKp, {4837, 131279});
    EXPECT_EQ(presence(kKp), Presence::kAnnounced);
}

TEST(Rib, has_room_for_so_many_peers_and_no_more) {
    Rib rib;
    for (uint32_t i = 0; i < kMaxRibPeers; ++i) ASSERT_TRUE(rib.add_peer());
    EXPECT_FALSE(rib.add_peer());
}

TEST(PathStore, a_path_is_kept_once_and_goes_with_its_last_user) {
    PathStore store;
    const std::vector<uint32_t> path{3257, 4837, 131279};
    const PathId first = store.take(path);
    EXPECT_EQ(store.take(path), first);
    EXPECT_EQ(store.size(), 1U);
    store.release(first);
    EXPECT_EQ(std::vector<uint32_t>(store.hops(first).begin(), store.hops(first).end()), path);
    store.release(first);
    EXPECT_EQ(store.size(), 0U);
}

TEST(PathStore, of_a_long_path_the_origins_end_is_kept) {
    PathStore store;
    std::vector<uint32_t> path(40);
    for (uint32_t i = 0; i < path.size(); ++i) path[i] = i + 1;
    const PathId id = store.take(path);
    EXPECT_EQ(store.hops(id).size(), kMaxKeptHops);
    EXPECT_EQ(store.hops(id).back(), 40U);
}

}  // namespace
}  // namespace lull
