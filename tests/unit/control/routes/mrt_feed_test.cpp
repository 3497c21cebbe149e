// Files as they come and change: dumps, updates, half-written and damaged ones.
#include "control/routes/mrt_feed.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/mrt_builder.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using lull::testing::BuiltEntry;
using lull::testing::BuiltPeer;
using lull::testing::message;
using lull::testing::MrtBuilder;
using lull::testing::nlri;
using lull::testing::Octetstring;
using lull::testing::sequence;
using lull::testing::update;
using lull::testing::operator+;

Octetstring dump_of(std::initializer_list<const char*> prefixes) {
    MrtBuilder file;
    file.peers({{"192.0.2.1", 64500}});
    for (const char* prefix : prefixes)
        file.rib(prefix, {{0, sequence({64500, 4837, 131279}), {}}});
    return file.bytes();
}

class MrtFeedTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const Octetstring& bytes) {
        std::ofstream out(folder_.file(name), std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
    }
    /// Well after everything was written.
    int64_t later() { return now_s_ += 60; }
    std::size_t count(Presence presence) const {
        std::size_t count = 0;
        for (const Rib::Entry& entry : rib_.entries()) {
            count += entry.asn != 0 && rib_.presence(entry) == presence ? 1 : 0;
        }
        return count;
    }

    TemporaryFolder folder_;
    Rib rib_;
    MrtFeed feed_{{folder_.path().string()}, rib_};
    int64_t now_s_ = static_cast<int64_t>(::time(nullptr));
};

TEST_F(MrtFeedTest, a_dump_is_the_table_of_its_peers) {
    write("rib.1", dump_of({"175.45.176.0/24", "175.45.177.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 2U);
    EXPECT_EQ(feed_.peers().heard, 1U);
    EXPECT_FALSE(feed_.look(later()));
    write("rib.2", dump_of({"175.45.176.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(MrtFeedTest, a_dump_of_one_family_says_nothing_of_the_other) {
    write("master4.1", dump_of({"175.45.176.0/24", "175.45.177.0/24"}));
    write("master6.1", dump_of({"2a00:1::/32"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 3U);
    write("master6.2", dump_of({"2a00:2::/32"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 3U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

constexpr const char* kFeedKp = "175.45.176.0/24";
const BuiltPeer kFirst{"192.0.2.1", 64500}, kSecond{"192.0.2.2", 64501};

/// A dump of two peers, or of the first one alone.
Octetstring dump_of_peers(unsigned count) {
    MrtBuilder file;
    file.peers({kFirst, kSecond});
    std::vector<BuiltEntry> entries;
    for (unsigned peer = 0; peer < count; ++peer) {
        entries.push_back({peer, sequence({64500 + peer, 131279}), {}});
    }
    return file.rib(kFeedKp, entries).bytes();
}

Octetstring withdrawal_of(const BuiltPeer& peer) {
    return MrtBuilder().bgp4mp(peer, message(update(nlri(kFeedKp), {}, {}))).bytes();
}

TEST_F(MrtFeedTest, a_peer_whose_session_ended_is_no_witness_until_it_has_told_its_table_again) {
    write("rib.1", dump_of_peers(2));
    EXPECT_TRUE(feed_.look(later()));
    MrtBuilder down;
    down.state_change(kFirst, 4, 1);  // a second connection of it: the first is still up
    down.state_change(kSecond, 6, 1);
    write("updates.1", down.bytes() + withdrawal_of(kFirst));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 1U);
    EXPECT_EQ(count(Presence::kUnknown), 1U);

    MrtBuilder up;
    up.state_change(kSecond, 5, 6);
    write("updates.2", up.bytes());
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 2U);
    EXPECT_EQ(count(Presence::kUnknown), 1U);
    MrtBuilder end;
    end.bgp4mp(kSecond, message(update({}, {}, {})));
    write("updates.3", end.bytes());
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(MrtFeedTest, a_peer_that_is_not_in_its_collectors_next_dump_is_a_witness_gone) {
    write("rib.1", dump_of_peers(2));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 2U);
    write("rib.2", dump_of_peers(1));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 1U);
    write("updates.1", withdrawal_of(kFirst));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kUnknown), 1U);
    write("rib.3", dump_of_peers(2));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 2U);
}

TEST_F(MrtFeedTest, a_dump_says_nothing_of_another_collectors_peers) {
    write("rib.1", dump_of_peers(2));
    Octetstring other = dump_of_peers(1);
    other[12] ^= 1;  // the first octet of the collector's BGP identifier
    write("rib.2", other);
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.peers().heard, 2U);
}

constexpr uint32_t kDump_s = testing::kBuiltTime_s, kLater_s = kDump_s + 300;

Octetstring withdrawal_at(uint32_t time_s) {
    return MrtBuilder().at(time_s).bgp4mp(kFirst, message(update(nlri(kFeedKp), {}, {}))).bytes();
}

TEST_F(MrtFeedTest, a_dump_that_comes_late_does_not_undo_newer_updates) {
    write("rib.0", dump_of({kFeedKp, "175.45.177.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    write("updates.1", withdrawal_at(kDump_s - 1) + withdrawal_at(kLater_s));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
    write("rib.1", dump_of({kFeedKp, "175.45.177.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
    EXPECT_EQ(feed_.counts().files, 3U);
    std::filesystem::remove(folder_.file("updates.1"));
    write("rib.2", dump_of({kFeedKp, "175.45.177.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.counts().files_failed, 0U);
}

TEST_F(MrtFeedTest, what_was_said_before_a_dump_is_in_it) {
    write("rib.1", dump_of({kFeedKp}));
    write("updates.1", withdrawal_at(kDump_s - 1));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(feed_.counts().outdated, 1U);
    write("updates.2", withdrawal_at(kDump_s));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(MrtFeedTest, a_dump_from_a_clock_that_is_ahead_does_not_silence_updates) {
    MrtBuilder ahead;
    ahead.at(static_cast<uint32_t>(now_s_) + 86'400).peers({kFirst});
    ahead.rib(kFeedKp, {{0, sequence({64500, 131279}), {}}});
    write("rib.1", ahead.bytes());
    EXPECT_TRUE(feed_.look(later()));
    write("updates.1", withdrawal_at(static_cast<uint32_t>(now_s_)));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(MrtFeedTest, a_dump_of_many_peers_is_one_pass_over_the_rib) {
    write("rib.1", dump_of_peers(2));
    write("rib.2", dump_of_peers(2));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(rib_.counts().sweeps, 2U);
}

TEST_F(MrtFeedTest, a_long_read_is_told_of) {
    struct Told final : Progress {
        void step(std::string) override { ++steps; }
        void tick(uint64_t) override { ++ticks; }
        int steps = 0, ticks = 0;
    } told;
    write("rib.1", dump_of({kFeedKp}));
    write("rib.2", dump_of({kFeedKp}));
    MrtFeed feed({folder_.path().string()}, rib_, &told);
    EXPECT_TRUE(feed.look(later()));
    EXPECT_EQ(told.steps, 2);
    EXPECT_GE(told.ticks, 2);
}

TEST_F(MrtFeedTest, what_a_collector_told_a_peer_is_no_word_of_the_peers) {
    write("rib.1", dump_of({kFeedKp}));
    MrtBuilder file;
    file.bgp4mp(kFirst, message(update(nlri(kFeedKp), {}, {})), 7);
    file.bgp4mp(kSecond,
                message(update({}, testing::path_attribute(sequence({1})), nlri("8.8.8.0/24"))), 7);
    write("updates.1", file.bytes());
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 1U);
    EXPECT_EQ(feed_.peers().known, 1U);
    EXPECT_EQ(rib_.counts().left_out[static_cast<std::size_t>(NoVote::kOfCollector)], 2U);
}

TEST_F(MrtFeedTest, a_file_that_is_still_being_written_waits) {
    write("rib.1", dump_of({"175.45.176.0/24"}));
    EXPECT_FALSE(feed_.look(now_s_));
    write(".rib.2", dump_of({"175.45.177.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(rib_.prefixes(), 1U);
}

TEST_F(MrtFeedTest, a_cut_dump_withdraws_nothing_and_is_read_again_when_it_is_whole) {
    write("rib.1", dump_of({"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    const Octetstring whole = dump_of({"175.45.176.0/24", "175.45.177.0/24"});
    write("rib.2", Octetstring(whole.begin(), whole.end() - 10));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kWithdrawn), 0U);
    EXPECT_EQ(feed_.counts().records_rejected, 1U);
    write("rib.2", whole);
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(count(Presence::kAnnounced), 2U);
    EXPECT_EQ(count(Presence::kWithdrawn), 1U);
}

TEST_F(MrtFeedTest, what_is_no_mrt_is_counted_once_and_passed_over) {
    write("notes.txt", Octetstring{'h', 'e', 'l', 'l', 'o'});
    write("rib.1", dump_of({"175.45.176.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    EXPECT_EQ(feed_.counts().files, 1U);
    EXPECT_EQ(feed_.counts().files_failed, 1U);
    EXPECT_FALSE(feed_.look(later()));
    EXPECT_EQ(feed_.counts().files_failed, 1U);
}

TEST_F(MrtFeedTest, a_source_without_a_newer_file_is_not_heard_and_withdraws_nothing) {
    write("rib.1", dump_of({"175.45.176.0/24"}));
    EXPECT_TRUE(feed_.look(later()));
    now_s_ += kMrtQuiet_s;
    feed_.look(later());
    EXPECT_EQ(feed_.peers().heard, 0U);
    EXPECT_EQ(count(Presence::kUnknown), 1U);
    EXPECT_EQ(count(Presence::kWithdrawn), 0U);
}

}  // namespace
}  // namespace lull
