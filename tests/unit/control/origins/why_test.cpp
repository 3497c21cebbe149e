#include "control/origins/why.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "control/origins/command.h"
#include "tests/support/mrt_builder.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::HasSubstr;
using testing::operator+;

class LookupWhy : public ::testing::Test {
  protected:
    void SetUp() override {
        write("loc.txt",
              "net: 175.45.176.0/22\ncountry: KP\naut-num: 100\n\n"
              "net: 2a06:1287::/32\ncountry: KP\naut-num: 205432\nis-anycast: yes\n\n");
        write("d.txt", "apnic|CN|ipv4|175.45.176.0|1024|20091221|allocated\n");
        write("o.yaml", "countries: [{country: KP, asns: [131279]}]\n");
        testing::MrtBuilder rib;
        rib.peers({kPeer});
        rib.rib("175.45.176.0/24", {{0, testing::sequence({64500, 4837, 131279}), {}}});
        write("rib.mrt", rib.text());
        testing::MrtBuilder updates;
        updates.bgp4mp(kPeer,
                       testing::message(testing::update(testing::nlri("175.45.176.0/24"), {}, {})));
        write("updates.mrt", updates.text());
        build_.out = folder_.file("t.lut");
        build_.location_dumps = {folder_.file("loc.txt")};
        build_.delegated = {folder_.file("d.txt")};
        build_.overrides = {folder_.file("o.yaml")};
        build_.mrt = {folder_.file("rib.mrt")};
        build_.updates = {folder_.file("updates.mrt")};
        output_of([&] { return table_build(build_); });
    }

    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_.file(name), std::ios::binary) << text;
    }

    template <typename Command>
    std::string output_of(Command command) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const auto result = command();
        ::testing::internal::GetCapturedStderr();
        const std::string text = ::testing::internal::GetCapturedStdout();
        EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
        return text;
    }

    std::string why(const char* address, OutputFormat format = OutputFormat::kText) {
        return output_of([&] {
            return table_lookup({build_.out, {address}, TableLookupOptions::Explain::kWhy, format});
        });
    }

    const testing::BuiltPeer kPeer{"192.0.2.9", 64500};
    TemporaryFolder folder_;
    TableBuildOptions build_;
};

TEST_F(LookupWhy, names_who_decided_and_what_the_others_say) {
    const std::string text = why("175.45.176.1");
    EXPECT_THAT(text, HasSubstr("AS131279 KP unknown"));
    EXPECT_THAT(text, HasSubstr("withdrawn since 2014-12-22T16:15:00Z"));
    EXPECT_THAT(text, HasSubstr("AS       AS131279: mrt " + folder_.file("rib.mrt") +
                                " of 175.45.176.0/24\n"));
    EXPECT_THAT(text, HasSubstr("country  KP: location-dump " + folder_.file("loc.txt") +
                                " of 175.45.176.0/22\n"));
    EXPECT_THAT(text, HasSubstr("delegated " + folder_.file("d.txt") + ": CN of 175.45.176.0/22"));
    EXPECT_THAT(text, HasSubstr("loc.txt: KP of 175.45.176.0/22, AS100 of 175.45.176.0/22"));
    EXPECT_EQ(text.find("CHANGED"), std::string::npos);
}

TEST_F(LookupWhy, says_that_a_countrys_rule_turned_the_sources_down) {
    EXPECT_THAT(why("2a06:1287::1"), HasSubstr("country  ZZ: the override of country KP: "
                                               "location-dump"));
    const Json json = Json::parse(why("2a06:1287::1", OutputFormat::kJson)).at(0);
    EXPECT_EQ(json["country"], "ZZ");
    EXPECT_EQ(json["why"]["country"]["by"], "country override");
    EXPECT_EQ(json["why"]["asn"]["kind"], "location-dump");
    EXPECT_EQ(json["why"]["class"]["prefix"], "2a06:1287::/32");
    EXPECT_EQ(json["why"]["now"], nullptr);
    EXPECT_EQ(json["why"]["sources"].size(), 5U);
    EXPECT_EQ(json["why"]["sources"][1]["state"], "same");
    EXPECT_EQ(json["why"]["sources"][1]["country"], nullptr);
    EXPECT_EQ(json["why"]["sources"][2]["country"], "KP");
}

TEST_F(LookupWhy, tells_a_source_that_changed_or_is_gone) {
    write("loc.txt", "net: 175.45.176.0/22\ncountry: JP\naut-num: 100\n\n");
    std::filesystem::remove(folder_.file("d.txt"));
    const std::string text = why("175.45.176.1");
    EXPECT_THAT(text, HasSubstr("the sources as they are now say AS131279 JP unknown: build the "
                                "table again"));
    EXPECT_THAT(text, HasSubstr("loc.txt: CHANGED since the table was built"));
    EXPECT_THAT(text, HasSubstr("delegated: GONE: "));
    const Json json = Json::parse(why("175.45.176.1", OutputFormat::kJson)).at(0);
    EXPECT_EQ(json["country"], "KP");
    EXPECT_EQ(json["why"]["now"]["country"], "JP");
    EXPECT_EQ(json["why"]["sources"][1]["state"], "unreadable");
    EXPECT_EQ(json["why"]["sources"][2]["state"], "changed");
}

TEST_F(LookupWhy, has_nothing_to_say_of_private_space_and_little_of_the_unknown) {
    EXPECT_THAT(why("10.0.0.1"), HasSubstr("private (special space)\n"));
    EXPECT_THAT(why("8.8.8.8"), HasSubstr("in no prefix of the table\n  source   delegated"));
}

}  // namespace
}  // namespace lull
