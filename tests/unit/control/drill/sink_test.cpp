// A capture written by the drill, read back by libpcap.
#include "control/drill/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <filesystem>

#include "tests/support/drill_world.h"

namespace lull {
namespace {

std::string temporary(const std::string& name) {
    return (std::filesystem::path(testing::TempDir()) / ("lull_" + name)).string();
}

TEST(PcapSink, a_written_capture_is_read_back_with_its_times_lengths_and_bytes) {
    const Scenario scenario = test::scenario_of(
        "name: t\nfrom: 2014-12-21T12:00:00Z\nuntil: 2014-12-21T12:01:00Z\n"
        "traffic: {flows_per_second: 20}\n");
    const OriginTable table = test::small_table();
    std::vector<std::pair<int64_t, std::vector<uint8_t>>> expected;
    auto generator = Generator::create(scenario, table, {1, {}}).value();
    test::WatchingSink watching([&](std::span<const uint8_t> bytes, int64_t time_ns) {
        expected.emplace_back(time_ns, std::vector<uint8_t>(bytes.begin(), bytes.end()));
    });
    generator->generate(scenario.from_ns, scenario.until_ns, watching);
    ASSERT_TRUE(watching.finish());

    const std::string path = temporary("drill.pcap");
    {
        auto sink = PcapSink::open(path).value();
        generator = Generator::create(scenario, table, {1, {}}).value();
        generator->generate(scenario.from_ns, scenario.until_ns, *sink);
        ASSERT_TRUE(sink->finish());
        EXPECT_EQ(sink->totals().offered, expected.size());
        EXPECT_EQ(sink->totals().sent, expected.size());
        EXPECT_EQ(sink->totals().refused, 0u);
    }
    char error[PCAP_ERRBUF_SIZE];
    pcap_t* file =
        pcap_open_offline_with_tstamp_precision(path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error);
    ASSERT_NE(file, nullptr) << error;
    EXPECT_EQ(pcap_datalink(file), DLT_EN10MB);
    pcap_pkthdr* header = nullptr;
    const u_char* bytes = nullptr;
    std::size_t read = 0;
    while (pcap_next_ex(file, &header, &bytes) == 1) {
        ASSERT_LT(read, expected.size());
        EXPECT_EQ(header->caplen, header->len);
        EXPECT_EQ(header->ts.tv_sec * int64_t{1'000'000'000} + header->ts.tv_usec,
                  expected[read].first);
        ASSERT_EQ(std::vector<uint8_t>(bytes, bytes + header->caplen), expected[read].second);
        ++read;
    }
    pcap_close(file);
    EXPECT_EQ(read, expected.size());
    EXPECT_GT(read, 1000u);
    std::filesystem::remove(path);
}

TEST(PcapSink, a_folder_that_is_not_there_is_refused_by_name) {
    const auto sink = PcapSink::open("/nonexistent/drill.pcap");
    ASSERT_FALSE(sink);
    EXPECT_THAT(sink.error().message, testing::HasSubstr("/nonexistent/drill.pcap"));
}

TEST(PcapSink, a_full_disk_is_an_error_and_what_is_lost_is_refused) {
    if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "SKIPPED: no /dev/full here";
    auto sink = PcapSink::open("/dev/full").value();
    for (int i = 0; i < 5000; ++i) {
        for (uint8_t& byte : sink->next(1000, i)) byte = 0;
    }
    const auto finished = sink->finish();
    ASSERT_FALSE(finished);
    EXPECT_THAT(finished.error().message, testing::HasSubstr("No space left"));
    const TransmitTotals totals = sink->totals();
    EXPECT_EQ(totals.offered, 5000u);
    EXPECT_EQ(totals.offered, totals.sent + totals.refused);
    EXPECT_GT(totals.refused, 0u);
}

TEST(PcapSink, a_leak_refuses_frames_until_it_ends) {
    const std::string path = temporary("leak.pcap");
    auto sink = PcapSink::open(path).value();
    for (uint8_t& byte : sink->next(60, 1)) byte = 0;
    sink->leak(Leak::kOn);
    EXPECT_TRUE(sink->next(60, 2).empty());
    sink->leak(Leak::kOff);
    for (uint8_t& byte : sink->next(60, 3)) byte = 0;
    ASSERT_TRUE(sink->finish());
    EXPECT_EQ(sink->totals().offered, 3u);
    EXPECT_EQ(sink->totals().sent, 2u);
    EXPECT_EQ(sink->totals().refused, 1u);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace lull
