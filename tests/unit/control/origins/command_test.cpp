#include "control/origins/command.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control/origins/table_file.h"
#include "tests/support/mmdb_builder.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;
using testing::MmdbBuilder;

constexpr const char* kDump =
    "# Location Database Export\n\n"
    "aut-num: AS131279\nname: Star Joint Venture Co. Ltd.\n\n"
    "net: 175.45.176.0/22\ncountry: KP\n\n"
    "net: 175.45.176.0/24\ncountry: KP\naut-num: 131279\n\n"
    "net: 1.1.1.0/24\ncountry: AU\naut-num: 13335\nis-anycast: yes\n\n"
    "net: 2.0.0.0/12\ncountry: EU\naut-num: 3215\n\n"
    "net: broken\n\n";

void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

TableBuildOptions small_build(const TemporaryFolder& folder) {
    write_text(folder.file("loc.txt"), kDump);
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.location_dumps = {folder.file("loc.txt")};
    options.built_at_s = 1'419'264'900;
    options.format = OutputFormat::kJson;
    return options;
}

/// Runs a command and gives what it printed on stdout.
template <typename Command, typename Options>
std::string output_of(Command command, const Options& options) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const auto result = command(options);
    ::testing::internal::GetCapturedStderr();
    const std::string text = ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(result.has_value()) << result.error().message;
    return text;
}

template <typename Command, typename Options>
std::string error_of(Command command, const Options& options) {
    ::testing::internal::CaptureStdout();
    const auto result = command(options);
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "") << "an error prints nothing on stdout";
    return result ? "" : result.error().message;
}

std::vector<std::string> keys_of(const Json& json) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : json.items()) keys.push_back(key);
    return keys;
}

TEST(TableCommand, lookup_prints_the_contracts_json_in_the_order_asked) {
    const TemporaryFolder folder;
    output_of(table_build, small_build(folder));
    TableLookupOptions options;
    options.path = folder.file("t.lut");
    options.addresses = {"175.45.176.1", "10.0.0.1", "8.8.8.8", "2.0.0.1", "175.45.178.1"};
    options.format = OutputFormat::kJson;
    EXPECT_EQ(
        Json::parse(output_of(table_lookup, options)).dump(),
        R"([{"address":"175.45.176.1","prefix":"175.45.176.0/24","asn":131279,)"
        R"("as_name":"Star Joint Venture Co. Ltd.","country":"KP","class":"unknown"},)"
        R"({"address":"10.0.0.1","prefix":null,"asn":null,"as_name":null,"country":null,)"
        R"("class":null,"special":"private"},)"
        R"({"address":"8.8.8.8","prefix":null,"asn":null,"as_name":null,"country":null,)"
        R"("class":null},)"
        R"({"address":"2.0.0.1","prefix":"2.0.0.0/12","asn":3215,"as_name":null,"country":"ZZ",)"
        R"("class":"unknown"},)"
        R"({"address":"175.45.178.1","prefix":"175.45.176.0/22","asn":null,"as_name":null,)"
        R"("country":"KP","class":"unknown"}])");
}

TEST(TableCommand, info_prints_the_contracts_json) {
    const TemporaryFolder folder;
    output_of(table_build, small_build(folder));
    const auto info = Json::parse(
        output_of(table_info, TableInfoOptions{folder.file("t.lut"), OutputFormat::kJson}));
    EXPECT_EQ(keys_of(info),
              (std::vector<std::string>{"format", "built_at", "prefixes_v4", "prefixes_v6",
                                        "origins", "asns", "countries", "sources", "sha256",
                                        "withdrawn", "disagreements"}));
    EXPECT_EQ(info["built_at"], "2014-12-22T16:15:00Z");
    EXPECT_EQ(info["prefixes_v4"], 4);
    EXPECT_EQ(info["prefixes_v6"], 0);
    EXPECT_EQ(info["origins"], 4);
    EXPECT_EQ(info["asns"], 3);
    EXPECT_EQ(info["countries"], 2);  // ZZ is none
    ASSERT_EQ(info["sources"].size(), 1U);
    EXPECT_EQ(keys_of(info["sources"][0]),
              (std::vector<std::string>{"kind", "path", "sha256", "records", "rejected"}));
    EXPECT_EQ(info["sources"][0]["records"], 5);
    EXPECT_EQ(info["sources"][0]["rejected"], 1);
}

TEST(TableCommand, an_mmdb_alone_gives_a_table_its_countries) {
    const TemporaryFolder folder;
    const std::string database = MmdbBuilder()
                                     .add("1.0.0.0/8", "AU")
                                     .add("1.64.0.0/10", "JP")
                                     .add("175.45.176.0/22", "KP")
                                     .add("2a00::/16", "DE")
                                     .add("2a00:8000::/17", "FR")
                                     .bytes();
    write_text(folder.file("c.mmdb"), database);
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.mmdb = {folder.file("c.mmdb")};
    options.format = OutputFormat::kJson;
    const auto built = Json::parse(output_of(table_build, options));
    EXPECT_EQ(built["sources"][0]["kind"], "mmdb");
    TableLookupOptions asked;
    asked.path = options.out;
    asked.format = OutputFormat::kJson;
    asked.addresses = {"1.63.255.255", "1.64.0.0",        "1.127.255.255", "1.128.0.0",
                       "175.45.179.9", "175.45.180.0",    "2a00:7fff::1",  "2a00:8000::1",
                       "2a01::1",      "::ffff:1.64.0.0", "2.0.0.1"};
    std::vector<std::string> countries;
    for (const auto& row : Json::parse(output_of(table_lookup, asked))) {
        countries.push_back(row["country"].is_null() ? "-" : row["country"]);
    }
    EXPECT_EQ(countries, (std::vector<std::string>{"AU", "JP", "JP", "AU", "KP", "-", "DE", "FR",
                                                   "-", "-", "-"}));
}

TEST(TableCommand, a_damaged_mmdb_is_refused_by_name_and_no_table_is_written) {
    const TemporaryFolder folder;
    const std::string whole = MmdbBuilder().add("1.0.0.0/8", "AU").bytes();
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.mmdb = {folder.file("c.mmdb")};
    std::string lost = whole;  // its tree's first node points beyond the data
    lost.replace(0, 6, "\xff\xff\xff\xff\xff\xff");
    for (const std::string& bytes :
         {std::string(), whole.substr(0, whole.size() / 4), whole.substr(0, whole.size() / 2),
          whole.substr(whole.size() / 2), lost}) {
        write_text(folder.file("c.mmdb"), bytes);
        const std::string message = error_of(table_build, options);
        EXPECT_NE(message.find("c.mmdb: "), std::string::npos) << message;
        EXPECT_FALSE(std::filesystem::exists(options.out));
    }
}

TEST(TableCommand, equal_input_builds_equal_bytes) {
    const TemporaryFolder folder;
    auto options = small_build(folder);
    const auto first = Json::parse(output_of(table_build, options))["sha256"];
    options.out = folder.file("again.lut");
    EXPECT_EQ(Json::parse(output_of(table_build, options))["sha256"], first);
}

TEST(TableCommand, names_and_overrides_take_part_in_a_build) {
    const TemporaryFolder folder;
    auto options = small_build(folder);
    write_text(folder.file("as.tsv"), "13335\tCloudflare\tUS\n131279\tStar JV\tKP\n");
    write_text(folder.file("o.yaml"),
               "prefixes: [{prefix: 2.0.0.0/12, country: FR}]\nasns: [{asn: 131279, name: SJV}]\n");
    options.as_names = {folder.file("as.tsv")};
    options.overrides = {folder.file("o.yaml")};
    const auto built = Json::parse(output_of(table_build, options));
    EXPECT_EQ(built["sources"].size(), 3U);
    EXPECT_EQ(built["no_country"], 0);
    const auto table = read_table(options.out);
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->as_names.at(13335), "Cloudflare");
    EXPECT_EQ(table->as_names.at(131279), "SJV");
    EXPECT_EQ(country(lookup(*table, "2.0.0.1")->origin->country).code, "FR");
}

TEST(TableCommand, diff_counts_per_country_in_json_and_text) {
    const TemporaryFolder folder;
    auto options = small_build(folder);
    output_of(table_build, options);
    write_text(folder.file("new.txt"), std::string(kDump) + "net: 5.0.0.0/16\ncountry: SY\n\n");
    options.location_dumps = {folder.file("new.txt")};
    options.out = folder.file("new.lut");
    output_of(table_build, options);
    TableDiffOptions diff;
    diff.old_path = folder.file("t.lut");
    diff.new_path = folder.file("new.lut");
    EXPECT_NE(output_of(table_diff, diff).find("1 added, 0 removed, 0 changed, 4 the same"),
              std::string::npos);
    diff.format = OutputFormat::kJson;
    const auto json = Json::parse(output_of(table_diff, diff));
    EXPECT_EQ(json["added"], 1);
    EXPECT_EQ(json["countries"]["SY"]["added"], 1);
    EXPECT_EQ(json["changes"][0]["prefix"], "5.0.0.0/16");
    EXPECT_EQ(json["changes"][0]["before"], nullptr);
    EXPECT_EQ(json["changes"][0]["after"]["country"], "SY");
}

TEST(TableCommand, a_build_that_fails_leaves_the_old_table) {
    const TemporaryFolder folder;
    auto options = small_build(folder);
    output_of(table_build, options);
    write_text(folder.file("loc.txt"), "not a dump\n");
    EXPECT_NE(error_of(table_build, options).find("no networks in it"), std::string::npos);
    EXPECT_TRUE(read_table(options.out).has_value());
}

TEST(TableCommand, what_cannot_be_done_is_refused_with_what_is_missing) {
    const TemporaryFolder folder;
    TableBuildOptions build;
    EXPECT_NE(error_of(table_build, build).find("--out FILE"), std::string::npos);
    build.out = folder.file("t.lut");
    EXPECT_NE(error_of(table_build, build).find("--location-dump FILE"), std::string::npos);
    EXPECT_NE(error_of(table_info, TableInfoOptions{folder.file("t.lut"), {}}).find("t.lut: "),
              std::string::npos);
    output_of(table_build, small_build(folder));
    TableLookupOptions wrong;
    wrong.path = folder.file("t.lut");
    wrong.addresses = {"1.1.1.1", "kp"};
    EXPECT_NE(error_of(table_lookup, wrong).find("kp: not an IP address"), std::string::npos);
}

/// Debian's whole database.
TEST(TableCommand, the_full_dump_builds_the_table_that_the_figures_promise) {
    const TemporaryFolder folder;
    const std::string dump = folder.file("location.txt");
    if (std::system(("location dump " + dump + " >/dev/null 2>&1").c_str()) != 0) {
        GTEST_SKIP() << "SKIPPED: no database here (apt-get install location libloc-database)";
    }
    TableBuildOptions options;
    options.out = folder.file("full.lut");
    options.location_dumps = {dump};
    options.format = OutputFormat::kJson;
    const auto built = Json::parse(output_of(table_build, options));
    EXPECT_EQ(built["sources"][0]["rejected"], 0);
    if (built["sources"][0]["sha256"] ==
        "165e15089acc57b6ae30683e90b9c61a96c0ce10e9bc002f7a3ff9bca70c9b64") {
        // Debian 12's libloc-database: 1,069,950 and 220,103 networks, of which 20 and 3 have
        // neither an AS nor a country.
        EXPECT_EQ(built["prefixes_v4"], 1'069'930);
        EXPECT_EQ(built["prefixes_v6"], 220'100);
        EXPECT_EQ(built["left_out"]["nothing_known"], 23);
        EXPECT_EQ(built["asns"], 80'057);
        EXPECT_EQ(built["origins"], 95'575);
    }
    const auto table = read_table(options.out);
    ASSERT_TRUE(table.has_value());
    const auto found = lookup(*table, "175.45.176.1");
    EXPECT_EQ(found->prefix, "175.45.176.0/24");
    EXPECT_EQ(found->origin->asn, 131279U);
    EXPECT_EQ(country(found->origin->country).code, "KP");
    EXPECT_EQ(table->as_names.at(131279), "Star Joint Venture Co. Ltd.");
}

}  // namespace
}  // namespace lull
