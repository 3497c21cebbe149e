#include "control/origins/geofeed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CountryPrefixes> read(const std::string& text) {
    std::istringstream input(text);
    return read_geofeed(input, "feed.csv", 64500);
}

TEST(Geofeed, lines_give_prefixes_and_addresses_a_country) {
    const auto feed = read(
        "\xef\xbb\xbf# prefix,country,region,city,postal\r\n"
        "193.0.0.0/16,NL,NL-NH,Amsterdam,\r\n"
        "193.1.2.3,ie\r\n"
        "\"2a00:1450::/32\",\"US\",US-CA,\"Mountain View, really\",\n"
        "193.2.0.0/16,,,,\n"
        "193.3.0.0/16,EU\n");
    ASSERT_TRUE(feed.has_value()) << feed.error().message;
    EXPECT_EQ(feed->records, 5U);
    EXPECT_EQ(feed->rejected.count, 0U);
    std::vector<std::string> all;
    for (const PrefixRecord& record : feed->prefixes) {
        EXPECT_EQ(record.asn, 64500U);
        EXPECT_EQ(record.kind, SourceKind::kGeofeed);
        all.push_back(fmt::format("{} {}", format_prefix(record.prefix),
                                  country(record.country.value_or(kCountryUnknown)).code));
    }
    EXPECT_THAT(all, ElementsAre("193.0.0.0/16 NL", "193.1.2.3/32 IE", "2a00:1450::/32 US",
                                 "193.3.0.0/16 ZZ"));
}

TEST(Geofeed, bad_lines_are_counted_with_their_place_and_the_rest_is_kept) {
    const auto feed = read(
        "193.0.0.0/16,NL\n"
        "193.0.0.0/16,DE\n"
        "193.0.0.1/16,NL\n"
        "193.0.0.0/33,NL\n"
        "here,NL\n"
        "193.4.0.0/16,NLD\n"
        "193.4.0.0/16,N1\n"
        "193.5.0.0/16,N");
    ASSERT_TRUE(feed.has_value());
    EXPECT_EQ(feed->records, 1U);
    EXPECT_EQ(country(*feed->prefixes.at(0).country).code, "NL");
    EXPECT_EQ(feed->rejected.count, 7U);
    EXPECT_THAT(feed->rejected.first.front(), HasSubstr("feed.csv:2: the prefix is given twice"));
}

TEST(Geofeed, a_feed_that_places_nothing_is_refused) {
    EXPECT_THAT(read("").error().message, HasSubstr("no prefix with a country"));
    EXPECT_THAT(read("193.0.0.0/16,\n").error().message, HasSubstr("no prefix with a country"));
}

TEST(Geofeed, its_name_may_say_whose_it_is) {
    EXPECT_EQ(parse_geofeed_name("AS64500=a=b.csv").asn, 64500U);
    EXPECT_EQ(parse_geofeed_name("AS64500=a=b.csv").path, "a=b.csv");
    for (const char* path : {"feed.csv", "x=y.csv", "ASx=y.csv", "AS0=y.csv", "64500=y.csv"}) {
        EXPECT_EQ(parse_geofeed_name(path).asn, 0U) << path;
        EXPECT_EQ(parse_geofeed_name(path).path, path);
    }
}

}  // namespace
}  // namespace lull
