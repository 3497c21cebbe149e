#include "control/origins/location_dump.h"

#include <gtest/gtest.h>

#include <sstream>

#include "control/origins/as_names.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

Result<LocationDump> read(const std::string& text) {
    std::istringstream input(text);
    return read_location_dump(input, "loc.txt");
}

/// A network that is always sound, so that a dump with one bad block is not empty.
const std::string kSound = "\nnet:  9.0.0.0/8\ncountry: US\n\n";

std::vector<std::string> rejections(const std::string& text) {
    const auto dump = read(text + kSound);
    EXPECT_TRUE(dump.has_value());
    if (!dump) return {};
    EXPECT_EQ(dump->prefixes.size(), 1U) << text;
    EXPECT_EQ(dump->rejected.count, dump->rejected.first.size());
    return dump->rejected.first;
}

TEST(LocationDump, networks_and_names_are_read_as_libloc_prints_them) {
    const auto dump = read(
        "#\n# Location Database Export\n#\n\n"
        "aut-num:                 AS131279\n"
        "name:                    Star Joint Venture Co. Ltd.\n\n"
        "net:                     175.45.176.0/24\n"
        "country:                 KP\n"
        "aut-num:                 131279\n\n"
        "net:                     2c0f:fff0::/32\n"
        "country:                 NG\n");
    ASSERT_TRUE(dump.has_value()) << dump.error().message;
    EXPECT_EQ(dump->records, 3U);
    EXPECT_EQ(dump->rejected.count, 0U);
    ASSERT_EQ(dump->prefixes.size(), 2U);
    EXPECT_EQ(format_prefix(dump->prefixes[0].prefix), "175.45.176.0/24");
    EXPECT_EQ(dump->prefixes[0].asn, 131279U);
    EXPECT_EQ(dump->prefixes[0].country, find_country("KP"));
    EXPECT_EQ(dump->prefixes[1].asn, 0U);
    ASSERT_EQ(dump->as_names.size(), 1U);
    EXPECT_EQ(dump->as_names[0].second, "Star Joint Venture Co. Ltd.");
    EXPECT_EQ(dump->sha256.size(), 64U);
}

TEST(LocationDump, flags_give_the_class_in_their_order_and_drop_gives_none) {
    const auto class_of = [](const std::string& flags) {
        const auto dump = read("net: 1.0.0.0/24\n" + flags);
        EXPECT_TRUE(dump.has_value());
        return dump ? dump->prefixes[0].prefix_class : PrefixClass::kHosting;
    };
    EXPECT_EQ(class_of(""), PrefixClass::kUnknown);
    EXPECT_EQ(class_of("is-anonymous-proxy: yes\n"), PrefixClass::kVpn);
    EXPECT_EQ(class_of("is-anonymous-proxy: yes\nis-satellite-provider: yes\n"),
              PrefixClass::kSatellite);
    EXPECT_EQ(class_of("is-satellite-provider: yes\nis-anycast: yes\n"), PrefixClass::kAnycast);
    EXPECT_EQ(class_of("is-anycast: no\n"), PrefixClass::kUnknown);
    EXPECT_EQ(class_of("drop: yes\n"), PrefixClass::kUnknown);
    EXPECT_EQ(class_of("is-drop: yes\n"), PrefixClass::kUnknown);
}

TEST(LocationDump, codes_that_name_no_country_are_stated_as_zz_and_none_as_none) {
    for (const std::string code : {"EU", "AP", "A1", "CS"}) {
        const auto dump = read("net: 1.0.0.0/24\ncountry: " + code + "\n");
        ASSERT_TRUE(dump.has_value());
        EXPECT_EQ(dump->prefixes[0].country, kCountryUnknown) << code;
    }
    EXPECT_EQ(read("net: 1.0.0.0/24\n")->prefixes[0].country, std::nullopt);
}

TEST(LocationDump, unknown_keys_comments_and_carriage_returns_are_passed_over) {
    const auto dump = read(
        "net: 1.0.0.0/24\r\nfuture-key: yes\r\n# a remark\r\nempty-key:\r\ncountry: AU\r\n\r\n");
    ASSERT_TRUE(dump.has_value());
    EXPECT_EQ(dump->rejected.count, 0U);
    EXPECT_EQ(dump->prefixes[0].country, find_country("AU"));
}

TEST(LocationDump, a_bad_block_is_counted_with_its_line_and_its_reason) {
    const struct {
        std::string text, expected;
    } cases[] = {
        {"net: 1.0.0.0/33\n", "loc.txt:1: net is not a prefix without host bits"},
        {"net: 1.0.0.1/24\n", "loc.txt:1: net is not a prefix without host bits"},
        {"net: 1.0.0.0/24\ncountry: Australia\n", "loc.txt:2: country is not a two-letter code"},
        {"net: 1.0.0.0/24\ncountry: au\n", "loc.txt:2: country is not a two-letter code"},
        {"net: 1.0.0.0/24\naut-num: 0\n", "loc.txt:2: aut-num is not an AS number"},
        {"net: 1.0.0.0/24\naut-num: 4294967296\n", "loc.txt:2: aut-num is not an AS number"},
        {"net: 1.0.0.0/24\nnet: 1.0.1.0/24\n", "loc.txt:2: a second net in one block"},
        {"net: 1.0.0.0/24\ncountry: AU\ncountry: NZ\n", "loc.txt:3: a second country in one block"},
        {"aut-num: 1\naut-num: 2\n", "loc.txt:2: a second aut-num in one block"},
        {"country: AU\n", "loc.txt:1: a block with neither net nor aut-num"},
        {"net: 1.0.0.0/24\nrubbish\n", "loc.txt:2: not `key: value`"},
        {"net: 1.0.0.0/24\nname: " + std::string(5000, 'x') + "\n",
         "loc.txt:2: the line is too long"},
    };
    for (const auto& each : cases) {
        const auto found = rejections(each.text);
        ASSERT_EQ(found.size(), 1U) << each.text;
        EXPECT_EQ(found[0], each.expected);
    }
}

TEST(LocationDump, a_block_that_the_end_of_the_file_cuts_is_not_believed) {
    // "1.0.0.0/2" is a sound prefix, and not the one that was being written.
    const auto dump = read(kSound + "net: 128.0.0.0/2");
    ASSERT_TRUE(dump.has_value());
    EXPECT_EQ(dump->prefixes.size(), 1U);
    ASSERT_EQ(dump->rejected.count, 1U);
    EXPECT_EQ(dump->rejected.first[0], "loc.txt:5: the file ends inside this line");
}

TEST(LocationDump, only_the_first_rejections_are_kept_and_all_are_counted) {
    std::string text = kSound;
    for (int i = 0; i < 1000; ++i) text += "country: AU\n\n";
    const auto dump = read(text);
    ASSERT_TRUE(dump.has_value());
    EXPECT_EQ(dump->rejected.count, 1000U);
    EXPECT_EQ(dump->rejected.first.size(), Rejections::kMaxKept);
}

TEST(LocationDump, input_without_a_network_is_refused_with_the_command_that_makes_one) {
    for (const std::string text : {"", "\n\n", "aut-num: 1\nname: X\n",
                                   "\x7f"
                                   "ELF\x02\x01"}) {
        const auto dump = read(text);
        ASSERT_FALSE(dump.has_value());
        EXPECT_EQ(dump.error().kind, ErrorKind::kRefused);
        EXPECT_NE(dump.error().message.find("`location dump FILE`"), std::string::npos);
    }
}

TEST(LocationDump, names_are_made_fit_for_logs) {
    const auto dump = read("aut-num: 1\nname: a\x1b[31mb\xff\n" + kSound);
    ASSERT_TRUE(dump.has_value());
    ASSERT_EQ(dump->as_names.size(), 1U);
    EXPECT_EQ(dump->as_names[0].second, "a?[31mb?");
}

TEST(LineReader, lines_that_span_the_buffer_come_whole_and_numbered) {
    // Lines of many lengths over three fills of a megabyte, checked against std::getline.
    std::string text;
    for (std::size_t i = 0; text.size() < 3'000'000; ++i) {
        text += std::string(i * 37 % LineReader::kMaxLineBytes, static_cast<char>('a' + i % 26));
        text += '\n';
    }
    std::istringstream input(text);
    std::istringstream oracle(text);
    LineReader reader(input);
    Line line;
    std::string expected;
    uint64_t number = 0;
    while (std::getline(oracle, expected)) {
        ASSERT_TRUE(reader.next(line));
        ASSERT_EQ(line.text, expected);
        ASSERT_EQ(line.number, ++number);
        ASSERT_FALSE(line.too_long);
        ASSERT_TRUE(line.terminated);
    }
    EXPECT_FALSE(reader.next(line));
    EXPECT_FALSE(reader.read_failed());
}

TEST(LineReader, a_line_of_megabytes_is_held_only_in_its_beginning) {
    std::istringstream input(std::string(5'000'000, 'x') + "\nnext");
    LineReader reader(input);
    Line line;
    ASSERT_TRUE(reader.next(line));
    EXPECT_TRUE(line.too_long);
    EXPECT_TRUE(line.terminated);
    EXPECT_EQ(line.text.size(), LineReader::kMaxLineBytes);
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line.text, "next");
    EXPECT_FALSE(line.too_long);
    EXPECT_FALSE(line.terminated);
    EXPECT_FALSE(reader.next(line));
}

TEST(LineReader, the_hash_is_that_of_the_whole_input) {
    std::istringstream input("abc");
    LineReader reader(input);
    Line line;
    while (reader.next(line)) {
    }
    EXPECT_EQ(reader.sha256(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
}

TEST(LineReader, folders_and_missing_files_are_refused_by_name) {
    const TemporaryFolder folder;
    const auto open = open_source(folder.path());
    ASSERT_FALSE(open.has_value());
    EXPECT_NE(open.error().message.find("is a directory"), std::string::npos);
    const auto missing = open_source(folder.file("no.txt"));
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().message,
              folder.file("no.txt") + ": cannot be read: No such file or directory");
}

TEST(AsNames, lines_are_read_and_bad_ones_counted) {
    std::istringstream input(
        "#asn\torg\tcc\n1\tLevel 3\tUS\nAS2\tUniversity of Delaware\nx\ty\tz\n3\n4\t\tUS\n"
        "5\tlast, without a newline");
    const auto names = read_as_names(input, "as.tsv");
    ASSERT_TRUE(names.has_value());
    ASSERT_EQ(names->names.size(), 3U);
    EXPECT_EQ(names->names[0], (std::pair<uint32_t, std::string>(1, "Level 3")));
    EXPECT_EQ(names->names[1].second, "University of Delaware");
    EXPECT_EQ(names->rejected.first,
              (std::vector<std::string>{"as.tsv:4: does not start with an AS number",
                                        "as.tsv:5: no tab after the AS number",
                                        "as.tsv:6: the name is empty"}));
}

TEST(AsNames, a_file_without_names_is_refused) {
    std::istringstream input("#only a remark\n");
    EXPECT_FALSE(read_as_names(input, "as.tsv").has_value());
}

}  // namespace
}  // namespace lull
