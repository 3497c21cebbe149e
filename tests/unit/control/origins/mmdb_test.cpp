#include "control/origins/mmdb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/mmdb_builder.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MmdbBuilder;

Result<CountryPrefixes> read(const std::string& bytes) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("t.mmdb"), std::ios::binary) << bytes;
    return read_mmdb(folder.file("t.mmdb"));
}

std::vector<std::string> prefixes(const MmdbBuilder& builder) {
    const auto database = read(builder.bytes());
    EXPECT_TRUE(database.has_value()) << (database ? "" : database.error().message);
    std::vector<std::string> all;
    if (!database) return all;
    EXPECT_EQ(database->rejected.count, 0U);
    EXPECT_EQ(database->sha256.size(), 64U);
    for (const PrefixRecord& record : database->prefixes) {
        EXPECT_EQ(record.asn, 0U);
        EXPECT_EQ(record.kind, SourceKind::kMmdb);
        EXPECT_FALSE(record.states_class);
        all.push_back(fmt::format("{} {}", format_prefix(record.prefix),
                                  country(record.country.value_or(kCountryUnknown)).code));
    }
    return all;
}

TEST(Mmdb, networks_of_both_families_have_the_country_and_else_the_registered_one) {
    EXPECT_THAT(
        prefixes(MmdbBuilder()
                     .add("175.45.176.0/22", "KP", "CN")
                     .add("8.8.8.0/24", "", "US")
                     .add("9.9.9.0/24", "")
                     .add("2a00:1450::/29", "IE")
                     .add("77.0.0.0/8", "EU")),
        ElementsAre("8.8.8.0/24 US", "77.0.0.0/8 ZZ", "175.45.176.0/22 KP", "2a00:1450::/29 IE"));
    EXPECT_THAT(prefixes(MmdbBuilder(4).add("175.45.176.0/22", "KP")),
                ElementsAre("175.45.176.0/22 KP"));
}

TEST(Mmdb, neighbours_of_one_country_become_one_prefix) {
    EXPECT_THAT(prefixes(MmdbBuilder()
                             .add("1.0.0.0/24", "AU")
                             .add("1.0.1.0/24", "AU")
                             .add("1.0.2.0/23", "AU")
                             .add("1.0.4.0/24", "AU")
                             .add("1.0.5.0/24", "NZ")),
                ElementsAre("1.0.0.0/22 AU", "1.0.4.0/24 AU", "1.0.5.0/24 NZ"));
}

TEST(Mmdb, a_prefix_inside_another_one_wins_there) {
    EXPECT_THAT(prefixes(MmdbBuilder()
                             .add("1.0.0.0/8", "AU")
                             .add("1.64.0.0/10", "JP")
                             .add("1.64.0.0/12", "KR")
                             .add("2a00::/16", "DE")
                             .add("2a00:8000::/17", "FR")),
                ElementsAre("1.0.0.0/10 AU", "1.64.0.0/12 KR", "1.80.0.0/12 JP", "1.96.0.0/11 JP",
                            "1.128.0.0/9 AU", "2a00::/17 DE", "2a00:8000::/17 FR"));
}

TEST(Mmdb, the_second_place_of_ipv4_in_the_tree_states_nothing_again) {
    EXPECT_THAT(prefixes(MmdbBuilder()
                             .add("1.0.0.0/24", "AU")
                             .add("0:1::/32", "NZ")
                             .alias("2002::/16", "0.0.0.0/1")),
                ElementsAre("1.0.0.0/24 AU", "0:1::/32 NZ"));
}

TEST(Mmdb, a_tree_that_bites_its_tail_ends) {
    auto builder = MmdbBuilder().add("1.0.0.0/24", "AU");
    builder.alias("2000::/3", "::/1");
    EXPECT_THAT(prefixes(builder), ElementsAre("1.0.0.0/24 AU"));
}

TEST(Mmdb, what_is_no_database_or_states_no_country_is_refused_by_name) {
    EXPECT_THAT(read("").error().message, HasSubstr("t.mmdb: "));
    EXPECT_THAT(read("this is a text").error().message, HasSubstr("is no MaxMind DB"));
    EXPECT_THAT(read(MmdbBuilder().add("1.0.0.0/24", "").bytes()).error().message,
                HasSubstr("none of its 1 networks has a country.iso_code"));
    EXPECT_THAT(read_mmdb("/nowhere.mmdb").error().message, HasSubstr("cannot be read"));
}

TEST(Mmdb, every_cut_and_every_flipped_byte_is_refused_or_read_without_a_crash) {
    const std::string good =
        MmdbBuilder(4).add("175.0.0.0/10", "KP", "CN").add("8.0.0.0/9", "US").bytes();
    ASSERT_TRUE(read(good).has_value());
    std::size_t refused_count = 0;
    for (std::size_t length = 0; length < good.size(); ++length) {
        refused_count += read(good.substr(0, length)) ? 0 : 1;
    }
    EXPECT_GT(refused_count, good.size() / 2);
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const char flip : {'\x01', '\x20', '\x80', '\xff'}) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ flip);
            const auto database = read(bad);
            if (database) {
                EXPECT_FALSE(database->prefixes.empty());
            } else {
                EXPECT_FALSE(database.error().message.empty());
            }
        }
    }
}

}  // namespace
}  // namespace lull
