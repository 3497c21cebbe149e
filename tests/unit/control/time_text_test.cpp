// Times and durations: what is accepted, what is refused, and that text and value round-trip.
#include "control/time_text.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <ctime>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace lull {
namespace {

constexpr int64_t kNs = 1'000'000'000;

TEST(TimeText, reads_the_forms_of_rfc_3339) {
    EXPECT_EQ(parse_time_ns("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_time_ns("2014-12-22T16:15:00Z"), 1'419'264'900 * kNs);
    EXPECT_EQ(parse_time_ns("2014-12-22t16:15:00z"), 1'419'264'900 * kNs);
    EXPECT_EQ(parse_time_ns("2014-12-23T01:15:00+09:00"), 1'419'264'900 * kNs);
    EXPECT_EQ(parse_time_ns("2014-12-22T12:45:00-03:30"), 1'419'264'900 * kNs);
    EXPECT_EQ(parse_time_ns("2014-12-22T16:15:00-00:00"), 1'419'264'900 * kNs);
    EXPECT_EQ(parse_time_ns("2014-12-22T16:15:00.5Z"), 1'419'264'900 * kNs + kNs / 2);
    EXPECT_EQ(parse_time_ns("2014-12-22T16:15:00.000000001Z"), 1'419'264'900 * kNs + 1);
    EXPECT_EQ(parse_time_ns("1969-12-31T23:59:59.25Z"), -kNs + kNs / 4);
    EXPECT_EQ(parse_time_ns("2016-02-29T00:00:00Z"), 1'456'704'000 * kNs);
}

TEST(TimeText, refuses_what_is_not_a_time) {
    const std::vector<std::string> wrong{"",
                                         "Z",
                                         "now",
                                         "0",
                                         "1419264900",
                                         "2014-12-22",
                                         "2014-12-22T16:15Z",
                                         "2014-12-22T16:15:00",
                                         "2014-12-22 16:15:00Z",
                                         "2014-12-22T16:15:00 Z",
                                         " 2014-12-22T16:15:00Z",
                                         "2014-12-22T16:15:00Z ",
                                         "2014-12-22T16:15:00ZZ",
                                         "2014-12-22T24:00:00Z",
                                         "2014-12-22T16:60:00Z",
                                         "2014-12-22T16:15:60Z",
                                         "2014-00-22T16:15:00Z",
                                         "2014-13-22T16:15:00Z",
                                         "2014-12-00T16:15:00Z",
                                         "2014-12-32T16:15:00Z",
                                         "2014-02-29T16:15:00Z",
                                         "1900-02-29T00:00:00Z",
                                         "2014-12-22T16:15:00.Z",
                                         "2014-12-22T16:15:00.0000000001Z",
                                         "2014-12-22T16:15:00,5Z",
                                         "2014-12-22T16:15:00+24:00",
                                         "2014-12-22T16:15:00+09:60",
                                         "2014-12-22T16:15:00+0900",
                                         "2014-12-22T16:15:00+09",
                                         "2014-12-22T16:15:00+9:00",
                                         "14-12-22T16:15:00Z",
                                         "+2014-12-22T16:15:00Z",
                                         "-014-12-22T16:15:00Z",
                                         "2014-1-22T16:15:00Z",
                                         "2014-12-22T1 :15:00Z",
                                         "2014-12-22T-1:15:00Z",
                                         "1677-01-01T00:00:00Z",
                                         "2262-01-01T00:00:00Z",
                                         "9999-12-31T23:59:59Z",
                                         std::string("2014-12-22T16:15:00Z\0", 21)};
    for (const std::string& text : wrong) {
        const auto result = parse_time_ns(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().kind, ErrorKind::kRefused) << text;
        EXPECT_NE(result.error().message.find("2014-12-22T16:15:00Z"), std::string::npos);
    }
}

TEST(TimeText, every_cut_of_a_time_is_refused) {
    const std::string whole = "2014-12-22T16:15:00.250+09:00";
    ASSERT_TRUE(parse_time_ns(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_time_ns(whole.substr(0, size))) << whole.substr(0, size);
    }
}

TEST(TimeText, every_single_byte_change_is_refused_or_another_valid_time) {
    const std::string whole = "2014-12-22T16:15:00Z";
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string changed = whole;
            changed[at] = static_cast<char>(byte);
            const auto result = parse_time_ns(changed);
            if (!result) continue;
            // What is accepted differs in a digit, or in the case of a letter.
            for (char& c : changed) c = c == 't' ? 'T' : c == 'z' ? 'Z' : c;
            EXPECT_EQ(format_time(*result), changed);
        }
    }
}

TEST(TimeText, formats_without_needless_fractions) {
    EXPECT_EQ(format_time(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format_time(1'419'264'900 * kNs), "2014-12-22T16:15:00Z");
    EXPECT_EQ(format_time(1'419'264'900 * kNs + 250'000'000), "2014-12-22T16:15:00.25Z");
    EXPECT_EQ(format_time(1), "1970-01-01T00:00:00.000000001Z");
    EXPECT_EQ(format_time(-1), "1969-12-31T23:59:59.999999999Z");
    EXPECT_EQ(format_time(std::numeric_limits<int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
    EXPECT_EQ(format_time(std::numeric_limits<int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

TEST(TimeText, times_round_trip_and_agree_with_the_c_library) {
    std::mt19937_64 random(20141222);
    const int64_t low = *parse_time_ns("1678-01-01T00:00:00Z");
    const int64_t high = *parse_time_ns("2261-12-31T23:59:59.999999999Z");
    std::uniform_int_distribution<int64_t> any(low, high);
    for (int i = 0; i < 20'000; ++i) {
        const int64_t ns = i % 2 == 0 ? any(random) : any(random) / kNs * kNs;
        ASSERT_EQ(parse_time_ns(format_time(ns)), ns) << format_time(ns);
        int64_t seconds = ns / kNs - (ns % kNs < 0 ? 1 : 0);
        const std::time_t second = seconds;
        std::tm tm{};
        ASSERT_NE(gmtime_r(&second, &tm), nullptr);
        std::array<char, 32> text{};
        ASSERT_GT(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm), 0U);
        ASSERT_EQ(format_time(ns).substr(0, 19), text.data());
    }
}

TEST(DurationText, reads_units_and_their_sums) {
    EXPECT_EQ(parse_duration_s("0"), 0.0);
    EXPECT_EQ(parse_duration_s("0s"), 0.0);
    EXPECT_EQ(parse_duration_s("10s"), 10.0);
    EXPECT_EQ(parse_duration_s("5m"), 300.0);
    EXPECT_EQ(parse_duration_s("1h"), 3600.0);
    EXPECT_EQ(parse_duration_s("7d"), 604800.0);
    EXPECT_EQ(parse_duration_s("400d"), 34560000.0);
    EXPECT_EQ(parse_duration_s("1h30m"), 5400.0);
    EXPECT_EQ(parse_duration_s("9h31m"), 34260.0);
    EXPECT_EQ(parse_duration_s("500ms"), 0.5);
    EXPECT_EQ(parse_duration_s("1d2h3m4s5ms"), 93784.005);
    EXPECT_EQ(parse_duration_s("90m"), 5400.0);
    EXPECT_EQ(parse_duration_s("36500d"), 3153600000.0);
}

TEST(DurationText, refuses_what_is_not_a_duration) {
    const std::vector<std::string> wrong{"",
                                         "s",
                                         "10",
                                         "1",
                                         "00",
                                         "0 ",
                                         " 10s",
                                         "10s ",
                                         "10 s",
                                         "-10s",
                                         "+10s",
                                         "1.5h",
                                         "10S",
                                         "1H",
                                         "10sec",
                                         "1w",
                                         "1y",
                                         "10us",
                                         "30m1h",
                                         "1h1h",
                                         "1s1m",
                                         "1ms1s",
                                         "1h 30m",
                                         "1h30",
                                         "h1",
                                         "1mm",
                                         "36501d",
                                         "36500d1ms",
                                         "9999999999999999s",
                                         "999999999999999d",
                                         "1e3s",
                                         "0x10s",
                                         "ten s",
                                         std::string("10s\0", 4)};
    for (const std::string& text : wrong) {
        const auto result = parse_duration_s(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().kind, ErrorKind::kRefused);
        EXPECT_NE(result.error().message.find("10s 5m"), std::string::npos);
    }
}

TEST(DurationText, formats_the_largest_units_first) {
    EXPECT_EQ(format_duration(0), "0s");
    EXPECT_EQ(format_duration(10), "10s");
    EXPECT_EQ(format_duration(60), "1m");
    EXPECT_EQ(format_duration(34260), "9h31m");
    EXPECT_EQ(format_duration(90061.5), "1d1h1m1s500ms");
    EXPECT_EQ(format_duration(0.0004), "0s");
    EXPECT_EQ(format_duration(-30), "-30s");
    EXPECT_EQ(format_duration(1e300), ">36500d");
    EXPECT_EQ(format_duration(-1e300), "<-36500d");
    EXPECT_EQ(format_duration(std::numeric_limits<double>::infinity()), ">36500d");
    EXPECT_EQ(format_duration(std::numeric_limits<double>::quiet_NaN()), "unknown");
}

TEST(DurationText, durations_round_trip_to_the_millisecond) {
    std::mt19937_64 random(1);
    for (const int64_t limit : {int64_t{2'000}, int64_t{100'000'000}, int64_t{3'153'600'000'000}}) {
        std::uniform_int_distribution<int64_t> any(0, limit);
        for (int i = 0; i < 5'000; ++i) {
            const double seconds = static_cast<double>(any(random)) / 1000.0;
            ASSERT_EQ(parse_duration_s(format_duration(seconds)), seconds);
        }
    }
}

}  // namespace
}  // namespace lull
