#include "control/origins/table_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/origins/prefix.h"
#include "control/origins/table_format.h"
#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Bytes small_file() {
    const TemporaryFolder folder;
    const auto written = write_table(small_table(), folder.file("t.lut"));
    EXPECT_TRUE(written.has_value());
    return read_bytes(folder.file("t.lut"));
}

void store(Bytes& bytes, std::size_t offset, uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) {
        bytes[offset + i] = static_cast<uint8_t>(value >> (8 * i) & 0xff);
    }
}

uint64_t load(const Bytes& bytes, std::size_t offset, std::size_t width) {
    uint64_t value = 0;
    for (std::size_t i = width; i > 0; --i) value = value << 8 | bytes[offset + i - 1];
    return value;
}

std::size_t section_entry(std::size_t section) {
    return table_format::kSectionsOffset + section * table_format::kSectionEntryBytes;
}

std::size_t section_offset(const Bytes& bytes, std::size_t section) {
    return load(bytes, section_entry(section), 8);
}

/// The reason why bytes are refused although their checksum is not looked at; "" when they are not.
std::string refusal(const Bytes& bytes, Checksum checksum = Checksum::kSkip) {
    const auto table = parse_table(bytes, "t.lut", checksum);
    return table ? "" : table.error().message;
}

void expect_refused(const Bytes& bytes, const std::string& reason) {
    const std::string message = refusal(bytes);
    EXPECT_NE(message.find(reason), std::string::npos)
        << "wanted " << reason << ", got " << message;
    EXPECT_TRUE(message.starts_with("t.lut: ")) << message;
}

bool same(const OriginTable& a, const OriginTable& b) {
    const auto same_routes = [](const auto& left, const auto& right) {
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [](const auto& x, const auto& y) {
                              return to_prefix(x) == to_prefix(y) && x.origin == y.origin;
                          });
    };
    return a.built_at_s == b.built_at_s && a.origins == b.origins &&
           same_routes(a.routes4, b.routes4) && same_routes(a.routes6, b.routes6) &&
           a.as_names == b.as_names && a.withdrawn == b.withdrawn;
}

TEST(TableFile, what_is_written_is_read_back_equal) {
    const TemporaryFolder folder;
    const OriginTable table = small_table();
    ASSERT_TRUE(write_table(table, folder.file("t.lut")).has_value());
    const auto read = read_table(folder.file("t.lut"));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_TRUE(same(table, *read));
    ASSERT_EQ(read->sources.size(), 1U);
    EXPECT_EQ(read->sources[0].kind, "location-dump");
    EXPECT_EQ(read->sources[0].sha256, std::string(64, 'a'));
    EXPECT_EQ(read->sources[0].rejected, 1U);
    EXPECT_EQ(read->sha256.size(), 64U);
    ASSERT_EQ(read->withdrawn.size(), 2U);
    EXPECT_EQ(format_prefix(read->withdrawn[0].prefix), "175.45.176.0/24");
    EXPECT_EQ(read->withdrawn[0].since_s, 1'419'264'000);
    ASSERT_EQ(read->disagreements.sources.size(), 1U);
    EXPECT_EQ(read->disagreements.sources[0].weaker, SourceKind::kDelegated);
    ASSERT_EQ(read->disagreements.countries.size(), 1U);
    EXPECT_EQ(country(read->disagreements.countries[0].says_weaker).code, "AU");
    EXPECT_EQ(read->disagreements.countries[0].space, (AddressSpace{512, 0}));
}

TEST(TableFile, random_tables_survive_a_round_trip_byte_for_byte) {
    std::mt19937_64 random(1);
    const TemporaryFolder folder;
    for (int round = 0; round < 20; ++round) {
        BuildInput input;
        input.prefixes = random_records(random, 300);
        const auto built = build_table(input);
        ASSERT_TRUE(built.has_value());
        ASSERT_TRUE(write_table(built->table, folder.file("a.lut")).has_value());
        const auto read = read_table(folder.file("a.lut"));
        ASSERT_TRUE(read.has_value()) << read.error().message;
        EXPECT_TRUE(same(built->table, *read));
        ASSERT_TRUE(write_table(*read, folder.file("b.lut")).has_value());
        EXPECT_EQ(read_bytes(folder.file("a.lut")), read_bytes(folder.file("b.lut")));
    }
}

TEST(TableFile, every_flipped_byte_is_refused) {
    const Bytes good = small_file();
    ASSERT_EQ(refusal(good, Checksum::kVerify), "");
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const uint8_t flip : {uint8_t{0x01}, uint8_t{0x80}, uint8_t{0xff}}) {
            Bytes bad = good;
            bad[i] = static_cast<uint8_t>(bad[i] ^ flip);
            EXPECT_NE(refusal(bad, Checksum::kVerify), "") << "byte " << i;
        }
    }
}

TEST(TableFile, every_cut_and_every_added_byte_is_refused) {
    const Bytes good = small_file();
    for (std::size_t length = 0; length < good.size(); ++length) {
        const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length));
        EXPECT_NE(refusal(cut, Checksum::kVerify), "") << length << " bytes";
        EXPECT_NE(refusal(cut, Checksum::kSkip), "") << length << " bytes, checksum skipped";
    }
    Bytes longer = good;
    longer.push_back(0);
    EXPECT_NE(refusal(longer, Checksum::kSkip), "");
}

TEST(TableFile, a_newer_version_is_refused_by_name) {
    Bytes bytes = small_file();
    store(bytes, 8, 3, 4);
    expect_refused(bytes, "has format version 3, this lull reads 2; update lull");
    store(bytes, 8, 1, 4);
    expect_refused(bytes, "was built by an older lull; build it again with lull table build");
    store(bytes, 8, 0, 4);
    expect_refused(bytes, "damaged: format version 0");
}

TEST(TableFile, a_table_without_prefixes_is_refused_by_name_and_never_written) {
    const TemporaryFolder folder;
    const auto written = write_table(OriginTable{}, folder.file("t.lut"));
    ASSERT_FALSE(written.has_value());
    EXPECT_NE(written.error().message.find("holds no prefixes"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder.file("t.lut")));
}

TEST(TableFile, a_header_whose_sections_lie_is_refused_before_anything_is_allocated) {
    const Bytes good = small_file();
    for (std::size_t section = 0; section < table_format::kSections; ++section) {
        for (const std::size_t field : {std::size_t{0}, std::size_t{8}}) {
            for (const uint64_t lie :
                 {uint64_t{0}, uint64_t{1}, uint64_t{1} << 32, uint64_t{1} << 63, ~uint64_t{0}}) {
                Bytes bad = good;
                if (load(bad, section_entry(section) + field, 8) == lie) continue;
                store(bad, section_entry(section) + field, lie, 8);
                expect_refused(bad, "damaged");
            }
        }
        Bytes bad = good;
        store(bad, section_entry(section) + 16, 0xffff'ffff, 4);
        expect_refused(bad, "lull takes");
        store(bad, section_entry(section) + 16, load(good, section_entry(section) + 16, 4) + 1, 4);
        EXPECT_NE(refusal(bad), "") << "one record more in section " << section;
    }
}

TEST(TableFile, a_file_that_is_something_else_is_refused_by_what_it_is) {
    EXPECT_EQ(refusal({}), "t.lut: is empty; build it again with lull table build");
    const std::string text = "ports:\n  - name: tap0\n";
    expect_refused(Bytes(text.begin(), text.end()), "is not an origin table");
    expect_refused(Bytes(4096, 0), "is not an origin table");
}

TEST(TableFile, origins_out_of_order_or_of_unknown_meaning_are_refused) {
    const Bytes good = small_file();
    const std::size_t first = section_offset(good, 0);
    Bytes bad = good;
    bad[first + 4] = 'a';
    expect_refused(bad, "origin 0: no country has that code");
    bad = good;
    bad[first + 6] = 7;
    expect_refused(bad, "origin 0: class 7 is none");
    bad = good;
    bad[first + 7] = 1;
    expect_refused(bad, "its last byte is not zero");
    bad = good;
    std::swap_ranges(bad.begin() + static_cast<std::ptrdiff_t>(first),
                     bad.begin() + static_cast<std::ptrdiff_t>(first + 8),
                     bad.begin() + static_cast<std::ptrdiff_t>(first + 8));
    expect_refused(bad, "origin 1: not in ascending order");
}

TEST(TableFile, routes_that_could_mislead_a_lookup_are_refused_in_both_families) {
    const Bytes good = small_file();
    const struct {
        std::size_t section, record_bytes, id_at, length_at;
        uint8_t max_length;
    } families[] = {{1, 8, 4, 7, 32}, {2, 20, 16, 19, 128}};
    for (const auto& family : families) {
        const std::size_t first = section_offset(good, family.section);
        Bytes bad = good;
        bad[first + family.length_at] = static_cast<uint8_t>(family.max_length + 1);
        expect_refused(bad, "prefix length");
        bad = good;
        bad[first + family.length_at] = 0;
        expect_refused(bad, "a default route");
        bad = good;
        bad[first + family.length_at] = 3;
        expect_refused(bad, "bits beyond its length");
        for (const uint64_t id : {uint64_t{0}, uint64_t{1}, uint64_t{7}, uint64_t{0xff'ffff}}) {
            bad = good;
            store(bad, first + family.id_at, id, 3);
            expect_refused(bad, fmt::format("origin {} does not exist", id));
        }
        bad = good;
        std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(first), family.record_bytes,
                    bad.begin() + static_cast<std::ptrdiff_t>(first + family.record_bytes));
        expect_refused(bad, "not in ascending order");
    }
}

TEST(TableFile, names_that_could_corrupt_a_log_are_refused) {
    const Bytes good = small_file();
    const std::size_t first = section_offset(good, 3);
    Bytes bad = good;
    bad[first + 5] = '\n';
    expect_refused(bad, "AS name 0");
    bad[first + 5] = 0xff;
    expect_refused(bad, "AS name 0");
    bad = good;
    bad[first + 4] = 0;
    EXPECT_NE(refusal(bad), "");
    bad = good;
    bad[first + 4] = 255;
    EXPECT_NE(refusal(bad), "");
}

TEST(TableFile, withdrawn_routes_that_are_none_of_the_tables_are_refused) {
    const Bytes good = small_file();
    const std::size_t first = section_offset(good, 5);
    Bytes bad = good;
    bad[first] = 5;
    expect_refused(bad, "withdrawn route 0: no family");
    bad = good;
    bad[first] = 6;
    expect_refused(bad, "withdrawn route 0: no prefix of the table");
    bad = good;
    bad[first + 1] = 23;
    expect_refused(bad, "withdrawn route 0: no prefix of the table");
    bad = good;
    bad[first + 17] = 1;  // an IPv4 address has nothing there
    expect_refused(bad, "withdrawn route 0: no prefix of the table");
    bad = good;
    bad[first + 25] = 0x80;
    expect_refused(bad, "withdrawn before 1970");
    bad = good;
    std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(first), 26,
                bad.begin() + static_cast<std::ptrdiff_t>(first + 26));
    expect_refused(bad, "withdrawn route 1: not in ascending order");
}

TEST(TableFile, disagreements_that_cannot_be_are_refused) {
    const Bytes good = small_file();
    const std::size_t sources = section_offset(good, 6);
    for (const uint8_t kind : {uint8_t{0}, uint8_t{5}, uint8_t{6}, uint8_t{255}}) {
        Bytes bad = good;
        bad[sources] = kind;  // overrides, the same as the other, no country source, none at all
        expect_refused(bad, "source pair 0: no two sources");
    }
    Bytes bad = good;
    bad[sources + 2 + 16 + 7] = 1;
    expect_refused(bad, "source pair 0: no two sources, or more differs than both state");
    const std::size_t countries = section_offset(good, 7);
    bad = good;
    bad[countries + 2] = 'q';
    expect_refused(bad, "country pair 0");
    bad = good;
    std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(countries + 2), 2,
                bad.begin() + static_cast<std::ptrdiff_t>(countries + 4));
    expect_refused(bad, "country pair 0: no two sources that state two countries");
}

TEST(TableFile, a_write_that_fails_leaves_the_old_file_and_no_other) {
    const TemporaryFolder folder;
    const std::string path = folder.file("t.lut");
    std::filesystem::create_directory(path);  // a rename over a folder fails
    std::ofstream(path + "/keep") << "x";
    const auto written = write_table(small_table(), path);
    ASSERT_FALSE(written.has_value());
    EXPECT_NE(written.error().message.find("cannot be replaced"), std::string::npos);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
    EXPECT_TRUE(std::filesystem::exists(path + "/keep"));
}

TEST(TableFile, a_folder_that_does_not_exist_is_named) {
    const TemporaryFolder folder;
    const auto written = write_table(small_table(), folder.file("no/t.lut"));
    ASSERT_FALSE(written.has_value());
    EXPECT_NE(written.error().message.find(folder.file("no")), std::string::npos);
}

TEST(TableFile, a_written_table_can_be_read_by_the_monitors_user) {
    const TemporaryFolder folder;
    ASSERT_TRUE(write_table(small_table(), folder.file("t.lut")).has_value());
    struct stat status {};
    ASSERT_EQ(::stat(folder.file("t.lut").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0644U);
}

TEST(TableFile, missing_files_folders_and_pipes_are_refused_with_their_path) {
    const TemporaryFolder folder;
    const auto reason = [](const std::string& path) {
        const auto table = read_table(path);
        EXPECT_FALSE(table.has_value());
        return table ? "" : table.error().message;
    };
    EXPECT_EQ(reason(folder.file("no.lut")),
              folder.file("no.lut") + ": cannot be opened: No such file or directory");
    EXPECT_NE(reason(folder.path()).find("is a directory"), std::string::npos);
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    EXPECT_NE(reason(folder.file("pipe")).find("is not a file"), std::string::npos);
}

TEST(TableFile, traits_give_each_country_its_area_and_only_peoples_prefixes_bear_life) {
    OriginTable table;
    const CountryId kp = *find_country("KP");
    table.origins.resize(kFirstTableOrigin);
    for (int i = 0; i <= static_cast<int>(PrefixClass::kHosting); ++i) {
        table.origins.push_back({1, kp, static_cast<PrefixClass>(i)});
    }
    table.origins.push_back({1, kCountryUnknown, PrefixClass::kUnknown});
    const auto traits = table.traits();
    ASSERT_EQ(traits.size(), table.origins.size());
    EXPECT_EQ(traits[0].area, kAreaNone);
    EXPECT_EQ(traits[1].area, kAreaNone);
    EXPECT_FALSE(traits[0].bears_life || traits[1].bears_life);
    const std::array<bool, 7> expected{true, true, false, false, true, false, false};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(traits[2 + i].bears_life, expected[i]) << i;
        EXPECT_EQ(index_of(traits[2 + i].area), index_of(kp) + 1);
    }
    EXPECT_EQ(index_of(traits.back().area), 1);
}

TEST(TableFile, class_names_are_found_again_and_others_are_not) {
    for (int i = 0; i <= static_cast<int>(PrefixClass::kHosting); ++i) {
        const auto value = static_cast<PrefixClass>(i);
        EXPECT_EQ(find_class(class_name(value)), value);
    }
    EXPECT_EQ(find_class("Eyeball"), std::nullopt);
    EXPECT_EQ(find_class(""), std::nullopt);
}

// ---- lookup ----

TEST(Lookup, a_withdrawn_prefix_keeps_its_as_and_says_since_when) {
    EXPECT_EQ(lookup(small_table(), "175.45.176.1")->withdrawn_since_s, 1'419'264'000);
    EXPECT_EQ(lookup(small_table(), "175.45.177.1")->withdrawn_since_s, std::nullopt);
    EXPECT_EQ(lookup(small_table(), "2001:4860::1")->withdrawn_since_s, 1'419'264'100);
}

TEST(Lookup, the_longest_prefix_wins_and_brings_as_and_country) {
    const auto found = lookup(small_table(), "175.45.176.1");
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->prefix, "175.45.176.0/24");
    ASSERT_TRUE(found->origin.has_value());
    EXPECT_EQ(found->origin->asn, 131279U);
    EXPECT_EQ(country(found->origin->country).code, "KP");
}

TEST(Lookup, special_space_is_told_from_what_is_in_no_prefix) {
    const auto table = small_table();
    EXPECT_TRUE(lookup(table, "192.168.1.1")->special);
    EXPECT_FALSE(lookup(table, "192.168.1.1")->origin.has_value());
    EXPECT_FALSE(lookup(table, "8.8.8.8")->special);
    EXPECT_FALSE(lookup(table, "8.8.8.8")->origin.has_value());
    EXPECT_TRUE(lookup(table, "::ffff:1.0.0.1")->special);
}

TEST(Lookup, what_is_no_address_is_refused) {
    for (const char* wrong : {"", "1.0.0", "1.0.0.0/24", "kp", "1.0.0.1\n", "::g"}) {
        EXPECT_FALSE(lookup(small_table(), wrong).has_value()) << wrong;
    }
}

template <typename Route>
std::optional<Origin> linear_scan(const OriginTable& table, const std::vector<Route>& routes,
                                  const IpPrefix& address) {
    std::optional<Origin> best;
    int best_length = -1;
    for (const Route& route : routes) {
        if (contains(to_prefix(route), address) && route.length > best_length) {
            best_length = route.length;
            best = table.origins.at(index_of(route.origin));
        }
    }
    return best;
}

TEST(Lookup, agrees_with_a_linear_scan_on_random_tables) {
    std::mt19937_64 random(2);
    int found_any = 0;
    for (int round = 0; round < 10; ++round) {
        BuildInput input;
        input.prefixes = random_records(random, 400);
        const auto built = build_table(input);
        ASSERT_TRUE(built.has_value());
        const OriginTable& table = built->table;
        for (const PrefixRecord& near : random_records(random, 400)) {
            IpPrefix address = near.prefix;  // its first address: near other prefixes
            address.length = address_bits(address.family);
            if (is_special(address)) continue;
            const std::string text = format_prefix(address);
            const auto found = lookup(table, text.substr(0, text.find('/')));
            ASSERT_TRUE(found.has_value()) << text;
            EXPECT_EQ(found->origin, address.family == Family::kIpv4
                                         ? linear_scan(table, table.routes4, address)
                                         : linear_scan(table, table.routes6, address))
                << text;
            found_any += found->origin ? 1 : 0;
        }
    }
    EXPECT_GT(found_any, 1000);
}

}  // namespace
}  // namespace lull
