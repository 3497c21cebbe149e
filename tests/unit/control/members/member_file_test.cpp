#include "control/members/member_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "control/files.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As IXP Manager writes it, with what lull has no use for.
constexpr const char* kExport = R"({
 "version": "1.0", "timestamp": "2026-11-28T00:00:00Z",
 "ixp_list": [{"ixp_id": 1, "shortname": "EX-IX", "vlan": [{"id": 1, "name": "LAN 1"}]}],
 "member_list": [
  {"asnum": 64501, "name": "Two Ports", "member_type": "peering", "connection_list": [
    {"ixp_id": 1, "state": "active", "vlan_list": [
      {"vlan_id": 1, "ipv4": {"address": "192.0.2.2", "mac_addresses": ["02:00:00:00:00:02"]},
                     "ipv6": {"address": "2001:db8::2", "mac_addresses": ["02-00-00-00-00-02"]}}]},
    {"ixp_id": 1, "vlan_list": [
      {"vlan_id": 2, "ipv4": {"address": "192.0.2.3", "mac_addresses": ["0200.0000.0003"]}}]}]},
  {"asnum": 64500, "name": "No Address", "connection_list": []}
 ]})";

TEST(MemberFile, an_ixf_export_is_read) {
    const auto file = parse_member_file(kExport, "ix.json");
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_THAT(file->problems, IsEmpty());
    ASSERT_THAT(file->members, SizeIs(2));
    EXPECT_EQ(file->members[0].asn, 64500u);
    EXPECT_THAT(file->members[0].ports, IsEmpty());
    const Member& two = file->members[1];
    EXPECT_EQ(two.name, "Two Ports");
    EXPECT_THAT(two.ports,
                ElementsAre(Member::Port{0x020000000002, 1}, Member::Port{0x020000000003, 2}));
    EXPECT_THAT(two.addresses, ElementsAre("192.0.2.2", "192.0.2.3", "2001:db8::2"));
}

TEST(MemberFile, what_was_written_is_read_again) {
    const auto file = parse_member_file(kExport, "ix.json");
    ASSERT_TRUE(file);
    const auto again = parse_member_file(write_member_file(file->members), "again.json");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->members, file->members);
}

TEST(MemberFile, each_wrong_entry_is_named_and_left_out) {
    const auto file = parse_member_file(
        R"({"member_list": [{"asnum": 0}, {"name": "none"}, 7,
            {"asnum": 64500, "connection_list": [{"vlan_list": [
              {"ipv4": {"address": "192.0.2", "mac_addresses": ["02:00:00:00:00:0g",
               "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", 12, "02:00:00:00:00:01"]}}]}]}]})",
        "ix.json");
    ASSERT_TRUE(file);
    EXPECT_THAT(file->problems, SizeIs(8));
    EXPECT_EQ(file->problems[0], "member_list[0].asnum: an AS number is wanted, 1 to 4294967295");
    EXPECT_EQ(file->problems[3],
              "member_list[3].connection_list[0].vlan_list[0].ipv4.mac_addresses[0]: "
              "\"02:00:00:00:00:0g\" is no MAC address of an interface");
    ASSERT_THAT(file->members, SizeIs(1));
    EXPECT_THAT(file->members[0].ports, ElementsAre(Member::Port{0x020000000001, 0}));
}

TEST(MemberFile, other_documents_are_refused) {
    for (const char* text : {"", "[]", "{}", "{\"member_list\": {}}", "{\"member_list\": [",
                             "not json", "null", "12"}) {
        EXPECT_FALSE(parse_member_file(text, "x.json")) << text;
    }
    EXPECT_THAT(parse_member_file("{}", "x.json").error().message, HasSubstr("member_list"));
}

TEST(MemberFile, a_monitor_goes_by_none_that_could_mislead) {
    const TemporaryFolder folder;
    const std::string path = folder.file("members.json");
    const auto load = [&](const std::string& text) {
        EXPECT_TRUE(write_file_atomically(
            path, {reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
        return load_member_file(path);
    };
    EXPECT_TRUE(load(kExport));
    EXPECT_THAT(load("{\"member_list\": [{\"asnum\": 64500}]}").error().message,
                HasSubstr("none of its 1 members has a MAC address"));
    const char* twice = R"({"member_list": [
      {"asnum": 1, "connection_list": [{"vlan_list": [{"mac_addresses": ["02:00:00:00:00:01"]}]}]},
      {"asnum": 2, "connection_list": [{"vlan_list": [{"mac_addresses": ["02:00:00:00:00:01"]}]}]}
    ]})";
    EXPECT_THAT(load(twice).error().message, HasSubstr("02:00:00:00:00:01: two members have it"));
    EXPECT_THAT(load("{\"member_list\": [{}]}").error().message, HasSubstr("lull members sync"));
    EXPECT_THAT(load_member_file(folder.file("none.json")).error().message, HasSubstr("none.json"));
}

TEST(Mac, is_read_in_the_three_ways_that_people_write_it) {
    for (const char* text : {"02:4c:00:01:00:2f", "02-4C-00-01-00-2F", "024c.0001.002f"}) {
        EXPECT_EQ(parse_mac(text), MacNumber{0x024c0001002f}) << text;
    }
    for (const char* text : {"", "02:4c:00:01:00", "02:4c:00:01:00:2f:", "02:4c-00:01:00:2f",
                             "01:00:5e:00:00:01", "024c0001002f", "02:4c:00:01:00: f"}) {
        EXPECT_FALSE(parse_mac(text)) << text;
    }
    EXPECT_EQ(format_mac(0x024c0001002f), "02:4c:00:01:00:2f");
}

}  // namespace
}  // namespace lull
