#include "control/members/member_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/limits.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr MacNumber kOne = 0x020000000001, kTwo = 0x020000000002;

MemberList list_of(std::initializer_list<std::pair<uint32_t, MacNumber>> members) {
    MemberList list;
    for (const auto& [asn, mac] : members) list.push_back({asn, "", {{mac, 0}}, {}});
    return list;
}

TEST(MemberBook, a_member_keeps_its_number_through_every_list) {
    MemberBook book;
    const auto first = book.adopt(list_of({{64500, kOne}, {64501, kTwo}}));
    ASSERT_TRUE(first);
    const MemberId two = (*first)->find(kTwo, 0);
    const auto second = book.adopt(list_of({{64501, kOne}}));
    ASSERT_TRUE(second);
    EXPECT_EQ((*second)->find(kOne, 0), two);
    EXPECT_EQ((*second)->find(kTwo, 0), kMemberUnknown);
    EXPECT_EQ(book.entries()[index_of(two)].key.asn, 64501u);
    EXPECT_FALSE(book.entries()[1].listed) << "AS64500 is kept, for its counts";
    const auto third = book.adopt(list_of({{64500, kTwo}}));
    ASSERT_TRUE(third);
    EXPECT_EQ(index_of((*third)->find(kTwo, 0)), 1);
}

TEST(MemberBook, a_list_that_is_refused_changes_nothing) {
    MemberBook book;
    ASSERT_TRUE(book.adopt(list_of({{64500, kOne}})));
    const auto refused = book.adopt(list_of({{64501, kTwo}, {64502, kTwo}}));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("02:00:00:00:00:02: two members have it"));
    EXPECT_EQ(book.entries().size(), 2u);
    EXPECT_TRUE(book.entries()[1].listed);
}

TEST(MemberBook, members_are_learned_until_there_is_no_room) {
    MemberBook book;
    const auto some = book.learn({kOne, kTwo, kOne});
    ASSERT_TRUE(some);
    EXPECT_EQ(index_of((*some)->find(kOne, 7)), 1);
    EXPECT_EQ(member_label(book.entries()[1].key), "02:00:00:00:00:01");
    std::vector<MacNumber> many;
    for (uint64_t i = 0; i < kMaxMembers + 10; ++i) many.push_back(0x0a0000000000 + i);
    const auto all = book.learn(many);
    ASSERT_TRUE(all);
    EXPECT_EQ(book.entries().size(), kMaxMembers);
    EXPECT_EQ((*all)->find(many.back(), 0), kMemberUnknown);
    EXPECT_EQ(index_of((*all)->find(kTwo, 0)), 2);
    EXPECT_FALSE(book.adopt(list_of({{64500, kOne}}))) << "it is full";
}

}  // namespace
}  // namespace lull
