// One country's networks in routing, tick by tick.
#include "control/routing_track.h"

#include <gtest/gtest.h>

#include "control/archive.h"
#include "control/routing_text.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr int64_t kStart_ns = 1'419'265'000 * kSecond_ns;

struct Country {
    RoutingTrack track;
    int64_t now_ns = kStart_ns;

    Routing step(const RoutingFacts& facts, WitnessState witness = WitnessState::kSees) {
        now_ns += 10 * kSecond_ns;
        track.step({now_ns, 10, witness, facts});
        return track.verdict().routing;
    }
    Routing hours(double count, const RoutingFacts& facts) {
        for (int i = 0; i < static_cast<int>(count * 360); ++i) step(facts);
        return track.verdict().routing;
    }
};

constexpr RoutingFacts kAll{.networks = 4};
constexpr RoutingFacts kNone{.withdrawn = 4};

TEST(RoutingTrack, four_of_four_withdrawn_are_gone_at_once_and_known_since_when) {
    Country korea;
    EXPECT_EQ(korea.hours(1, kAll), Routing::kStands);
    EXPECT_EQ(korea.track.verdict().since_ns, 0);
    EXPECT_EQ(korea.step({.networks = 3, .withdrawn = 1}), Routing::kStands);
    EXPECT_EQ(korea.step({.networks = 2, .withdrawn = 2}), Routing::kGone);
    const int64_t since_ns = korea.now_ns;
    EXPECT_EQ(korea.step(kNone), Routing::kGone);
    EXPECT_EQ(korea.track.verdict().since_ns, since_ns);
    EXPECT_DOUBLE_EQ(korea.track.verdict().gone_share, 1);
    EXPECT_EQ(korea.step({.networks = 3, .withdrawn = 1}), Routing::kGone) << "0.75 is not 0.8";
    EXPECT_EQ(korea.step(kAll), Routing::kStands);
    EXPECT_EQ(korea.track.verdict().since_ns, korea.now_ns);
}

TEST(RoutingTrack, what_is_usual_is_not_forgotten_while_it_is_gone) {
    Country korea;
    korea.hours(1, kAll);
    EXPECT_EQ(korea.hours(6 * 24, kNone), Routing::kGone);
    EXPECT_NEAR(korea.track.verdict().normal, 4, 0.1);
    korea.hours(2 * 24, {});  // the witness has forgotten it too
    EXPECT_EQ(korea.track.verdict().routing, Routing::kNotKnown);
    EXPECT_NEAR(korea.track.verdict().normal, 0, 0.1);
}

TEST(RoutingTrack, the_usual_number_follows_in_days) {
    Country country;
    country.hours(24 * 5, {.networks = 100});
    country.hours(24, {.networks = 200});
    EXPECT_NEAR(country.track.verdict().normal, 150, 2);
}

TEST(RoutingTrack, a_session_that_is_down_is_not_a_withdrawal) {
    Country korea;
    korea.hours(1, kAll);
    EXPECT_EQ(korea.step({.unknown = 4}), Routing::kNotKnown);
    EXPECT_EQ(korea.step({}, WitnessState::kDeaf), Routing::kNotKnown);
    EXPECT_EQ(korea.step({}, WitnessState::kTooOld), Routing::kNotKnown);
    EXPECT_EQ(korea.step(kAll), Routing::kStands);
    EXPECT_EQ(korea.track.verdict().since_ns, 0);
}

TEST(RoutingTrack, a_collector_that_begins_anew_has_not_seen_them_go) {
    Country country;
    country.hours(1, {.networks = 100});
    EXPECT_EQ(country.step({.networks = 10}), Routing::kNotKnown);
    EXPECT_EQ(country.step({.networks = 60}), Routing::kStands);
    country.step({.withdrawn = 100});
    EXPECT_EQ(country.step({}), Routing::kNotKnown) << "gone, and now nobody knows";
    EXPECT_EQ(country.step({.networks = 90}), Routing::kStands);
}

TEST(RoutingTrack, a_country_without_networks_is_not_judged) {
    Country country;
    EXPECT_EQ(country.hours(1, {.withdrawn = 5}), Routing::kNotKnown);
    EXPECT_EQ(routing_doubt(country.track.verdict()), "no network of it is known");
}

TEST(RoutingTrack, flaps_are_counted_by_the_minute_and_a_new_count_is_none) {
    Country country;
    RoutingFacts facts{.networks = 4};
    for (int i = 0; i < 360; ++i) {
        facts.changes += 2;  // 12 a minute
        country.step(facts);
    }
    EXPECT_NEAR(country.track.verdict().flaps_per_min, 12, 0.5);
    facts.changes = 5;
    country.step(facts);
    EXPECT_LT(country.track.verdict().flaps_per_min, 12);
    country.hours(1, facts);
    EXPECT_LT(country.track.verdict().flaps_per_min, 0.01);
}

TEST(RoutingTrack, networks_that_another_country_announces_have_moved_and_not_gone) {
    Country korea;
    korea.hours(1, kAll);
    RoutingFacts facts = kAll;
    facts.moved = {1, 4134, *find_country("CN")};
    EXPECT_EQ(korea.step(facts), Routing::kStands);
    EXPECT_FALSE(korea.track.verdict().moved()) << "one of four";
    EXPECT_EQ(moved_evidence(korea.track.verdict()),
              "moved, by routing: no: 1 of 4 networks announced by AS4134 of CN");
    facts.moved.networks = 4;
    EXPECT_EQ(korea.step(facts), Routing::kStands);
    EXPECT_EQ(korea.track.verdict().moved_since_ns, korea.now_ns);
    EXPECT_EQ(moved_evidence(korea.track.verdict()),
              "moved, by routing: yes: 4 of 4 networks announced by AS4134 of CN, first seen "
              "2014-12-22T17:17:00Z");
    EXPECT_EQ(korea.hours(24, facts), Routing::kStands);
    EXPECT_NEAR(korea.track.verdict().normal, 4, 0.01);
    EXPECT_EQ(korea.step({}), Routing::kNotKnown) << "after a week they are not its own any more";
    korea.step(kAll);
    EXPECT_FALSE(korea.track.verdict().moved());
    EXPECT_EQ(moved_evidence(korea.track.verdict()),
              "moved, by routing: no: 0 of 4 networks announced by another country's AS");
    korea.step({}, WitnessState::kTooOld);
    EXPECT_EQ(moved_evidence(korea.track.verdict()),
              "moved, by routing: not checkable: the witness is older than 60 s");
}

TEST(RoutingTrack, goes_on_after_a_restart) {
    Country before;
    before.hours(1, kAll);
    before.step(kNone);
    ArchiveWriter writer;
    writer(before.track);
    const std::vector<uint8_t> bytes = writer.take();
    Country after;
    ArchiveReader reader(bytes);
    reader(after.track);
    ASSERT_FALSE(reader.failed());
    after.now_ns = before.now_ns;
    EXPECT_EQ(after.step(kNone), Routing::kGone);
    EXPECT_EQ(after.track.verdict().since_ns, before.now_ns);
}

TEST(RoutingTrack, says_it_in_words) {
    Country korea;
    RoutingFacts all = kAll;
    all.upstream = 4837;
    all.upstreams = 1;
    korea.hours(1, all);
    EXPECT_EQ(routing_evidence(korea.track.verdict(), korea.now_ns),
              "routing stands: 4 of 4 networks announced, via AS4837");
    all.upstreams = 3;
    korea.step(all);
    EXPECT_EQ(routing_evidence(korea.track.verdict(), korea.now_ns),
              "routing stands: 4 of 4 networks announced, via AS4837 and 2 more");
    const int64_t fell_ns = korea.now_ns;
    korea.step(kNone);
    EXPECT_EQ(routing_evidence(korea.track.verdict(), fell_ns),
              "routing: 4 of 4 networks withdrawn, first seen 2014-12-22T17:17:00Z: both, volume "
              "first by 10 s");
    EXPECT_EQ(routing_evidence(korea.track.verdict(), fell_ns + 60 * kSecond_ns),
              "routing: 4 of 4 networks withdrawn, first seen 2014-12-22T17:17:00Z: both, routing "
              "first by 50 s");
    EXPECT_EQ(routing_evidence(korea.track.verdict(), 0),
              "routing: 4 of 4 networks withdrawn, first seen 2014-12-22T17:17:00Z: routing only, "
              "its traffic is here");
    korea.step(kAll);
    EXPECT_EQ(routing_return(korea.track.verdict()),
              "routing: 4 of 4 networks announced again, first seen 2014-12-22T17:17:10Z");
    korea.step({.networks = 1, .unknown = 3});
    EXPECT_EQ(routing_evidence(korea.track.verdict(), fell_ns),
              "routing: not known (3 of its networks are of peers that cannot be heard)");
    korea.step({}, WitnessState::kTooOld);
    EXPECT_EQ(routing_evidence(korea.track.verdict(), fell_ns),
              "routing: not known (the witness is older than 60 s)");
}

}  // namespace
}  // namespace lull
