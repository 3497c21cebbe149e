// The detector in a made-up world: faults of the sensor, outages of every size and shape, floods,
// and a new budget. Everything seeded.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr int64_t kHour = 3600;
constexpr std::size_t kBig = 60;
constexpr std::size_t kSmall = 61;
constexpr std::size_t kTiny = 62;

void run_hours(World& world, Detector& detector, double hours) {
    const int64_t until = world.now_s() + static_cast<int64_t>(hours * 3600);
    while (world.now_s() < until) {
        detector.step(world.next());
    }
}

std::size_t country_incidents(const Detector& detector) {
    return static_cast<std::size_t>(
        std::count_if(detector.incidents().begin(), detector.incidents().end(),
                      [](const Incident& incident) { return incident.country.has_value(); }));
}

const Incident* incident_of(const Detector& detector, std::size_t country) {
    for (const Incident& incident : detector.incidents()) {
        if (incident.country && index_of(*incident.country) == country) {
            return &incident;
        }
    }
    return nullptr;
}

// ---- (3) the sensor
// ------------------------------------------------------------------------------

TEST(SensorFault, all_groups_unhealthy_is_blindness_and_leaves_no_trace) {
    WorldConfig config;
    config.groups = 2;
    World world(config);
    Detector detector = world.detector(12);
    const int64_t from = world.now_s() + 6 * kHour;
    world.sensor = [from](TickFacts& facts, int64_t t) {
        if (t >= from && t < from + 1800) {
            for (GroupFacts& group : facts.groups) {
                group.health = Health::kUnhealthy;
                group.countries.clear();
            }
        }
    };
    run_hours(world, detector, 6);
    EXPECT_FALSE(detector.blind());
    run_hours(world, detector, 0.25);
    EXPECT_TRUE(detector.blind());
    for (const CountryVerdict& verdict : detector.verdicts()) {
        ASSERT_EQ(verdict.state, State::kBlind);
    }
    run_hours(world, detector, 0.25);
    detector.step(world.next());
    EXPECT_FALSE(detector.blind());
    EXPECT_EQ(detector.verdicts()[kBig].state, State::kNormal);
    run_hours(world, detector, 12);
    EXPECT_TRUE(detector.incidents().empty()) << describe(detector, from);
}

TEST(SensorFault, half_the_groups_unhealthy_is_half_the_coverage_and_no_incident) {
    WorldConfig config;
    config.groups = 2;
    World world(config);
    Detector detector = world.detector(0.1);
    const int64_t from = world.now_s() + 6 * kHour;
    world.sensor = [from](TickFacts& facts, int64_t t) {
        if (t >= from && t < from + kHour) {
            facts.groups[1].health = Health::kUnhealthy;
        }
    };
    run_hours(world, detector, 6.5);
    EXPECT_NEAR(detector.verdicts()[kBig].coverage, 0.5, 0.05);
    EXPECT_FALSE(detector.blind());
    run_hours(world, detector, 12);
    EXPECT_TRUE(detector.incidents().empty());
}

TEST(SensorFault, three_quarters_unhealthy_blinds_every_country_but_not_the_site) {
    WorldConfig config;
    config.groups = 4;
    config.tick_s = 60;
    World world(config);
    Detector detector = world.detector(0.1);
    const int64_t from = world.now_s() + 6 * kHour;
    world.sensor = [from](TickFacts& facts, int64_t t) {
        for (std::size_t group = 0; t >= from && group < 3; ++group) {
            facts.groups[group].health = Health::kUnhealthy;
        }
    };
    run_hours(world, detector, 7);
    EXPECT_FALSE(detector.blind());
    EXPECT_EQ(detector.verdicts()[kBig].state, State::kBlind);
    EXPECT_TRUE(detector.incidents().empty());
}

struct Loss {
    std::size_t groups;
    double kept;
};

class SilentLoss : public testing::TestWithParam<Loss> {};

TEST_P(SilentLoss, of_a_healthy_group_is_one_site_incident_and_no_countrys) {
    WorldConfig config;
    config.groups = GetParam().groups;
    World world(config);
    Detector detector = world.detector(0.1);
    const int64_t from = world.now_s() + 6 * kHour;
    world.sensor = [from, kept = GetParam().kept](TickFacts& facts, int64_t t) {
        if (t < from || t >= from + kHour) {
            return;
        }
        for (CountryFacts& country : facts.groups[0].countries) {
            country.life = std::round(country.life * kept);
            country.sources = std::round(country.sources * kept);
            country.demand = std::round(country.demand * kept);
        }
    };
    run_hours(world, detector, 6.5);
    EXPECT_LT(detector.common_fall_ratio(), GetParam().groups == 1 ? 0.5 : 0.85);
    run_hours(world, detector, 12);
    EXPECT_EQ(country_incidents(detector), 0U);
    ASSERT_EQ(detector.incidents().size(), 1U);
    const Incident& site = detector.incidents().front();
    EXPECT_EQ(site.kind, IncidentKind::kSite);
    EXPECT_NEAR(static_cast<double>(site.start_ns / kNs - from), 0, 20);
    ASSERT_TRUE(site.end_ns);
    EXPECT_NEAR(static_cast<double>(*site.end_ns / kNs - from), kHour, 20);
}

INSTANTIATE_TEST_SUITE_P(Shares, SilentLoss,
                         testing::Values(Loss{1, 0.4}, Loss{2, 0.4}, Loss{1, 0.02}, Loss{1, 0}));

TEST(SensorFault, with_home_set_and_demand_standing_the_fall_is_home_isolated) {
    WorldConfig config;
    config.tick_s = 60;
    World world(config);
    DetectorSettings settings;
    settings.tick_s = 60;
    settings.home = {CountryId{kBig}};
    Detector detector(settings, std::vector<uint32_t>(kWorldCountries, 4), 1,
                      [](CountryId, int64_t) { return 0; });
    world.per_tick[kBig] = 500;
    const int64_t from = world.now_s() + 3 * kHour;
    world.script = [from](std::size_t, int64_t t) { return Effect{t >= from ? 0.0 : 1.0, 1.0}; };
    run_hours(world, detector, 3.2);
    ASSERT_EQ(detector.incidents().size(), 1U);
    EXPECT_EQ(detector.incidents().front().kind, IncidentKind::kHomeIsolated);
}

TEST(SensorFault, a_gap_of_26_hours_in_time_is_missing_not_zero) {
    WorldConfig config;
    config.tick_s = 60;
    World world(config);
    Detector detector = world.detector(0.1);
    run_hours(world, detector, 24);
    for (int skipped = 0; skipped < 26 * 60; ++skipped) {
        world.next();
    }
    run_hours(world, detector, 12);
    EXPECT_TRUE(detector.incidents().empty());
}

// ---- (4) outages
// ---------------------------------------------------------------------------------

struct Outage {
    double tick_s;
    double before_h;
    double rate_per_tick;
    double left;
    double ramp_s;
    uint64_t seed;
};

class Outages : public testing::TestWithParam<Outage> {};

TEST_P(Outages, are_proven_within_twice_what_was_promised) {
    const Outage& outage = GetParam();
    if ((outage.before_h + 16) * 3600 / outage.tick_s > kTicksMost * 2) {
        GTEST_SKIP() << "SKIPPED: a world this long runs in the release build";
    }
    WorldConfig config;
    config.tick_s = outage.tick_s;
    config.seed = outage.seed;
    World world(config);
    world.per_tick[kSmall] = outage.rate_per_tick;
    const int64_t from = world.now_s() + static_cast<int64_t>(outage.before_h * 3600);
    world.script = [&outage, from](std::size_t country, int64_t t) {
        if (country != kSmall || t < from || t >= from + 12 * kHour) {
            return Effect{};
        }
        const double done =
            outage.ramp_s > 0 ? std::min(1.0, static_cast<double>(t - from) / outage.ramp_s) : 1;
        return Effect{1 - done * (1 - outage.left), 0};
    };
    Detector detector = world.detector(12);
    run_hours(world, detector, outage.before_h);
    ASSERT_EQ(country_incidents(detector), 0U);
    ASSERT_TRUE(detector.verdicts()[kSmall].detectable_s);
    const double promised_s = *detector.verdicts()[kSmall].detectable_s;
    run_hours(world, detector, 12);
    const Incident* incident = incident_of(detector, kSmall);
    ASSERT_NE(incident, nullptr) << "promised " << promised_s << " s";
    const double delay_s = static_cast<double>(incident->detected_ns / kNs - from);
    std::printf("rate %.1f per %.0f s, left %.2f, ramp %.0f s: promised %.0f s, took %.0f s\n",
                outage.rate_per_tick, outage.tick_s, outage.left, outage.ramp_s, promised_s,
                delay_s);
    EXPECT_LE(delay_s, 2 * promised_s + outage.ramp_s + 3 * outage.tick_s);
    EXPECT_EQ(incident->kind,
              outage.left > 0.15 ? IncidentKind::kPartialOutage : IncidentKind::kOutage);
    EXPECT_EQ(incident->scope, Scope::kUnproven) << "demand went too";
    run_hours(world, detector, 4);
    EXPECT_TRUE(incident_of(detector, kSmall)->end_ns);
    EXPECT_NEAR(static_cast<double>(*incident_of(detector, kSmall)->end_ns / kNs - from),
                12 * kHour, std::max(600.0, promised_s));
    EXPECT_EQ(country_incidents(detector), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Outages,
    testing::Values(Outage{10, 4, 0.2, 0, 0, 21}, Outage{10, 4, 1, 0, 0, 22},
                    Outage{10, 4, 10, 0, 0, 23}, Outage{10, 4, 100, 0, 0, 24},
                    Outage{10, 4, 5000, 0, 0, 25}, Outage{10, 30, 2.5, 0.05, 0, 26},
                    Outage{60, 6, 15, 0, 600, 27}, Outage{60, 6, 3000, 0, 600, 28},
                    Outage{60, 30, 600, 0, 6 * 3600.0, 29}, Outage{300, 30, 5, 0, 0, 30},
                    Outage{300, 30, 500, 0, 0, 31}, Outage{60, 100, 2000, 0.25, 0, 32},
                    Outage{60, 100, 200, 0.25, 0, 33}));

TEST(Outage, that_lasts_for_seven_days_becomes_the_new_normal) {
    WorldConfig config;
    config.tick_s = 300;
    World world(config);
    world.per_tick[kSmall] = 600;
    const int64_t from = world.now_s() + 24 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        return country == kSmall && t >= from ? Effect{0.05, 0.05} : Effect{};
    };
    Detector detector = world.detector(12);
    run_hours(world, detector, 24 + 6 * 24);
    ASSERT_EQ(detector.incidents().size(), 1U);
    EXPECT_FALSE(detector.incidents().front().end_ns);
    run_hours(world, detector, 4 * 24);
    EXPECT_TRUE(detector.incidents().front().end_ns);
    EXPECT_EQ(detector.verdicts()[kSmall].state, State::kNormal);
    EXPECT_EQ(detector.incidents().size(), 1U);
}

// ---- (5) floods
// ----------------------------------------------------------------------------------

TEST(Floods, that_end_raise_nothing) {
    WorldConfig config;
    World world(config);
    const int64_t from = world.now_s() + 6 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        const bool flooded =
            country >= kBig && country <= kTiny && t >= from && t < from + 4 * kHour;
        return flooded ? Effect{50, 50} : Effect{};
    };
    world.per_tick[kBig] = 1000;
    world.per_tick[kSmall] = 2.5;
    world.per_tick[kTiny] = 0.2;
    Detector detector = world.detector(0.1);
    run_hours(world, detector, 24);
    EXPECT_TRUE(detector.incidents().empty());
}

TEST(Floods, of_demand_hide_no_outage) {
    WorldConfig config;
    World world(config);
    world.per_tick[kSmall] = 2.5;
    const int64_t from = world.now_s() + 6 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        if (country != kSmall || t < from) {
            return Effect{};
        }
        return Effect{t < from + 2 * kHour ? 1.0 : 0.0, 50};
    };
    Detector detector = world.detector(0.1);
    run_hours(world, detector, 8);
    EXPECT_TRUE(detector.incidents().empty());
    run_hours(world, detector, 0.25);
    ASSERT_EQ(detector.incidents().size(), 1U);
    EXPECT_EQ(detector.incidents().front().scope, Scope::kLost);
}

TEST(Floods, of_life_that_turn_into_an_outage_are_one_incident) {
    WorldConfig config;
    World world(config);
    world.per_tick[kSmall] = 10;
    const int64_t from = world.now_s() + 6 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        if (country != kSmall || t < from) {
            return Effect{};
        }
        return Effect{t < from + 2 * kHour ? 50.0 : 0.0, 1};
    };
    Detector detector = world.detector(0.1);
    run_hours(world, detector, 8);
    EXPECT_TRUE(detector.incidents().empty());
    run_hours(world, detector, 0.25);
    ASSERT_EQ(detector.incidents().size(), 1U);
    EXPECT_NEAR(static_cast<double>(detector.incidents().front().start_ns / kNs - from), 2 * kHour,
                60);
}

// ---- (6) a new budget
// ----------------------------------------------------------------------------

TEST(Reconfigure, a_new_budget_fires_nothing_and_scales_the_evidence) {
    WorldConfig config;
    World world(config);
    world.per_tick[kSmall] = 5;
    const int64_t from = world.now_s() + 6 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        return country == kSmall && t >= from ? Effect{0, 0} : Effect{};
    };
    Detector detector = world.detector(0.1);
    run_hours(world, detector, 6);
    while (detector.verdicts()[kSmall].evidence < 0.7) {
        detector.step(world.next());
    }
    const double before = detector.verdicts()[kSmall].evidence;
    const double h = detector.threshold();
    DetectorSettings settings;
    settings.false_alarms_per_year = 1000;
    detector.reconfigure(settings, std::vector<uint32_t>(kWorldCountries, 4));
    EXPECT_LT(detector.threshold(), h);
    EXPECT_TRUE(detector.incidents().empty());
    detector.step(world.next());
    EXPECT_TRUE(detector.incidents().empty());
    EXPECT_GE(detector.verdicts()[kSmall].evidence, before);
    run_hours(world, detector, 0.25);
    EXPECT_EQ(detector.incidents().size(), 1U);
}

TEST(Reconfigure, ignored_countries_are_measured_and_never_notified) {
    WorldConfig config;
    World world(config);
    world.per_tick[kSmall] = 50;
    const int64_t from = world.now_s() + 3 * kHour;
    world.script = [from](std::size_t country, int64_t t) {
        return country == kSmall && t >= from ? Effect{0, 0} : Effect{};
    };
    Detector detector = world.detector(0.1);
    DetectorSettings settings;
    settings.false_alarms_per_year = 0.1;
    settings.ignore = {CountryId{kSmall}};
    detector.reconfigure(settings, std::vector<uint32_t>(kWorldCountries, 4));
    run_hours(world, detector, 3.5);
    EXPECT_TRUE(detector.incidents().empty());
    EXPECT_EQ(detector.verdicts()[kSmall].state, State::kOutage);
}

}  // namespace
}  // namespace lull::test
