#include "control/origins/country_ranges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CountryPrefixes> read(const std::string& text) {
    std::istringstream input(text);
    return read_country_ranges(input, "geoip");
}

std::vector<std::string> prefixes(const std::string& text) {
    const auto read_in = read(text);
    EXPECT_TRUE(read_in.has_value()) << (read_in ? "" : read_in.error().message);
    std::vector<std::string> all;
    if (!read_in) return all;
    EXPECT_EQ(read_in->rejected.count, 0U);
    for (const PrefixRecord& record : read_in->prefixes) {
        EXPECT_EQ(record.asn, 0U);
        EXPECT_EQ(record.kind, SourceKind::kCountryRanges);
        EXPECT_FALSE(record.states_class);
        all.push_back(fmt::format("{} {}", format_prefix(record.prefix),
                                  country(record.country.value_or(kCountryUnknown)).code));
    }
    return all;
}

TEST(CountryRanges, both_of_tors_files_and_dotted_ranges_are_read) {
    EXPECT_THAT(prefixes("# This file has been converted\n"
                         "2939006976,2939007999,KP\n"
                         "2a06:1287:203::,2a06:1287:204:ffff:ffff:ffff:ffff:ffff,KP\n"
                         "\"1.0.1.0\",\"1.0.3.255\",\"CN\"\n"
                         "16777216,16777471,??\n"
                         "5.0.0.0,5.0.0.0,EU\n"),
                ElementsAre("175.45.176.0/22 KP", "2a06:1287:203::/48 KP", "2a06:1287:204::/48 KP",
                            "1.0.1.0/24 CN", "1.0.2.0/23 CN", "5.0.0.0/32 ZZ"));
}

TEST(CountryRanges, the_ends_of_the_address_space_are_ends) {
    EXPECT_THAT(prefixes("0,4294967295,US\n"), ElementsAre("0.0.0.0/0 US"));
    EXPECT_THAT(prefixes("4294967295,4294967295,US\n"), ElementsAre("255.255.255.255/32 US"));
    EXPECT_THAT(prefixes("::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,US\n"),
                ElementsAre("::/0 US"));
    EXPECT_THAT(prefixes("2a00::ffff:ffff:ffff:ffff,2a00:0:0:1::,US\n"),
                ElementsAre("2a00::ffff:ffff:ffff:ffff/128 US", "2a00:0:0:1::/128 US"));
}

TEST(CountryRanges, bad_lines_are_counted_with_their_place_and_the_rest_is_kept) {
    const auto read_in = read(
        "1.0.0.0,1.0.0.255,AU\n"
        "1.0.0.255,1.0.0.0,AU\n"
        "1.0.0.0,::1,AU\n"
        "1.0.0.0,1.0.0.255\n"
        "1.0.0.0,1.0.0.255,Australia\n"
        "-1,5,AU\n"
        "4294967296,4294967297,AU\n"
        "1.0.0.0,1.0.0.255,AU");
    ASSERT_TRUE(read_in.has_value());
    EXPECT_EQ(read_in->records, 1U);
    EXPECT_EQ(read_in->rejected.count, 7U);
    EXPECT_THAT(read_in->rejected.first.front(), HasSubstr("geoip:2: the range ends before it"));
}

TEST(CountryRanges, a_file_without_countries_is_refused) {
    EXPECT_THAT(read("").error().message, HasSubstr("no range with a country"));
    EXPECT_THAT(read("a,b,c\n").error().message, HasSubstr("first geoip:1"));
}

/// Debian's tor-geoipdb.
TEST(CountryRanges, tors_own_files_are_read_whole) {
    for (const char* path : {"/usr/share/tor/geoip", "/usr/share/tor/geoip6"}) {
        if (!std::filesystem::exists(path)) {
            GTEST_SKIP() << "SKIPPED: no " << path << " (apt-get install tor-geoipdb)";
        }
        std::ifstream file(path, std::ios::binary);
        const auto read_in = read_country_ranges(file, path);
        ASSERT_TRUE(read_in.has_value()) << read_in.error().message;
        EXPECT_EQ(read_in->rejected.count, 0U);
        EXPECT_GT(read_in->records, 100'000U);
        std::cout << path << ": " << read_in->records << " ranges, " << read_in->prefixes.size()
                  << " prefixes\n";
    }
}

}  // namespace
}  // namespace lull
