#include "control/origins/votes.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "control/mrt/reader.h"
#include "tests/support/mrt_builder.h"

namespace lull {
namespace {

using testing::operator+;
using testing::message;
using testing::MrtBuilder;
using testing::nlri;
using testing::Octetstring;
using testing::path_attribute;
using testing::sequence;
using testing::update;

void hear(OriginVotes& votes, const MrtBuilder& file) {
    std::istringstream raw(file.text());
    EXPECT_EQ(read_mrt(raw, "f.mrt", votes).rejected.count, 0U);
}

VoteResult result_of(const MrtBuilder& file) {
    OriginVotes votes;
    hear(votes, file);
    return votes.result();
}

std::vector<testing::BuiltPeer> peers(unsigned count) {
    std::vector<testing::BuiltPeer> all;
    for (unsigned i = 0; i < count; ++i) {
        all.push_back({fmt::format("192.{}.{}.1", 10 + i / 256, i % 256), 64500 + i});
    }
    return all;
}

/// "175.45.176.0/24 AS131279 …", the prefixes of a result.
std::string text_of(const VoteResult& result) {
    std::string text;
    for (const PrefixRecord& record : result.prefixes) {
        EXPECT_FALSE(record.country.has_value());
        EXPECT_FALSE(record.states_class);
        text += fmt::format("{}{} AS{}", text.empty() ? "" : " ", format_prefix(record.prefix),
                            record.asn);
    }
    return text;
}

uint64_t left_out(const VoteResult& result, NoVote reason) {
    return result.counts.left_out[static_cast<std::size_t>(reason)];
}

TEST(OriginVotes, most_peers_decide_and_doubt_is_counted) {
    MrtBuilder file;
    file.peers(peers(5));
    file.rib("8.8.8.0/24", {{0, sequence({1, 15169}), {}},
                            {1, sequence({2, 666}), {}},
                            {2, sequence({3, 15169}), {}}});
    file.rib("9.9.9.0/24", {{0, sequence({1, 200}), {}}, {1, sequence({2, 100}), {}}});
    file.rib("1.1.1.0/24", {{0, sequence({13335}), {}}, {1, sequence({13335}), {}}});
    const auto result = result_of(file);
    EXPECT_EQ(text_of(result), "1.1.1.0/24 AS13335 8.8.8.0/24 AS15169 9.9.9.0/24 AS100");
    EXPECT_EQ(result.counts.multi_origin, 2U);
    EXPECT_EQ(result.counts.ties, 1U);
    EXPECT_EQ(result.counts.prefixes, 3U);
    EXPECT_EQ(result.counts.peers, 3U) << "the others said nothing";
}

TEST(OriginVotes, a_peer_has_one_vote_however_many_paths_it_shows) {
    MrtBuilder file;
    file.peers(peers(3));
    file.rib("8.8.8.0/24", {{0, sequence({1, 666}), 1},
                            {0, sequence({2, 666}), 2},
                            {0, sequence({3, 666}), 3},
                            {1, sequence({4, 15169}), 1},
                            {2, sequence({5, 15169}), 1}});
    EXPECT_EQ(text_of(result_of(file)), "8.8.8.0/24 AS15169");
}

TEST(OriginVotes, a_newer_word_replaces_the_older) {
    MrtBuilder file;
    file.peers(peers(1));
    file.rib("8.8.8.0/24", {{0, sequence({1, 666}), {}}});
    file.rib("8.8.8.0/24", {{0, sequence({1, 15169}), {}}});
    const auto result = result_of(file);
    EXPECT_EQ(text_of(result), "8.8.8.0/24 AS15169");
    EXPECT_EQ(result.counts.multi_origin, 0U);
}

TEST(OriginVotes, a_network_that_all_withdrew_keeps_its_last_as) {
    MrtBuilder file;
    const auto all = peers(2);
    const Octetstring route = nlri("175.45.176.0/24");
    file.bgp4mp(all[0], message(update({}, path_attribute(sequence({1, 131279})), route)));
    file.bgp4mp(all[1], message(update({}, path_attribute(sequence({2, 131279})), route)));
    file.bgp4mp(all[0], message(update(route, {}, {})));
    EXPECT_EQ(result_of(file).counts.withdrawn, 0U);
    file.bgp4mp(all[1], message(update(route, {}, {})));
    const auto result = result_of(file);
    EXPECT_EQ(text_of(result), "175.45.176.0/24 AS131279");
    EXPECT_EQ(result.counts.withdrawn, 1U);
    EXPECT_EQ(result.counts.withdrawals, 2U);
}

TEST(OriginVotes, a_withdrawal_takes_a_wrong_origin_away) {
    MrtBuilder file;
    const auto all = peers(3);
    const Octetstring route = nlri("8.8.8.0/24");
    file.bgp4mp(all[0], message(update({}, path_attribute(sequence({1, 666})), route)));
    file.bgp4mp(all[1], message(update({}, path_attribute(sequence({2, 666})), route)));
    file.bgp4mp(all[2], message(update({}, path_attribute(sequence({3, 15169})), route)));
    file.bgp4mp(all[0], message(update(route, {}, {})));
    file.bgp4mp(all[1], message(update(route, {}, {})));
    const auto result = result_of(file);
    EXPECT_EQ(text_of(result), "8.8.8.0/24 AS15169");
    EXPECT_EQ(result.counts.multi_origin, 0U);
}

TEST(OriginVotes, what_says_nothing_about_an_origin_is_left_out_by_name) {
    const auto path = sequence({1, 15169});
    MrtBuilder file;
    file.peers(peers(1));
    for (const char* prefix :
         {"0.0.0.0/0", "::/0", "10.1.0.0/16", "2001:db8:1::/48", "8.8.8.8/32", "8.8.8.0/25",
          "2a00::/49", "128.0.0.0/1", "2000::/3", "8.8.8.0/24"}) {
        file.rib(prefix, {{0, path, {}}});
    }
    file.rib("9.9.9.0/24", {{0, sequence({1, 0}), {}}});
    const auto done = result_of(file);
    EXPECT_EQ(text_of(done), "8.8.8.0/24 AS15169");
    EXPECT_EQ(left_out(done, NoVote::kDefaultRoute), 2U);
    EXPECT_EQ(left_out(done, NoVote::kSpecial), 2U);
    EXPECT_EQ(left_out(done, NoVote::kTooLong), 3U);
    EXPECT_EQ(left_out(done, NoVote::kTooShort), 2U);
    EXPECT_EQ(left_out(done, NoVote::kNoOrigin), 1U);
    EXPECT_EQ(done.counts.routes, 11U);
}

TEST(OriginVotes, a_route_from_inside_the_peers_as_is_the_peers) {
    MrtBuilder file;
    file.peers({{"192.0.2.1", 64500}, {"192.0.2.2", 0}});
    file.rib("8.8.8.0/24", {{0, {}, {}}});
    file.rib("9.9.9.0/24", {{0, {{AsPath::SegmentType::kConfedSequence, {65001}}}, {}}});
    file.rib("9.9.8.0/24", {{1, {}, {}}});
    const auto done = result_of(file);
    EXPECT_EQ(text_of(done), "8.8.8.0/24 AS64500 9.9.9.0/24 AS64500");
    EXPECT_EQ(left_out(done, NoVote::kNoOrigin), 1U);
}

TEST(OriginVotes, an_aggregate_is_its_makers) {
    MrtBuilder file;
    file.peers(peers(1));
    file.rib(
        "8.8.8.0/24",
        {{0, {{AsPath::SegmentType::kSequence, {1, 2}}, {AsPath::SegmentType::kSet, {7, 8}}}, {}}});
    const auto done = result_of(file);
    EXPECT_EQ(text_of(done), "8.8.8.0/24 AS2");
    EXPECT_EQ(done.counts.aggregates, 1U);
}

TEST(OriginVotes, multicast_routes_and_withdrawals_with_path_identifiers_have_no_say) {
    const auto peer = peers(1)[0];
    const auto path = path_attribute(sequence({1, 15169}));
    MrtBuilder file;
    file.bgp4mp(peer, message(update({}, path + testing::mp_reach(1, 2, nlri("9.9.9.0/24")), {})));
    file.bgp4mp(peer, message(update({}, path, nlri("8.8.8.0/24", 1))), 9);
    file.bgp4mp(peer, message(update(nlri("8.8.8.0/24", 1), {}, {})), 9);
    const auto done = result_of(file);
    EXPECT_EQ(text_of(done), "8.8.8.0/24 AS15169");
    EXPECT_EQ(left_out(done, NoVote::kMulticast), 1U);
    EXPECT_EQ(done.counts.add_path_withdrawals, 1U);
}

TEST(OriginVotes, too_many_peers_are_counted_and_change_nothing) {
    const auto all = peers(kMaxVotingPeers + 5);
    MrtBuilder file;
    file.peers(all);
    for (unsigned i = 0; i < all.size(); ++i) file.rib("8.8.8.0/24", {{i, sequence({15169}), {}}});
    const auto done = result_of(file);
    EXPECT_EQ(done.counts.peers, kMaxVotingPeers);
    EXPECT_EQ(left_out(done, NoVote::kTooManyPeers), 5U);
    EXPECT_EQ(text_of(done), "8.8.8.0/24 AS15169");
}

TEST(OriginVotes, too_many_origins_of_one_prefix_are_counted) {
    MrtBuilder file;
    file.peers(peers(1));
    for (uint32_t i = 0; i < kMaxClaimsOfPrefix + 3; ++i) {
        file.rib("8.8.8.0/24", {{0, sequence({1000 + i}), i}});
    }
    EXPECT_EQ(left_out(result_of(file), NoVote::kTooManyOrigins), 3U);
}

TEST(OriginVotes, what_a_collector_told_itself_is_no_vote) {
    MrtBuilder file;
    const auto peer = peers(1).front();
    file.bgp4mp(peer, message(update({}, path_attribute(sequence({15169})), nlri("8.8.8.0/24"))));
    file.bgp4mp(peer, message(update({}, path_attribute(sequence({1})), nlri("8.8.4.0/24"))), 7);
    file.bgp4mp(peer, message(update(nlri("8.8.8.0/24"), {}, {})), 7);
    const auto result = result_of(file);
    EXPECT_EQ(text_of(result), "8.8.8.0/24 AS15169");
    EXPECT_EQ(result.counts.withdrawn, 0U);
    EXPECT_EQ(left_out(result, NoVote::kOfCollector), 1U);
}

TEST(OriginVotes, equal_a_slow_count_over_random_updates) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 20; ++round) {
        const auto all = peers(130);  // three blocks of 64
        MrtBuilder file;
        std::map<std::string, std::map<std::size_t, uint32_t>> expected;  // prefix: peer: AS
        std::map<std::string, uint32_t> last;
        for (int i = 0; i < 600; ++i) {
            const std::size_t peer = random() % all.size();
            const std::string prefix = fmt::format("8.8.{}.0/24", random() % 4);
            const auto asn = static_cast<uint32_t>(1 + random() % 3);
            if (random() % 3 == 0) {
                file.bgp4mp(all[peer], message(update(nlri(prefix), {}, {})));
                const auto had = expected[prefix].find(peer);
                if (had != expected[prefix].end()) {
                    last[prefix] = had->second;
                    expected[prefix].erase(had);
                }
            } else {
                file.bgp4mp(all[peer],
                            message(update({}, path_attribute(sequence({asn})), nlri(prefix))));
                expected[prefix][peer] = asn;
            }
        }
        std::string text;
        for (const auto& [prefix, votes] : expected) {
            std::map<uint32_t, int> counts;
            for (const auto& [peer, asn] : votes) ++counts[asn];
            uint32_t winner = last[prefix];
            int most = 0;
            for (const auto& [asn, count] : counts) {
                if (count > most) winner = asn;
                most = std::max(most, count);
            }
            if (winner == 0) continue;
            text += fmt::format("{}{} AS{}", text.empty() ? "" : " ", prefix, winner);
        }
        EXPECT_EQ(text_of(result_of(file)), text);
    }
}

}  // namespace
}  // namespace lull
