#include "control/bgp/as_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mrt_builder.h"

namespace lull {
namespace {

using testing::Path;
using testing::sequence;
using Type = AsPath::SegmentType;
using Kind = AsPath::OriginKind;

AsPath path_of(const Path& path, AsWidth width = AsWidth::kFour) {
    AsPath made;
    EXPECT_EQ(made.read(testing::as_path(path, width), width), RouteProblem::kNone);
    return made;
}

std::string merged(const Path& old_path, const Path& full) {
    AsPath path = path_of(old_path, AsWidth::kTwo);
    path.merge(path_of(full));
    return path.text();
}

TEST(AsPath, text_shows_segments_as_bgpdump_does) {
    EXPECT_EQ(path_of({}).text(), "");
    EXPECT_EQ(path_of({{Type::kConfedSequence, {65001, 65002}},
                       {Type::kConfedSet, {65003, 65004}},
                       {Type::kSequence, {3257, 1299}},
                       {Type::kSet, {64500, 64501}}})
                  .text(),
              "(65001 65002) [65003,65004] 3257 1299 {64500,64501}");
}

TEST(AsPath, malformed_segments_are_refused_and_leave_it_empty) {
    AsPath path;
    for (const testing::Octetstring& bad :
         std::vector<testing::Octetstring>{{2},
                                           {2, 1},
                                           {2, 1, 0, 0, 1},
                                           {2, 0},
                                           {0, 1, 0, 0, 0, 1},
                                           {5, 1, 0, 0, 0, 1},
                                           {2, 1, 0, 0, 0, 1, 2},
                                           {2, 255, 0, 0, 0, 1}}) {
        EXPECT_EQ(path.read(bad, AsWidth::kFour), RouteProblem::kAsPath);
        EXPECT_TRUE(path.empty());
    }
}

TEST(AsPath, origin_is_the_last_as_outside_confederations) {
    EXPECT_EQ(path_of(sequence({1, 2, 3})).origin(), (AsPath::Origin{Kind::kSequence, 3}));
    EXPECT_EQ(path_of({{Type::kSequence, {1, 2}}, {Type::kConfedSequence, {65001}}}).origin(),
              (AsPath::Origin{Kind::kSequence, 2}));
    EXPECT_EQ(path_of({}).origin().kind, Kind::kNone);
    EXPECT_EQ(path_of({{Type::kConfedSet, {65001}}}).origin().kind, Kind::kNone);
}

TEST(AsPath, a_set_gives_the_origin_only_if_it_holds_one_as) {
    EXPECT_EQ(path_of({{Type::kSequence, {1, 2}}, {Type::kSet, {7}}}).origin(),
              (AsPath::Origin{Kind::kSequence, 7}));
    EXPECT_EQ(path_of({{Type::kSequence, {1, 2}}, {Type::kSet, {7, 7}}}).origin(),
              (AsPath::Origin{Kind::kSequence, 7}));
    EXPECT_EQ(path_of({{Type::kSequence, {1, 2}}, {Type::kSet, {7, 8}}}).origin(),
              (AsPath::Origin{Kind::kSet, 2}))
        << "who made the aggregate";
    EXPECT_EQ(path_of({{Type::kSet, {7, 8}}}).origin().kind, Kind::kNone);
}

TEST(AsPath, as_0_and_as_trans_are_nobody) {
    EXPECT_EQ(path_of(sequence({1, 0})).origin().kind, Kind::kNone);
    EXPECT_EQ(path_of(sequence({1, kAsTrans})).origin().kind, Kind::kNone);
}

TEST(AsPath, merge_replaces_the_end_by_the_as4_path) {
    EXPECT_EQ(merged(sequence({100, 23456, 200, 23456}), sequence({70000, 200, 80000})),
              "100 70000 200 80000");
    EXPECT_EQ(merged(sequence({1, 2}), sequence({70000, 3})), "70000 3");
    EXPECT_EQ(merged(sequence({1, 2}), {}), "1 2") << "an empty one says nothing";
}

TEST(AsPath, merge_ignores_an_as4_path_longer_than_the_path) {
    EXPECT_EQ(merged(sequence({1, 23456}), sequence({1, 2, 70000})), "1 23456");
}

TEST(AsPath, merge_counts_a_set_as_one_and_confederations_as_none) {
    EXPECT_EQ(merged({{Type::kSequence, {1, 23456}}, {Type::kSet, {23456, 9}}},
                     {{Type::kSequence, {70000}}, {Type::kSet, {80000, 9}}}),
              "1 70000 {80000,9}");
    EXPECT_EQ(merged({{Type::kConfedSequence, {65001}}, {Type::kSequence, {1, 23456}}},
                     {{Type::kConfedSequence, {65009}}, {Type::kSequence, {70000}}}),
              "(65001) 1 70000");
}

TEST(AsPath, flatten_gives_each_hop_once_and_no_confederations) {
    std::vector<uint32_t> flat{99};
    path_of({{Type::kConfedSequence, {65001}},
             {Type::kSequence, {1, 1, 1, 2, 3, 3}},
             {Type::kSet, {7, 8}}})
        .flatten(flat);
    EXPECT_THAT(flat, ::testing::ElementsAre(1, 2, 3, 7, 8));
}

}  // namespace
}  // namespace lull
