// A country that falls over one family of addresses alone, in a whole detector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::size_t kCountry = 60;
constexpr double kBefore_h = 30;  // past the first day

/// A world at one-minute ticks, a share of it over IPv6, and what becomes of kCountry.
struct Site {
    Site(double ipv6_share, const std::function<Effect(double hours)>& effect)
        : world({.tick_s = 60, .ipv6_share = ipv6_share}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(kBefore_h * 3600)) {
        world.per_tick[kCountry] = 300;
        world.script = [start = from, effect](std::size_t country, int64_t t) {
            return country == kCountry && t >= start ? effect(static_cast<double>(t - start) / 3600)
                                                     : Effect{};
        };
    }
    /// From the beginning until so long after what happens.
    void run_until(double hours) {
        const int64_t until = from + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < until) detector.step(world.next());
    }
    [[nodiscard]] std::vector<Incident> incidents() const {
        std::vector<Incident> own;
        for (const Incident& incident : detector.incidents()) {
            if (incident.country == CountryId{kCountry}) own.push_back(incident);
        }
        return own;
    }
    [[nodiscard]] State state() const { return detector.verdicts()[kCountry].state; }

    World world;
    Detector detector;
    int64_t from;
};

TEST(FamilyTrack, the_smaller_family_falls_alone) {
    Site site(0.15, [](double hours) { return Effect{.ipv6 = hours < 3 ? 0.0 : 1.0}; });
    site.run_until(2.9);
    const std::vector<Incident> own = site.incidents();
    ASSERT_EQ(own.size(), 1u) << describe(site.detector, site.from);
    const Incident& open = own.front();
    EXPECT_EQ(open.kind, IncidentKind::kV6Only);
    EXPECT_FALSE(open.end_ns);
    EXPECT_LE((open.detected_ns / kNs - site.from), 900);
    EXPECT_THAT(open.evidence, Contains(HasSubstr("answered flows over IPv6: ")));
    EXPECT_THAT(open.evidence, Contains(HasSubstr("over IPv4 the country stands at")));
    EXPECT_EQ(site.state(), State::kNormal);
    site.run_until(5);
    const std::vector<Incident> over = site.incidents();
    ASSERT_EQ(over.size(), 1u);
    ASSERT_TRUE(over.front().end_ns);
    EXPECT_NEAR(static_cast<double>(*over.front().end_ns / kNs - site.from), 3 * 3600, 300);
}

TEST(FamilyTrack, one_that_fell_while_its_country_was_ignored_is_told_once_it_is_not) {
    Site site(0.15, [](double) { return Effect{.ipv6 = 0}; });
    DetectorSettings settings;
    settings.tick_s = 60;
    settings.ignore = {CountryId{kCountry}};
    site.detector.reconfigure(settings, std::vector<uint32_t>(kWorldCountries, 4));
    site.run_until(2);
    EXPECT_TRUE(site.incidents().empty());
    settings.ignore.clear();
    site.detector.reconfigure(settings, std::vector<uint32_t>(kWorldCountries, 4));
    site.run_until(2.1);
    ASSERT_EQ(site.incidents().size(), 1u) << describe(site.detector, site.from);
    EXPECT_EQ(site.incidents().front().kind, IncidentKind::kV6Only);
    EXPECT_NEAR(static_cast<double>(site.incidents().front().start_ns / kNs - site.from), 0, 300);
}

TEST(FamilyTrack, the_larger_family_falls_and_the_country_is_not_called_gone) {
    Site site(0.2, [](double hours) { return Effect{.ipv4 = hours < 3 ? 0.0 : 1.0}; });
    site.run_until(1);
    ASSERT_EQ(site.incidents().size(), 1u) << describe(site.detector, site.from);
    EXPECT_EQ(site.incidents().front().kind, IncidentKind::kV4Only);
    EXPECT_EQ(site.state(), State::kPartialOutage);
}

TEST(FamilyTrack, a_restart_does_not_call_the_country_gone) {
    Site site(0.2, [](double) { return Effect{.ipv4 = 0}; });
    site.run_until(1);
    const std::vector<std::string> groups{"tap0"};
    Detector again = site.world.detector(12);
    ASSERT_TRUE(again.restore(site.detector.save(groups), groups));
    again.adopt(site.detector.incidents(), 1);
    site.detector = std::move(again);
    site.detector.step(site.world.next());
    ASSERT_EQ(site.incidents().size(), 1u);
    EXPECT_EQ(site.incidents().front().kind, IncidentKind::kV4Only);
    EXPECT_EQ(site.state(), State::kPartialOutage);
}

TEST(FamilyTrack, both_fall_and_it_is_an_outage) {
    Site site(0.2, [](double hours) { return Effect{.life = hours < 1 ? 0.0 : 1.0}; });
    site.run_until(0.9);
    ASSERT_EQ(site.incidents().size(), 1u) << describe(site.detector, site.from);
    EXPECT_EQ(site.incidents().front().kind, IncidentKind::kOutage);
}

TEST(FamilyTrack, one_falls_and_then_the_other) {
    Site site(0.2, [](double hours) { return Effect{.ipv4 = hours < 1 ? 1.0 : 0.0, .ipv6 = 0}; });
    site.run_until(1.5);
    const std::vector<Incident> own = site.incidents();
    ASSERT_EQ(own.size(), 2u) << describe(site.detector, site.from);
    EXPECT_EQ(own[0].kind, IncidentKind::kV6Only);
    EXPECT_TRUE(own[0].end_ns);
    EXPECT_THAT(own[0].evidence, Contains(HasSubstr("the other family fell too")));
    EXPECT_EQ(own[1].kind, IncidentKind::kOutage);
    EXPECT_FALSE(own[1].end_ns);
}

TEST(FamilyTrack, a_small_country_that_flaps_is_never_called_half_gone) {
    Site site(0.12,
              [](double hours) { return Effect{.life = std::fmod(hours, 1.0) < 0.4 ? 0.0 : 1.0}; });
    site.world.per_tick[kCountry] = 12;
    for (double hours = 0; hours < 24; hours += 1.0 / 60) {
        site.run_until(hours);
        for (const Incident& incident : site.incidents()) {
            ASSERT_NE(incident.kind, IncidentKind::kV4Only) << hours;
            ASSERT_NE(incident.kind, IncidentKind::kV6Only) << hours;
        }
    }
    EXPECT_FALSE(site.incidents().empty());
}

TEST(FamilyTrack, closing_its_incident_by_hand_takes_what_is_left_as_normal) {
    Site site(0.2, [](double) { return Effect{.ipv6 = 0}; });
    site.run_until(1);
    const std::vector<Incident> open = site.incidents();
    ASSERT_EQ(open.size(), 1u) << describe(site.detector, site.from);
    ASSERT_EQ(site.detector.close(open[0].id, {site.world.now_s() * kNs, "kim", "no longer sold"}),
              Detector::Word::kTaken);
    site.run_until(8);
    ASSERT_EQ(site.incidents().size(), 1u) << describe(site.detector, site.from);
    EXPECT_TRUE(site.incidents()[0].end_ns);
    EXPECT_EQ(site.state(), State::kNormal);
}

TEST(FamilyTrack, a_shift_from_one_family_to_the_other_is_no_page) {
    // Over a day: what IPv4 loses IPv6 wins.
    Site site(0.3, [](double hours) {
        const double moved = std::min(1.0, hours / 24);
        return Effect{.ipv4 = 1 - 0.6 * moved, .ipv6 = 1 + 1.4 * moved};
    });
    site.run_until(40);
    EXPECT_TRUE(site.incidents().empty()) << describe(site.detector, site.from);
}

TEST(FamilyTrack, a_quiet_world_raises_nothing) {
    if (7 * 1440 > kTicksMost) GTEST_SKIP() << "SKIPPED: long worlds run in the release build";
    Site site(0.1, [](double) { return Effect{}; });
    site.run_until(7 * 24 - kBefore_h);
    EXPECT_TRUE(site.detector.incidents().empty()) << describe(site.detector, site.from);
}

}  // namespace
}  // namespace lull::test
