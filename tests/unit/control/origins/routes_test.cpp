#include "control/origins/routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "control/origins/table_file.h"
#include "tests/support/mrt_builder.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using testing::operator+;
using testing::BuiltPeer;
using ::testing::HasSubstr;
using testing::message;
using testing::MrtBuilder;
using testing::nlri;
using testing::path_attribute;
using testing::sequence;
using testing::update;
using Json = nlohmann::ordered_json;

const BuiltPeer kPeer{"192.0.2.9", 64500};

void write(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

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
    const auto result = command(options);
    return result ? "" : result.error().message;
}

/// "175.45.176.0/24 AS131279 KP unknown".
std::string at(const std::string& table_path, const char* address) {
    const auto table = read_table(table_path);
    EXPECT_TRUE(table.has_value());
    const auto found = table ? lookup(*table, address) : failed("no table");
    if (!found || !found->origin) return "-";
    return fmt::format("{} AS{} {} {}", *found->prefix, found->origin->asn,
                       country(found->origin->country).code,
                       class_name(found->origin->prefix_class));
}

TEST(TableBuildFromRoutes, routes_give_the_as_and_the_dump_the_country_and_class) {
    const TemporaryFolder folder;
    write(folder.file("loc.txt"),
          "net: 175.45.176.0/22\ncountry: KP\naut-num: 100\n\n"
          "net: 175.45.176.0/24\naut-num: 100\n\n"
          "net: 1.1.0.0/16\ncountry: AU\naut-num: 200\nis-anycast: yes\n\n"
          "net: 2.0.0.0/12\ncountry: FR\naut-num: 3215\n\n");
    MrtBuilder file;
    file.peers({kPeer});
    file.rib("175.45.176.0/24", {{0, sequence({64500, 4837, 131279}), {}}});
    file.rib("175.45.177.0/24", {{0, sequence({64500, 4837, 131279}), {}}});
    file.rib("1.1.1.0/24", {{0, sequence({64500, 13335}), {}}});
    file.rib("8.8.8.0/24", {{0, sequence({64500, 15169}), {}}});
    write(folder.file("rib.mrt"), file.text());
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.location_dumps = {folder.file("loc.txt")};
    options.mrt = {folder.file("rib.mrt")};
    options.format = OutputFormat::kJson;
    const Json json = Json::parse(output_of(table_build, options));

    EXPECT_EQ(at(options.out, "175.45.176.1"), "175.45.176.0/24 AS131279 KP unknown");
    EXPECT_EQ(at(options.out, "175.45.177.1"), "175.45.177.0/24 AS131279 KP unknown")
        << "only routed: the country is that of the dump's prefix around it";
    EXPECT_EQ(at(options.out, "175.45.178.1"), "175.45.176.0/22 AS100 KP unknown");
    EXPECT_EQ(at(options.out, "1.1.1.1"), "1.1.1.0/24 AS13335 AU anycast")
        << "a route does not hide the class of the dump's prefix around it";
    EXPECT_EQ(at(options.out, "8.8.8.8"), "8.8.8.0/24 AS15169 ZZ unknown");
    EXPECT_EQ(at(options.out, "2.0.0.1"), "2.0.0.0/12 AS3215 FR unknown");
    EXPECT_EQ(json["sources"][1]["kind"], "mrt");
    EXPECT_EQ(json["sources"][1]["records"], 5);
    EXPECT_EQ(json["routes"]["routes"], 4);
    EXPECT_EQ(json["routes"]["peers"], 1);
    EXPECT_EQ(json["routes"]["left_out"]["too_long"], 0);
}

TEST(TableBuildFromRoutes, registries_give_countries_where_the_dump_states_none) {
    const TemporaryFolder folder;
    write(folder.file("loc.txt"), "net: 1.1.0.0/16\ncountry: AU\naut-num: 200\n\n");
    write(folder.file("d.txt"),
          "apnic|JP|ipv4|1.1.0.0|65536|20110811|allocated\n"
          "arin|US|ipv4|8.0.0.0|16777216|19921201|allocated\n");
    MrtBuilder file;
    file.peers({kPeer}).rib("8.8.8.0/24", {{0, sequence({64500, 15169}), {}}});
    write(folder.file("rib.mrt"), file.text());
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.delegated = {folder.file("d.txt")};
    options.location_dumps = {folder.file("loc.txt")};
    options.mrt = {folder.file("rib.mrt")};
    output_of(table_build, options);
    EXPECT_EQ(at(options.out, "1.1.0.1"), "1.1.0.0/16 AS200 AU unknown");
    EXPECT_EQ(at(options.out, "8.8.8.8"), "8.8.8.0/24 AS15169 US unknown");
    EXPECT_EQ(at(options.out, "8.9.0.1"), "8.0.0.0/8 AS0 US unknown");
}

TEST(TableBuildFromRoutes, updates_are_applied_after_all_dumps) {
    const TemporaryFolder folder;
    MrtBuilder rib;
    rib.peers({kPeer}).rib("8.8.8.0/24", {{0, sequence({64500, 666}), {}}});
    write(folder.file("rib.mrt"), rib.text());
    MrtBuilder updates;
    updates.bgp4mp(
        kPeer, message(update({}, path_attribute(sequence({64500, 15169})), nlri("8.8.8.0/24"))));
    write(folder.file("updates.mrt"), updates.text());
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    options.updates = {folder.file("updates.mrt")};
    options.mrt = {folder.file("rib.mrt")};
    output_of(table_build, options);
    EXPECT_EQ(at(options.out, "8.8.8.8"), "8.8.8.0/24 AS15169 ZZ unknown");
}

TEST(TableBuildFromRoutes, refusals_name_the_file_and_the_reason) {
    const TemporaryFolder folder;
    TableBuildOptions options;
    options.out = folder.file("t.lut");
    EXPECT_THAT(error_of(table_build, options), HasSubstr("--mrt"));
    options.mrt = {folder.file("none.mrt")};
    EXPECT_THAT(error_of(table_build, options), HasSubstr("none.mrt: cannot be read"));
    write(folder.file("none.mrt"), "");
    EXPECT_THAT(error_of(table_build, options), HasSubstr("none.mrt: holds no record"));
    write(folder.file("none.mrt"), "this is a text and no dump of any router");
    EXPECT_THAT(error_of(table_build, options), HasSubstr("record 1 at byte 0"));
    write(folder.file("none.mrt"), MrtBuilder().peers({kPeer}).text());
    EXPECT_THAT(error_of(table_build, options), HasSubstr("no usable route in"));
}

TEST(TableRoutes, summary_counts_records_and_routes) {
    const TemporaryFolder folder;
    write(folder.file("f.mrt"), testing::one_of_everything().text() + "cut");
    TableRoutesOptions options;
    options.paths = {folder.file("f.mrt")};
    options.format = OutputFormat::kJson;
    const Json json = Json::parse(output_of(table_routes, options));
    EXPECT_EQ(json["routes"], 12);
    EXPECT_EQ(json["withdrawals"], 1);
    EXPECT_EQ(json["files"][0]["records"]["update"], 4);
    EXPECT_EQ(json["files"][0]["problems"]["file_cut"], 1);
    EXPECT_THAT(json["files"][0]["first_problems"][0].get<std::string>(),
                HasSubstr("the file ends inside this record"));
    options.format = OutputFormat::kText;
    EXPECT_THAT(output_of(table_routes, options), HasSubstr("12 routes of "));
}

TEST(TableRoutes, list_has_the_first_fields_of_bgpdump) {
    const TemporaryFolder folder;
    write(folder.file("f.mrt"), testing::one_of_everything().text());
    TableRoutesOptions options;
    options.paths = {folder.file("f.mrt")};
    options.show = TableRoutesOptions::Show::kList;
    const std::string text = output_of(table_routes, options);
    for (const char* line :
         {"TABLE_DUMP2|1419264900|B|192.0.2.1|64500|175.45.176.0/24|64500 4837 131279\n",
          "TABLE_DUMP2_AP|1419264900|B|192.0.2.1|64500|1.1.1.0/24|2|64500 13336\n",
          "TABLE_DUMP|1419264900|B|192.0.2.9|64500|175.45.177.0/24|64500 4837 131279\n",
          "BGP4MP|1419264900|W|192.0.2.9|64500|8.8.8.0/24\n",
          "BGP4MP_ET|1419264900.250000|A|2001:db8::9|70000|2a02:26f0::/32|64500 4837 131279\n",
          "BGP|1419264900|A|192.0.2.9|64500|9.9.8.0/24|64500 4837 23456\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
    options.format = OutputFormat::kJson;
    EXPECT_THAT(error_of(table_routes, options), HasSubstr("--list is text"));
}

}  // namespace
}  // namespace lull
