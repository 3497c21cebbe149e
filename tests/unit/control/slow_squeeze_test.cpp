#include "control/slow_squeeze.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <random>

#include "control/incident.h"
#include "tests/support/archive_coverage.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr int64_t kHour_ns = 3600 * kNs;
constexpr int64_t kFirstHour = 460'000;  // in 2022

/// A country hour by hour: a day and a little noise, and what a story makes of it.
class Country {
  public:
    using Story = std::function<double(double day)>;
    explicit Country(double per_hour = 500) : per_hour_(per_hour) {}

    void hours(
        int count, const Story& story, const Story& demand = [](double) { return 1.0; }) {
        for (int i = 0; i < count; ++i, ++hour_) {
            const double day = static_cast<double>(hour_ - kFirstHour) / 24;
            const double rhythm =
                1 + 0.6 * std::sin(2 * std::numbers::pi * static_cast<double>(hour_ % 24) / 24);
            std::poisson_distribution<int> flows(per_hour_ * rhythm * story(day));
            const double share = story(day);
            SlowSqueeze::Tick tick{.seconds = 3600, .down = down};
            tick.flows = share >= 0 ? flows(random_) : 0;
            tick.demand = per_hour_ * rhythm * demand(day);
            squeeze.add(tick);
            squeeze.close_hour(hour_);
            squeeze.judge({.country = CountryId{7},
                           .hour_start_ns = hour_ * kHour_ns,
                           .common_ratio = common,
                           .other_incident = other},
                          ledger);
        }
    }
    void days(
        int count, const Story& story, const Story& demand = [](double) { return 1.0; }) {
        hours(24 * count, story, demand);
    }
    [[nodiscard]] double day_of(int64_t ns) const {
        return static_cast<double>(ns / kHour_ns - kFirstHour) / 24;
    }

    SlowSqueeze squeeze;
    Ledger ledger;
    bool down = false;
    double common = 1;
    uint64_t other = 0;

  private:
    double per_hour_;
    int64_t hour_ = kFirstHour;
    std::mt19937_64 random_{3};
};

double steady(double) {
    return 1;
}
/// From day 20 on, over three days, to 0.3.
double ramp(double day) {
    return std::clamp(1 - 0.7 * (day - 20) / 3, 0.3, 1.0);
}

TEST(SlowSqueeze, a_ramp_over_three_days_is_one_ticket_dated_back_to_its_beginning) {
    Country country;
    country.days(25, ramp);
    ASSERT_EQ(country.ledger.all().size(), 1U);
    const Incident& incident = country.ledger.all().front();
    EXPECT_EQ(incident.kind, IncidentKind::kSlow);
    EXPECT_EQ(incident.country, CountryId{7});
    EXPECT_EQ(incident.scope, Scope::kLost);  // the world goes on asking
    EXPECT_FALSE(incident.end_ns);
    EXPECT_NEAR(country.day_of(incident.start_ns), 20.9, 0.3);  // below 0.8
    EXPECT_NEAR(country.day_of(incident.detected_ns), 22.3, 0.3);
    EXPECT_NEAR(incident.lowest_ratio, 0.3, 0.05);
    EXPECT_EQ(country.squeeze.incident(), incident.id);
}

TEST(SlowSqueeze, without_demand_it_is_unproven_that_the_country_was_lost) {
    Country country;
    country.days(25, ramp, ramp);
    ASSERT_EQ(country.ledger.all().size(), 1U);
    EXPECT_EQ(country.ledger.all().front().scope, Scope::kUnproven);
}

TEST(SlowSqueeze, ends_after_six_hours_above_eight_tenths) {
    Country country;
    country.days(25, ramp);
    country.hours(5, steady);
    EXPECT_NE(country.squeeze.incident(), 0U);
    country.hours(8, steady);
    ASSERT_TRUE(country.ledger.all().front().end_ns);
    EXPECT_NEAR(country.day_of(*country.ledger.all().front().end_ns), 25, 0.15);
    country.days(10, steady);
    EXPECT_EQ(country.ledger.all().size(), 1U);
}

TEST(SlowSqueeze, is_the_new_normal_after_seven_days_and_is_measured_against_from_then_on) {
    Country country;
    country.days(60, ramp);
    ASSERT_EQ(country.ledger.all().size(), 1U);
    ASSERT_TRUE(country.ledger.all().front().end_ns);
    EXPECT_NEAR(country.day_of(*country.ledger.all().front().end_ns), 29.3, 0.4);
    country.days(3, [](double) { return 0.1; });
    EXPECT_EQ(country.ledger.all().size(), 2U);
}

TEST(SlowSqueeze, needs_fourteen_days) {
    Country country;
    country.days(12, steady);
    country.days(1, [](double) { return 0.2; });
    EXPECT_TRUE(country.ledger.all().empty());
}

TEST(SlowSqueeze, holidays_weekends_nights_and_short_falls_are_none) {
    Country country;
    const auto week = [](double day) { return std::fmod(day, 7) < 2 ? 0.35 : 1; };
    country.days(42, week);
    EXPECT_TRUE(country.ledger.all().empty()) << "a quiet weekend, learned";
    Country other;
    other.days(20, steady);
    other.days(1, [](double) { return 0.6; });
    other.days(2, steady);
    other.hours(5, [](double) { return 0.2; });
    other.days(3, steady);
    EXPECT_TRUE(other.ledger.all().empty());
}

TEST(SlowSqueeze, a_country_of_few_events_or_of_wide_swings_proves_nothing) {
    Country small(1);
    small.days(20, steady);
    small.days(1, [](double) { return 0.3; });
    EXPECT_TRUE(small.ledger.all().empty());
    Country wild;
    std::mt19937_64 random(5);
    std::normal_distribution<double> level(0, 0.4);
    double now = 1;
    for (int half_day = 0; half_day < 120; ++half_day) {
        now = std::exp(level(random));
        wild.hours(12, [&](double) { return now; });
    }
    EXPECT_LE(wild.ledger.all().size(), 1U);
}

TEST(SlowSqueeze, none_opens_beside_another_incident_and_an_open_one_gives_way_to_it) {
    Country beside;
    beside.days(20, steady);
    beside.other = 9;
    beside.days(3, [](double) { return 0.3; });
    EXPECT_TRUE(beside.ledger.all().empty());
    Country further;
    further.days(25, ramp);
    further.other = 9;
    further.hours(1, [](double) { return 0.0; });
    ASSERT_EQ(further.ledger.all().size(), 1U);
    EXPECT_TRUE(further.ledger.all().front().end_ns);
    EXPECT_NE(further.ledger.all().front().evidence.back().find("incident 9"), std::string::npos);
}

TEST(SlowSqueeze, what_an_outage_of_a_week_left_is_the_new_normal) {
    Country country;
    country.days(20, steady);
    country.down = true;
    country.other = 3;
    country.days(8, [](double) { return 0.3; });
    country.down = false;
    country.other = 0;
    country.days(20, [](double) { return 0.3; });
    EXPECT_TRUE(country.ledger.all().empty());
}

TEST(SlowSqueeze, what_everything_did_together_is_no_countrys_squeeze) {
    Country country;
    country.days(20, steady);
    country.common = 0.3;
    country.days(3, [](double) { return 0.3; });
    EXPECT_TRUE(country.ledger.all().empty());
}

TEST(SlowSqueeze, every_member_is_in_the_archive) {
    SlowSqueeze squeeze;
    for (const std::string& sentence : ArchiveCoverage::missing(squeeze, "SlowSqueeze")) {
        ADD_FAILURE() << sentence;
    }
    EXPECT_LT(sizeof squeeze, 3500U);
}

// ---- in the detector ------------------------------------------------------------------------

TEST(SlowSqueeze, is_found_by_the_detector_and_nothing_else_is_said) {
    WorldConfig config;
    config.tick_s = 300;
    config.least_per_tick = 20;
    if (26 * 288 > kTicksMost)
        GTEST_SKIP() << "SKIPPED: a world this long runs in the release build";
    World world(config);
    const int64_t from_s = config.start_s + 20 * 86400;
    world.script = [from_s](std::size_t country, int64_t t) -> Effect {
        if (country != 60) return {};
        return {.life = ramp(20 + static_cast<double>(t - from_s) / 86400)};
    };
    Detector detector = world.detector(12);
    while (world.now_s() < from_s + 5 * 86400) detector.step(world.next());
    ASSERT_EQ(detector.incidents().size(), 1U) << describe(detector, config.start_s);
    const Incident& incident = detector.incidents().front();
    EXPECT_EQ(incident.kind, IncidentKind::kSlow) << describe(detector, config.start_s);
    EXPECT_EQ(incident.country, CountryId{60});
    EXPECT_EQ(incident.scope, Scope::kLost);
}

}  // namespace
}  // namespace lull::test
