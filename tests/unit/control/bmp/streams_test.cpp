// Real streams of routers of four makes: types as EXPECTED.txt counts them, and every route read.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "control/bmp/session.h"
#include "tests/support/bmp_builder.h"
#include "tests/support/bmp_told.h"
#include "tests/support/shared_data.h"

namespace lull::testing {
namespace {

struct Capture {
    BmpCounts counts;
    uint64_t streams = 0;
    uint64_t cut_streams = 0;
};

Octetstring read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// "pmacct-200-….stream1.bmp" belongs to "pmacct-200-….pcap".
std::string capture_of(const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return name.substr(0, name.find(".stream")) + ".pcap";
}

std::map<std::string, Capture> read_all(const std::filesystem::path& folder) {
    std::map<std::string, Capture> captures;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".bmp") continue;
        BmpTold told;
        told.keep_routes = false;
        BmpRouters routers;
        BmpSession session(*parse_address("192.0.2.9"), routers, told);
        const Octetstring stream = read_file(entry.path());
        session.feed(stream, 1);
        Capture& capture = captures[capture_of(entry.path())];
        capture.counts += session.counts();
        ++capture.streams;
        capture.cut_streams += session.inside_message() ? 1 : 0;
        EXPECT_EQ(told.routes, session.counts().announced + session.counts().withdrawn);
    }
    return captures;
}

uint64_t number_after(const std::string& line, const std::string& words) {
    std::smatch found;
    const std::regex pattern(words + "'?:? (\\d+)");
    return std::regex_search(line, found, pattern) ? std::stoull(found[1]) : 0;
}

TEST(BmpStreams, types_are_as_expected_and_every_route_is_read) {
    const auto folder = shared_data() / "bmp";
    std::ifstream expected(folder / "EXPECTED.txt");
    if (!expected) GTEST_SKIP() << "SKIPPED: no " << folder << ": BMP streams are NOT compared";
    const auto captures = read_all(folder);
    const std::array<const char*, kBmpTypes> kNames{"RouteMonitoring", "StatsReport", "PeerDown",
                                                    "PeerUp",          "Initiation",  "Termination",
                                                    "RouteMirroring",  "Unknown"};
    std::string line;
    uint64_t streams = 0;
    BmpCounts all;
    while (std::getline(expected, line)) {
        const std::string name = line.substr(0, line.find(' '));
        ASSERT_TRUE(captures.contains(name)) << name;
        const Capture& capture = captures.at(name);
        EXPECT_EQ(capture.streams, number_after(line, "streams")) << name;
        EXPECT_EQ(capture.cut_streams, number_after(line, "unparsed_tail_streams")) << name;
        for (std::size_t i = 0; i < kBmpTypes; ++i) {
            EXPECT_EQ(capture.counts.messages[i], number_after(line, kNames[i]))
                << name << kNames[i];
        }
        EXPECT_EQ(capture.counts.problems_total(), 0U) << name;
        all += capture.counts;
        streams += capture.streams;
    }
    EXPECT_EQ(streams, 58U);
    EXPECT_EQ(all.announced, 5932U);
    EXPECT_EQ(all.withdrawn, 41U);
    // Huawei has a Peer Up for each table and family, which is no new BGP session.
    EXPECT_EQ(all.said_again, 162U);
    EXPECT_EQ(all.up_again, 1U);
    // The captures of one type each have their Peer Ups elsewhere, and with them ADD-PATH.
    EXPECT_EQ(all.without_peer_up, 143U);
    EXPECT_EQ(all.add_path_guessed, 4U);
    // FRR's VPN routes of its own.
    EXPECT_EQ(all.as_width_guessed, 7U);
}

}  // namespace
}  // namespace lull::testing
