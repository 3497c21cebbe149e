// Histories as CSV: what is taken, and what is refused with its place.
#include "control/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace lull {
namespace {

constexpr int64_t kNow_ns = 1'500'000'000'000'000'000;

Result<Series> parse(const std::string& text) {
    std::istringstream input(text);
    SeriesReader reader(kNow_ns);
    if (auto ok = reader.read(input, "a.csv"); !ok) return tl::unexpected(ok.error());
    return reader.finish();
}

std::string refusal(const std::string& text) {
    const auto series = parse(text);
    if (series) return "taken";
    EXPECT_EQ(series.error().kind, ErrorKind::kRefused);
    return series.error().message;
}

std::string rows(int64_t from_s, int64_t step_s, int count, const std::string& rest = "KP,1") {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += std::to_string(from_s + i * step_s) + "," + rest + "\n";
    }
    return text;
}

const std::string kHeader = "time,country,flows\n";

TEST(Series, takes_rfc_3339_and_epoch_seconds_and_any_order_of_columns) {
    const auto series = parse(
        "\xEF\xBB\xBFhealthy,bytes,country,time,sources,packets,origins\r\n"
        "1,1e6,KP,2014-12-21T12:00:00Z,4,10,1\r\n"
        "0,2e6,\"KP\", 1419163260 ,5,11,1\r\n\n");
    ASSERT_TRUE(series) << series.error().message;
    EXPECT_EQ(series->step_ns, 60'000'000'000);
    EXPECT_EQ(series->deciding, Count::kSources) << "without flows";
    ASSERT_EQ(series->rows.size(), 2U);
    EXPECT_EQ(series->rows[0].start_ns, 1'419'163'200'000'000'000);
    EXPECT_EQ(series->rows[1].deciding, 5);
    EXPECT_EQ(series->rows[1].sources, 0) << "they decide";
    EXPECT_FALSE(series->rows[1].healthy);
    EXPECT_EQ(series->countries[1].code, "KP");
}

TEST(Series, step_is_the_commonest_difference_and_rows_may_be_missing) {
    const auto series = parse(kHeader + "0,KP,1\n600,KP,1\n900,KP,1\n1200,KP,1\n90000,KP,1\n");
    ASSERT_TRUE(series) << series.error().message;
    EXPECT_EQ(series->step_ns, 300'000'000'000);
}

TEST(Series, countries_one_after_another_are_merged_by_time) {
    const auto series = parse(kHeader + rows(0, 60, 3, "KP,1") + rows(0, 60, 3, "XB,2"));
    ASSERT_TRUE(series) << series.error().message;
    ASSERT_EQ(series->rows.size(), 6U);
    EXPECT_EQ(series->rows[1].start_ns, 0);
    EXPECT_EQ(series->rows[1].deciding, 2);
    EXPECT_FALSE(series->countries[2].id) << "XB is a user's own";
}

TEST(Series, files_follow_one_another) {
    SeriesReader reader(kNow_ns);
    std::istringstream first(kHeader + rows(0, 60, 3));
    std::istringstream second(kHeader + rows(120, 60, 3));
    ASSERT_TRUE(reader.read(first, "a.csv"));
    const auto ok = reader.read(second, "b.csv");
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().message, "b.csv:2: KP has a row for 1970-01-01T00:02:00Z already");
}

TEST(Series, what_is_wrong_with_a_row_is_said_with_its_line) {
    const std::string good = kHeader + "0,KP,1\n60,KP,1\n";
    EXPECT_EQ(refusal(good + "30,KP,1\n"),
              "a.csv:4: not sorted: 1970-01-01T00:00:30Z comes after 1970-01-01T00:01:00Z for KP");
    EXPECT_EQ(refusal(good + "60,KP,1\n"),
              "a.csv:4: KP has a row for 1970-01-01T00:01:00Z already");
    EXPECT_EQ(refusal(good + "1500000001,KP,1\n"),
              "a.csv:4: 2017-07-14T02:40:01Z lies in the future");
    EXPECT_THAT(refusal(good + "120,KP,many\n"), testing::StartsWith("a.csv:4: \"many\" is not a"));
    EXPECT_THAT(refusal(good + "120,KP,\n"), testing::HasSubstr("leave the row out"));
    EXPECT_THAT(refusal(good + "120,KP,nan\n"), testing::HasSubstr("is not a number"));
    EXPECT_THAT(refusal(good + "120,KP,1e400\n"), testing::HasSubstr("is not a number"));
    EXPECT_THAT(refusal(good + "120,KP,0x10\n"), testing::HasSubstr("is not a number"));
    EXPECT_EQ(refusal(good + "120,KP,-3\n"), "a.csv:4: -3 is negative");
    EXPECT_EQ(refusal(good + "120,EU,1\n"), "a.csv:4: \"EU\" is not the code of a country");
    EXPECT_THAT(refusal(good + "120,ZZ,1\n"), testing::HasSubstr("not the code"));
    EXPECT_THAT(refusal(good + "120,kp,1\n"), testing::HasSubstr("two capital letters"));
    EXPECT_THAT(refusal(good + "soon,KP,1\n"), testing::HasSubstr("is not a time"));
    EXPECT_EQ(refusal(good + "120,KP\n"), "a.csv:4: 2 cells, where the header has 3");
    EXPECT_EQ(refusal(good + std::string(5000, '1') + "\n"), "a.csv:4: the line is too long");
    EXPECT_EQ(refusal("time,country,flows,healthy\n0,KP,1,yes\n"),
              "a.csv:2: healthy is 0 or 1, not \"yes\"");
}

TEST(Series, headers_are_strict) {
    EXPECT_THAT(refusal("time,country,flow\n"),
                testing::StartsWith("a.csv:1: \"flow\" is no column"));
    EXPECT_EQ(refusal("time,country,flows,flows\n"), "a.csv:1: the column flows is there twice");
    EXPECT_THAT(refusal("time,country,healthy\n"), testing::HasSubstr("at least one of"));
    EXPECT_THAT(refusal(""), testing::HasSubstr("is empty"));
    EXPECT_EQ(refusal(kHeader), "a.csv: has no rows");
    EXPECT_THAT(refusal(kHeader + "0,KP,1\n0,IR,1\n"), testing::HasSubstr("no step"));
}

TEST(Series, a_step_that_changes_is_refused_where_it_does) {
    EXPECT_EQ(refusal(kHeader + rows(0, 60, 10) + rows(600 + 30, 90, 3)),
              "a.csv:12: the step changes: 1m30s after the row before, 1m elsewhere");
    EXPECT_EQ(refusal(kHeader + rows(0, 60, 10) + rows(660, 120, 8)),
              "a.csv:12: the step changes: 2m after the row before, 1m elsewhere");
    EXPECT_THAT(refusal(kHeader + rows(0, 60, 3) + rows(30, 60, 3, "IR,1")),
                testing::HasSubstr("not on the grid"));
    EXPECT_THAT(refusal(kHeader + rows(0, 86400, 3)), testing::HasSubstr("a step of 1d"));
}

}  // namespace
}  // namespace lull
