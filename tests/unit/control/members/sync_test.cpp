#include "control/members/sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "control/members/member_file.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPeeringdb = R"({"meta": {}, "data": [
  {"id": 1, "asn": 64500, "ixlan_id": 64, "name": "EX-IX", "ipaddr4": "192.0.2.1", "ipaddr6": null},
  {"id": 2, "asn": 64500, "ixlan_id": 64, "ipaddr4": "192.0.2.2", "ipaddr6": "2001:DB8::2"},
  {"id": 3, "asn": 64501, "ixlan_id": 65, "ipaddr4": "198.51.100.1"}, 7, {"asn": "x"}]})";
constexpr const char* kNeighbours = R"([
  {"dst": "192.0.2.1", "dev": "eth0", "lladdr": "02:00:00:00:00:01", "state": ["STALE"]},
  {"dst": "2001:db8::2", "dev": "eth0", "lladdr": "02:00:00:00:00:02"},
  {"dst": "192.0.2.9", "dev": "eth0", "state": ["FAILED"]}, {"dst": 4}])";

TEST(MemberSync, peeringdb_and_neighbours_make_members_with_addresses) {
    EXPECT_THAT(parse_peeringdb(kPeeringdb, "pdb.json", {}).error().message,
                HasSubstr("of 2 exchanges; mend: say which, --ixlan 64"));
    auto members = parse_peeringdb(kPeeringdb, "pdb.json", 64);
    ASSERT_TRUE(members) << members.error().message;
    ASSERT_THAT(*members, SizeIs(1));
    EXPECT_THAT(members->front().addresses, ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::2"));
    const auto found = add_neighbours(kNeighbours, "n.json", *members);
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, 2u);
    EXPECT_THAT(members->front().ports,
                ElementsAre(Member::Port{0x020000000001, 0}, Member::Port{0x020000000002, 0}));
    EXPECT_FALSE(parse_peeringdb(kPeeringdb, "pdb.json", 99));
    EXPECT_FALSE(parse_peeringdb("[]", "pdb.json", 64));
    EXPECT_FALSE(add_neighbours("{}", "n.json", *members));
}

TEST(MemberSync, says_what_is_new_gone_and_changed) {
    const MemberList before{{64500, "A", {{1, 0}}, {}}, {64501, "B", {{2, 0}}, {}}};
    const MemberList after{{64501, "B", {{3, 5}}, {}}, {64502, "C", {}, {}}};
    const MemberChanges changes = compare_members(before, after);
    EXPECT_EQ(changes.added, 1u);
    EXPECT_EQ(changes.removed, 1u);
    EXPECT_EQ(changes.changed, 1u);
    EXPECT_THAT(
        changes.lines,
        ElementsAre("- AS64500 A: 00:00:00:00:00:01", "- AS64501 B: 00:00:00:00:00:02",
                    "+ AS64501 B: 00:00:00:00:00:03 (VLAN 5)", "+ AS64502 C: no MAC address"));
    EXPECT_THAT(compare_members(after, after).lines, IsEmpty());
}

class MemberSyncFiles : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) {
        std::ofstream(path(name)) << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.file(name); }
    MemberSyncOptions options(const std::string& from) const {
        MemberSyncOptions options;
        options.from = path(from);
        options.out = path("members.json");
        return options;
    }
    TemporaryFolder folder_;
};

TEST_F(MemberSyncFiles, writes_a_file_and_refuses_one_that_lost_too_many) {
    MemberList ten;
    for (uint32_t i = 0; i < 10; ++i)
        ten.push_back({64500 + i, "M", {{MacNumber{0x020000000000} + i, 0}}, {}});
    write("ten.json", write_member_file(ten));
    ASSERT_TRUE(run_member_sync(options("ten.json")));
    const auto written = load_member_file(path("members.json"));
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ(*written, ten);
    MemberList seven(ten.begin(), ten.begin() + 7);
    write("seven.json", write_member_file(seven));
    const auto refused = run_member_sync(options("seven.json"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("has lost 3 of the 10 members"));
    EXPECT_EQ(*load_member_file(path("members.json")), ten);
    MemberSyncOptions check = options("seven.json");
    check.check = true;
    EXPECT_TRUE(run_member_sync(check));
    EXPECT_EQ(*load_member_file(path("members.json")), ten);
    MemberSyncOptions force = options("seven.json");
    force.force = true;
    EXPECT_TRUE(run_member_sync(force));
    EXPECT_EQ(*load_member_file(path("members.json")), seven);
}

TEST_F(MemberSyncFiles, refuses_a_list_that_lost_its_mac_addresses) {
    MemberList ten;
    for (uint32_t i = 0; i < 10; ++i)
        ten.push_back({64500 + i, "M", {{MacNumber{0x020000000000} + i, 0}}, {}});
    write("ten.json", write_member_file(ten));
    ASSERT_TRUE(run_member_sync(options("ten.json")));
    MemberList bare = ten;
    for (std::size_t i = 0; i < 3; ++i) bare[i].ports.clear();
    write("bare.json", write_member_file(bare));
    const auto refused = run_member_sync(options("bare.json"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("has MAC addresses of 7 members"));
    EXPECT_EQ(*load_member_file(path("members.json")), ten);
    MemberSyncOptions force = options("bare.json");
    force.force = true;
    EXPECT_TRUE(run_member_sync(force));
    EXPECT_EQ(*load_member_file(path("members.json")), bare);
}

TEST_F(MemberSyncFiles, writes_what_a_monitor_takes_where_members_share_an_address) {
    const MacNumber shared = 0x020000000001, own = 0x020000000002;
    MemberList members{{64500, "A", {{shared, 0}, {own, 0}}, {}}, {64501, "B", {{shared, 0}}, {}}};
    write("shared.json", write_member_file(members));
    EXPECT_FALSE(load_member_file(path("shared.json")));
    ASSERT_TRUE(run_member_sync(options("shared.json")));
    const auto written = load_member_file(path("members.json"));
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_THAT(written->at(0).ports, ElementsAre(Member::Port{own, 0}));
    EXPECT_THAT(written->at(1).ports, IsEmpty());
    EXPECT_THAT(drop_shared(members),
                ElementsAre("02:00:00:00:00:01: AS64500 and AS64501 have it"));
    MemberList by_vlan{{64500, "A", {{shared, 5}}, {}}, {64501, "B", {{shared, 6}}, {}}};
    EXPECT_THAT(drop_shared(by_vlan), IsEmpty());
}

TEST_F(MemberSyncFiles, refuses_what_is_no_export) {
    write("text.json", "hello");
    EXPECT_THAT(run_member_sync(options("text.json")).error().message, HasSubstr("no JSON"));
    write("other.json", "{}");
    EXPECT_THAT(run_member_sync(options("other.json")).error().message, HasSubstr("member_list"));
    EXPECT_FALSE(run_member_sync(options("none.json")));
}

}  // namespace
}  // namespace lull
