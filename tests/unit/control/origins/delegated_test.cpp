#include "control/origins/delegated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/support/shared_data.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<CountryPrefixes> read(const std::string& text) {
    std::istringstream input(text);
    return read_delegated(input, "d.txt");
}

std::vector<std::string> prefixes(const std::string& text) {
    const auto read_in = read(text);
    EXPECT_TRUE(read_in.has_value()) << (read_in ? "" : read_in.error().message);
    std::vector<std::string> all;
    if (!read_in) return all;
    EXPECT_EQ(read_in->rejected.count, 0U);
    for (const PrefixRecord& record : read_in->prefixes) {
        EXPECT_EQ(record.asn, 0U);
        EXPECT_FALSE(record.states_class);
        all.push_back(fmt::format("{} {}", format_prefix(record.prefix),
                                  country(record.country.value_or(kCountryUnknown)).code));
    }
    return all;
}

TEST(Delegated, held_blocks_give_a_country) {
    EXPECT_THAT(prefixes("# conditions of use\n"
                         "2|apnic|20190911|62204|19830613|20190910|+1000\n"
                         "apnic|*|ipv4|*|4|summary\n"
                         "apnic|KP|asn|131279|1|20091221|allocated\n"
                         "apnic|KP|ipv4|175.45.176.0|1024|20091221|allocated\n"
                         "lacnic||ipv4|24.152.0.0|32768||reserved|\n"
                         "lacnic|BR|ipv6|2001:1280::|32|20001231|assigned|8341\n"
                         "ripencc|EU|ipv4|193.0.0.0|256|19930901|assigned\n"),
                ElementsAre("175.45.176.0/22 KP", "2001:1280::/32 BR", "193.0.0.0/24 ZZ"));
}

TEST(Delegated, a_count_that_is_no_power_of_two_is_several_prefixes) {
    EXPECT_THAT(prefixes("arin|US|ipv4|192.0.3.0|1280|19930901|allocated\n"),
                ElementsAre("192.0.3.0/24 US", "192.0.4.0/22 US"));
    EXPECT_THAT(prefixes("arin|US|ipv4|255.255.255.255|1|19930901|allocated\n"),
                ElementsAre("255.255.255.255/32 US"));
    EXPECT_THAT(prefixes("arin|US|ipv4|0.0.0.0|4294967296|19930901|allocated\n"),
                ElementsAre("0.0.0.0/0 US"));
}

TEST(Delegated, bad_lines_are_counted_with_their_place_and_the_rest_is_kept) {
    const auto read_in = read(
        "apnic|KP|ipv4|175.45.176.0|1024|20091221|allocated\n"
        "apnic|KP|ipv4\n"
        "apnic|Kp|ipv4|175.45.176.0|1024|20091221|allocated\n"
        "apnic|KP|ipv4|175.45.176|1024|20091221|allocated\n"
        "apnic|KP|ipv4|175.45.176.0|-1|20091221|allocated\n"
        "apnic|KP|ipv4|175.45.176.0|0|20091221|allocated\n"
        "apnic|KP|ipv4|255.0.0.0|4294967295|20091221|allocated\n"
        "apnic|KP|ipv4|2001::|32|20091221|allocated\n"
        "apnic|KP|ipv6|2001:db8::1|32|20091221|allocated\n"
        "apnic|KP|ipv6|2001:db8::|129|20091221|allocated\n"
        "apnic|KP|ipv7|1.0.0.0|256|20091221|allocated\n"
        "apnic|KP|ipv4|175.45.176.0|1024|20091221|allo");
    ASSERT_TRUE(read_in.has_value());
    EXPECT_EQ(read_in->records, 1U);
    EXPECT_EQ(read_in->rejected.count, 11U);
    EXPECT_THAT(read_in->rejected.first.front(), HasSubstr("d.txt:2: not registry|cc|type"));
}

TEST(Delegated, a_file_without_addresses_is_refused) {
    EXPECT_THAT(read("").error().message, HasSubstr("no delegated addresses"));
    EXPECT_THAT(read("a|b\n").error().message, HasSubstr("first d.txt:1"));
}

TEST(Delegated, real_files_of_registries_are_read_whole) {
    const auto folder = testing::shared_data() / "rir";
    if (!std::filesystem::is_directory(folder)) {
        std::cout << "SKIPPED: " << folder << " is not there\n";
        GTEST_SKIP();
    }
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("delegated-")) continue;
        std::ifstream file(entry.path(), std::ios::binary);
        const auto read_in = read_delegated(file, name);
        if (name.find("iana") != std::string::npos) {
            EXPECT_FALSE(read_in.has_value()) << "IANA gives to registries, in no country";
            continue;
        }
        ASSERT_TRUE(read_in.has_value()) << read_in.error().message;
        EXPECT_EQ(read_in->rejected.count, 0U)
            << (read_in->rejected.first.empty() ? "" : read_in->rejected.first.front());
        std::cout << name << ": " << read_in->records << " blocks, " << read_in->prefixes.size()
                  << " prefixes\n";
        ++seen;
    }
    EXPECT_EQ(seen, 3U);
}

}  // namespace
}  // namespace lull
