#include "control/mrt/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/support/mrt_builder.h"
#include "tests/support/shared_data.h"

namespace lull {
namespace {

using testing::operator+;
using testing::BuiltPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message;
using testing::MrtBuilder;
using testing::nlri;
using testing::Octetstring;
using testing::OctetWriter;
using testing::path_attribute;
using testing::sequence;
using testing::update;

/// "A 192.0.2.9 AS64500 175.45.178.0/24: 64500 4837 131279", a route each.
class Listing final : public RouteSink {
  public:
    void route(const MrtRoute& route) override {
        std::string line(1, route.kind == RouteKind::kTable      ? 'B'
                            : route.kind == RouteKind::kAnnounce ? 'A'
                                                                 : 'W');
        line += fmt::format(" {} AS{} {}", format_address(route.peer.address), route.peer.asn,
                            format_prefix(route.nlri.prefix));
        if (route.nlri.path_id) line += fmt::format(" path {}", *route.nlri.path_id);
        if (route.kind != RouteKind::kWithdraw) line += ": " + route.path.text();
        lines.push_back(line);
    }
    std::vector<std::string> lines;
};

struct Done {
    std::vector<std::string> lines;
    MrtReport report;
    [[nodiscard]] uint64_t records(RecordKind kind) const {
        return report.counts.records[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] uint64_t problems(RouteProblem problem) const {
        return report.counts.problems[static_cast<std::size_t>(problem)];
    }
};

Done read(const std::string& bytes) {
    std::istringstream raw(bytes);
    Listing listing;
    Done done;
    done.report = read_mrt(raw, "f.mrt", listing);
    done.lines = std::move(listing.lines);
    return done;
}

const BuiltPeer kPeer{"192.0.2.9", 64500};
const std::vector<BuiltPeer> kPeers{{"192.0.2.1", 64500}, {"2001:db8::1", 70000}};

TEST(MrtReader, every_kind_of_record_is_read_and_counted) {
    const auto done = read(testing::one_of_everything().text());
    EXPECT_THAT(done.lines, ElementsAre("B 192.0.2.1 AS64500 175.45.176.0/24: 64500 4837 131279",
                                        "B 2001:db8::1 AS70000 175.45.176.0/24: 70000 131279",
                                        "B 2001:db8::1 AS70000 2a00:1450::/32: 70000 15169",
                                        "B 192.0.2.1 AS64500 1.1.1.0/24 path 1: 64500 13335",
                                        "B 192.0.2.1 AS64500 1.1.1.0/24 path 2: 64500 13336",
                                        "B 192.0.2.9 AS64500 175.45.177.0/24: 64500 4837 131279",
                                        "B 2001:db8::9 AS64500 2001:4860::/32: 64500 15169",
                                        "W 192.0.2.9 AS64500 8.8.8.0/24",
                                        "A 192.0.2.9 AS64500 175.45.178.0/24: 64500 4837 131279",
                                        "A 192.0.2.9 AS64500 175.45.179.0/24: 64500 4837 131279",
                                        "A 2001:db8::9 AS70000 2a02:26f0::/32: 64500 4837 131279",
                                        "A 192.0.2.9 AS64500 9.9.9.0/24 path 7: 64500 4837 131279",
                                        "A 192.0.2.9 AS64500 9.9.8.0/24: 64500 4837 23456"));
    EXPECT_EQ(done.report.rejected.count, 0U);
    EXPECT_EQ(done.records(RecordKind::kPeerTable), 1U);
    EXPECT_EQ(done.records(RecordKind::kTable), 5U);
    EXPECT_EQ(done.records(RecordKind::kUpdate), 4U);
    EXPECT_EQ(done.records(RecordKind::kOtherMessage), 1U);
    EXPECT_EQ(done.records(RecordKind::kStateChange), 1U);
    EXPECT_EQ(done.records(RecordKind::kOtherFamily), 1U);
    EXPECT_EQ(done.records(RecordKind::kUnknown), 1U);
}

TEST(MrtReader, microseconds_of_extended_records_are_kept) {
    struct Times final : RouteSink {
        void route(const MrtRoute& route) override { us = route.time_us; }
        uint32_t us = 0;
    } times;
    MrtBuilder file;
    file.bgp4mp(kPeer, message(update(nlri("8.8.8.0/24"), {}, {})), 4, 17);
    std::istringstream raw(file.text());
    read_mrt(raw, "f.mrt", times);
    EXPECT_EQ(times.us, 250'000U);
}

TEST(MrtReader, what_a_collector_sent_itself_is_read_like_the_rest) {
    MrtBuilder file;
    file.bgp4mp(kPeer, message(update({}, path_attribute(sequence({1})), nlri("8.8.8.0/24"))), 7);
    file.bgp4mp(kPeer, message(update({}, path_attribute(sequence({1})), nlri("8.8.4.0/24", 3))),
                11);
    EXPECT_THAT(read(file.text()).lines, ElementsAre("A 192.0.2.9 AS64500 8.8.8.0/24: 1",
                                                     "A 192.0.2.9 AS64500 8.8.4.0/24 path 3: 1"));
}

TEST(MrtReader, generic_ribs_are_read_for_unicast_and_counted_for_the_rest) {
    const Octetstring entry = testing::rib_entries({{0, sequence({1, 2}), {}}});
    const Octetstring entry_with_id = testing::rib_entries({{0, sequence({1, 2}), 9}});
    MrtBuilder file;
    file.peers(kPeers);
    file.record(13, 6,
                OctetWriter().u32(0).u16(1).u8(1).octets(nlri("8.8.8.0/24") + entry).bytes());
    file.record(13, 6, OctetWriter().u32(0).u16(1).u8(128).octets({1, 2, 3}).bytes());
    // RFC 8050 puts the path identifier before the prefix, GoBGP and OpenBGPD into the entry.
    file.record(13, 12,
                OctetWriter().u32(0).u16(1).u8(1).octets(nlri("8.8.7.0/24", 9) + entry).bytes());
    file.record(
        13, 12,
        OctetWriter().u32(0).u16(1).u8(1).octets(nlri("8.8.6.0/24") + entry_with_id).bytes());
    const auto done = read(file.text());
    EXPECT_THAT(done.lines, ElementsAre("B 192.0.2.1 AS64500 8.8.8.0/24: 1 2",
                                        "B 192.0.2.1 AS64500 8.8.7.0/24 path 9: 1 2",
                                        "B 192.0.2.1 AS64500 8.8.6.0/24 path 9: 1 2"));
    EXPECT_EQ(done.records(RecordKind::kOtherFamily), 1U);
    EXPECT_EQ(done.report.rejected.count, 0U);
}

TEST(MrtReader, deprecated_table_entries_are_read) {
    const auto attributes = path_attribute(sequence({64500, 13335}), AsWidth::kTwo);
    const Octetstring body = OctetWriter()
                                 .u16(64500)
                                 .u16(64999)
                                 .u16(0)
                                 .u16(1)
                                 .address("192.0.2.9")
                                 .address("192.0.2.254")
                                 .u16(0)
                                 .u16(1)
                                 .u32(0)
                                 .u16(1)
                                 .u8(1)
                                 .u8(4)
                                 .address("192.0.2.1")
                                 .octets(nlri("1.1.1.0/24"))
                                 .u16(static_cast<unsigned>(attributes.size()))
                                 .octets(attributes)
                                 .bytes();
    EXPECT_THAT(read(MrtBuilder().record(16, 2, body).text()).lines,
                ElementsAre("B 192.0.2.9 AS64500 1.1.1.0/24: 64500 13335"));
}

TEST(MrtReader, add_path_that_the_record_does_not_tell_of_is_recognised) {
    const auto path = path_attribute(sequence({64500, 13335}));
    MrtBuilder file;
    file.bgp4mp(kPeer, message(update({}, path, nlri("172.17.0.0/24", 1) + nlri("9.9.9.0/24", 2))));
    const auto done = read(file.text());
    EXPECT_THAT(done.lines, ElementsAre("A 192.0.2.9 AS64500 172.17.0.0/24 path 1: 64500 13335",
                                        "A 192.0.2.9 AS64500 9.9.9.0/24 path 2: 64500 13335"));
    EXPECT_EQ(done.report.counts.add_path_guessed, 1U);
}

TEST(MrtReader, a_bad_record_is_told_with_its_place_and_the_rest_is_kept) {
    MrtBuilder file;
    file.peers(kPeers);
    const std::size_t place = file.bytes().size();
    file.record(13, 2, OctetWriter().u32(0).u8(33).u32(0).u8(0).u16(0).bytes());
    file.rib("8.8.8.0/24", {{0, sequence({15169}), {}}});
    const auto done = read(file.text());
    EXPECT_THAT(done.lines, ElementsAre("B 192.0.2.1 AS64500 8.8.8.0/24: 15169"));
    EXPECT_EQ(done.problems(RouteProblem::kPrefixLength), 1U);
    EXPECT_THAT(done.report.rejected.first,
                ElementsAre(fmt::format(
                    "f.mrt: record 2 at byte {}: a prefix length above 32 or 128", place)));
}

TEST(MrtReader, of_a_rib_only_the_bad_entry_is_lost) {
    MrtBuilder file;
    file.peers(kPeers);
    file.rib("8.8.8.0/24",
             {{0, sequence({1}), {}}, {7, sequence({2}), {}}, {1, sequence({3}), {}}});
    const auto done = read(file.text());
    EXPECT_THAT(done.lines, ElementsAre("B 192.0.2.1 AS64500 8.8.8.0/24: 1",
                                        "B 2001:db8::1 AS70000 8.8.8.0/24: 3"));
    EXPECT_EQ(done.problems(RouteProblem::kPeerIndex), 1U);
}

TEST(MrtReader, routes_before_their_peers_are_refused) {
    const auto done = read(MrtBuilder().rib("8.8.8.0/24", {{0, sequence({1}), {}}}).text());
    EXPECT_THAT(done.lines, IsEmpty());
    EXPECT_EQ(done.problems(RouteProblem::kNoPeerTable), 1U);
}

TEST(MrtReader, a_length_that_cannot_be_ends_the_reading) {
    MrtBuilder file;
    file.peers(kPeers).rib("8.8.8.0/24", {{0, sequence({1}), {}}});
    const auto done =
        read(file.text() + std::string("\0\0\0\0\0\x0d\0\x02\xff\xff\xff\xff", 12) + file.text());
    EXPECT_EQ(done.lines.size(), 1U);
    EXPECT_EQ(done.problems(RouteProblem::kRecordTooLong), 1U);
}

TEST(MrtReader, octets_behind_the_fields_are_told_and_the_route_is_kept) {
    const Octetstring entry = testing::rib_entries({{0, sequence({1}), {}}});
    MrtBuilder file;
    file.peers(kPeers);
    file.record(13, 2, OctetWriter().u32(0).octets(nlri("8.8.8.0/24") + entry).u8(0).bytes());
    const auto done = read(file.text());
    EXPECT_EQ(done.lines.size(), 1U);
    EXPECT_EQ(done.problems(RouteProblem::kRecordTrailing), 1U);
}

TEST(MrtReader, an_empty_file_holds_nothing) {
    const auto done = read("");
    EXPECT_THAT(done.lines, IsEmpty());
    EXPECT_EQ(done.report.rejected.count, 0U);
    EXPECT_EQ(done.report.counts.records_total(), 0U);
}

TEST(MrtReader, every_truncation_keeps_the_whole_records_and_names_the_cut_one) {
    const std::string whole = testing::one_of_everything().text();
    const auto all = read(whole);
    std::size_t clean_cuts = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto done = read(whole.substr(0, size));
        ASSERT_LE(done.lines.size(), all.lines.size());
        EXPECT_TRUE(std::equal(done.lines.begin(), done.lines.end(), all.lines.begin())) << size;
        EXPECT_LE(done.report.rejected.count, 1U) << size;
        EXPECT_EQ(done.report.rejected.count, done.problems(RouteProblem::kFileCut)) << size;
        clean_cuts += done.report.rejected.count == 0 ? 1 : 0;
    }
    EXPECT_EQ(clean_cuts, all.report.counts.records_total()) << "before each record";
}

TEST(MrtReader, every_flipped_octet_is_survived) {
    const std::string whole = testing::one_of_everything().text();
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char mask : {'\x01', '\x80', '\xff'}) {
            std::string bad = whole;
            bad[at] = static_cast<char>(bad[at] ^ mask);
            const auto done = read(bad);
            EXPECT_LE(done.lines.size(), 100U) << at;
        }
    }
}

TEST(MrtReader, damaged_dumps_of_a_collector_are_survived) {
    const auto folder = testing::shared_data() / "mrt" / "corrupt-derived";
    if (!std::filesystem::is_directory(folder)) {
        std::cout << "SKIPPED: " << folder << " is not there\n";
        GTEST_SKIP();
    }
    std::size_t seen = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().filename();
        std::ifstream raw(file.path(), std::ios::binary);
        Listing listing;
        const MrtReport report = read_mrt(raw, name, listing);
        const bool sound = name.find("intact") != std::string::npos || name == "empty.mrt" ||
                           name.find("unknown-type") != std::string::npos;
        if (name.find("bitflips") == std::string::npos) {
            EXPECT_EQ(report.rejected.count > 0, !sound) << name;
        }
        ++seen;
    }
    EXPECT_GE(seen, 28U);
}

}  // namespace
}  // namespace lull
