// Which of a country's upstreams went and came, told when it has lasted.
#include "control/upstream_track.h"

#include <gtest/gtest.h>

#include "control/archive.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr int64_t kStart_ns = 1'419'264'900 * kSecond_ns;  // 2014-12-22T16:15:00Z

RoutingFacts behind(UpstreamList list, uint32_t count = 0) {
    RoutingFacts facts;
    facts.told_upstreams = list;
    while (facts.upstreams < list.size() && list[facts.upstreams] != 0) ++facts.upstreams;
    facts.upstreams = std::max(facts.upstreams, count);
    return facts;
}

struct Followed {
    UpstreamTrack track;
    int64_t now_ns = kStart_ns;
    int changes = 0;

    void seconds(double count, const RoutingFacts& facts) {
        for (double past = 0; past < count; past += 10) {
            const UpstreamChange before = track.last();
            now_ns += 10 * kSecond_ns;
            track.step(facts, now_ns, 10);
            changes += track.last() == before ? 0 : 1;
        }
    }
};

TEST(UpstreamTrack, the_only_one_that_vanishes_is_told_with_its_first_time) {
    Followed korea;
    korea.seconds(600, behind({4837}));
    EXPECT_EQ(korea.track.last().time_ns, 0);
    const int64_t went_ns = korea.now_ns + 10 * kSecond_ns;
    korea.seconds(50, behind({}));
    EXPECT_EQ(korea.changes, 0) << "it may be back at once";
    korea.seconds(10, behind({}));
    EXPECT_EQ(korea.track.last().time_ns, went_ns);
    EXPECT_EQ(upstream_text(korea.track.last()),
              "upstreams: AS4837 gone since 2014-12-22T16:25:10Z, 0 left of 1");
    korea.seconds(3600, behind({}));
    EXPECT_EQ(korea.changes, 1);
}

TEST(UpstreamTrack, what_went_and_what_came_are_named_and_rank_is_no_change) {
    Followed country;
    country.seconds(100, behind({10, 20, 30}));
    country.seconds(100, behind({30, 20, 10}));
    EXPECT_EQ(country.changes, 0);
    country.seconds(100, behind({20, 10, 40}));
    EXPECT_EQ(upstream_text(country.track.last()),
              "upstreams: AS30, the largest, gone, AS40 new since 2014-12-22T16:18:30Z, 2 left of "
              "3, 3 now");
}

TEST(UpstreamTrack, of_many_only_the_largest_is_told) {
    Followed country;
    country.seconds(100, behind({1, 2, 3, 4, 5, 6, 7, 8}, 20));
    country.seconds(100, behind({1, 2, 3, 4, 5, 6, 7, 9}, 21));
    EXPECT_EQ(country.changes, 0);
    country.seconds(100, behind({2, 3, 4, 5, 6, 7, 9, 8}, 20));
    EXPECT_EQ(upstream_text(country.track.last()),
              "upstreams: AS1, the largest, gone since 2014-12-22T16:18:30Z, 20 left of 21");
}

TEST(UpstreamTrack, flapping_is_told_a_few_times_and_what_lasts_afterwards_is_told_again) {
    Followed country;
    country.seconds(100, behind({4837}));
    for (int i = 0; i < 66; ++i) {  // eight minutes gone of every twenty, for 22 hours
        country.seconds(480, behind({}));
        country.seconds(720, behind({4837}));
    }
    EXPECT_GE(country.changes, 2);
    EXPECT_LE(country.changes, 12);
    const int64_t went_ns = country.now_ns + 10 * kSecond_ns;
    country.seconds(1000, behind({}));
    EXPECT_EQ(country.track.last().time_ns, went_ns);
}

TEST(UpstreamTrack, goes_on_after_a_restart) {
    Followed before;
    before.seconds(600, behind({4837}));
    ArchiveWriter writer;
    writer(before.track);
    const std::vector<uint8_t> bytes = writer.take();
    Followed after;
    ArchiveReader reader(bytes);
    reader(after.track);
    ASSERT_FALSE(reader.failed());
    after.now_ns = before.now_ns;
    after.seconds(60, behind({}));
    EXPECT_EQ(after.changes, 1);
}

}  // namespace
}  // namespace lull
