// What the calendar says of a country: on a holiday nothing is learned and a partial fall is no
// alarm; under maintenance nothing is judged; a collapse on a holiday is told all the same. And the
// live canary, in a whole detector.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::size_t kCountry = 60;

/// A world at one-minute ticks in which kCountry's share from `from` on is `share`, on an occasion.
struct Site {
    explicit Site(Occasion::Kind kind, double share, double before_h = 100, double tick_s = 60,
                  double ramp_s = 1)
        : world({.tick_s = tick_s}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(before_h * 3600)) {
        world.per_tick[kCountry] = 5 * tick_s;
        world.script = [=, start = from](std::size_t country, int64_t t) {
            if (country != kCountry || t < start) return Effect{};
            const double left =
                std::max(share, 1 - (1 - share) * static_cast<double>(t - start) / ramp_s);
            return Effect{.life = left, .demand = left};
        };
        world.sensor = [start = from, kind](TickFacts& facts, int64_t t) {
            if (t >= start) {
                facts.occasions = {{CountryId{kCountry}, kind, "a feast"}};
            }
        };
    }
    void run_hours(double hours) {
        const int64_t until = world.now_s() + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < until) detector.step(world.next());
    }
    [[nodiscard]] const CountryVerdict& verdict() const { return detector.verdicts()[kCountry]; }
    [[nodiscard]] std::vector<Incident> incidents() const {
        std::vector<Incident> own;
        for (const Incident& incident : detector.incidents()) {
            if (incident.country == CountryId{kCountry}) own.push_back(incident);
        }
        return own;
    }

    World world;
    Detector detector;
    int64_t from;
};

TEST(DetectCalendar, a_holiday_teaches_nothing_and_a_partial_fall_is_no_alarm) {
    if (100 * 60 > kTicksMost) GTEST_SKIP() << "SKIPPED: long worlds run in the release build";
    Site site(Occasion::Kind::kHoliday, 0.25);
    site.run_hours(100);
    const double before = *site.verdict().expected_life_per_s;
    site.run_hours(10);
    EXPECT_TRUE(site.incidents().empty()) << describe(site.detector, site.from);
    EXPECT_GT(*site.verdict().expected_life_per_s, before / 3);  // the day's rhythm alone
    Site ordinary(Occasion::Kind::kHoliday, 0.25);
    ordinary.world.sensor = nullptr;
    ordinary.run_hours(110);
    EXPECT_EQ(ordinary.incidents().size(), 1u);
}

TEST(DetectCalendar, a_collapse_on_a_holiday_is_told) {
    if (100 * 60 > kTicksMost) GTEST_SKIP() << "SKIPPED: long worlds run in the release build";
    Site site(Occasion::Kind::kHoliday, 0);
    site.run_hours(101);
    ASSERT_EQ(site.incidents().size(), 1u) << describe(site.detector, site.from);
    EXPECT_THAT(site.incidents().front().evidence, Contains(HasSubstr("calendar: a feast")));
}

TEST(DetectCalendar, a_country_under_maintenance_is_not_judged) {
    Site site(Occasion::Kind::kMaintenance, 0, 12);
    site.run_hours(15);
    EXPECT_TRUE(site.incidents().empty());
    EXPECT_TRUE(site.verdict().grounds.held);
    EXPECT_EQ(site.verdict().state, State::kNormal);
    site.world.sensor = nullptr;  // over, and the country is still gone
    site.run_hours(0.5);
    EXPECT_EQ(site.incidents().size(), 1u);
}

TEST(DetectCalendar, a_holiday_of_days_is_no_slow_squeeze_and_no_hour_of_reference) {
    constexpr double kBefore_h = 20 * 24;
    constexpr double kFeast_h = 4 * 24;
    if (kBefore_h * 12 > kTicksMost)
        GTEST_SKIP() << "SKIPPED: long worlds run in the release build";
    const auto run = [](bool told) {
        Site site(Occasion::Kind::kHoliday, 0.3, kBefore_h, 300, 3 * 86400);
        if (!told) site.world.sensor = nullptr;
        site.run_hours(kBefore_h + kFeast_h);
        return site;
    };
    Site ordinary = run(false);
    ASSERT_EQ(ordinary.incidents().size(), 1u) << describe(ordinary.detector, ordinary.from);
    EXPECT_EQ(ordinary.incidents().front().kind, IncidentKind::kSlow);
    Site feast = run(true);
    EXPECT_TRUE(feast.incidents().empty()) << describe(feast.detector, feast.from);
    // Were its days in the reference, what goes on after it would be less of a fall.
    feast.world.sensor = nullptr;
    feast.run_hours(24);
    ASSERT_EQ(feast.incidents().size(), 1u) << describe(feast.detector, feast.from);
    EXPECT_NEAR(feast.incidents().front().lowest_ratio, ordinary.incidents().front().lowest_ratio,
                0.1);
}

TEST(DetectCalendar, the_canary_shows_its_bound_and_leaves_no_trace) {
    Site site(Occasion::Kind::kHoliday, 1, 1000);
    site.run_hours(14);
    std::size_t shown = 0;
    for (const CountryVerdict& verdict : site.detector.verdicts()) {
        if (verdict.canary_s && verdict.detectable_s) {
            ++shown;
            EXPECT_LE(*verdict.canary_s, 4 * *verdict.detectable_s);
        }
    }
    EXPECT_GT(shown, 100u);
    EXPECT_TRUE(site.detector.incidents().empty()) << describe(site.detector, site.from);
}

}  // namespace
}  // namespace lull::test
