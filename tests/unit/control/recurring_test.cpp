#include "control/recurring.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/archive_coverage.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

constexpr int64_t kMidnight_ns = int64_t{1'654'041'600} * kNs;  // 2022-06-01
constexpr int64_t kMinute_ns = 60 * kNs;

/// Episodes as a track makes them: it opens an incident or goes on with one, and closes it an hour
/// after the return.
class Country {
  public:
    /// From `hour` of `day` on, for `hours`, at `depth`; returns its incident.
    uint64_t episode(int day, double hour, double hours, double depth = 0) {
        const auto start_ns =
            kMidnight_ns + static_cast<int64_t>((day * 24 + hour) * 60) * kMinute_ns;
        const auto end_ns = start_ns + static_cast<int64_t>(hours * 60) * kMinute_ns;
        uint64_t id = recurring.incident_of(start_ns, 0);
        if (id == 0) {
            Incident incident;
            incident.start_ns = start_ns;
            incident.lowest_ratio = 1;
            id = ledger.open(std::move(incident));
        }
        kinds.clear();
        for (int64_t now = start_ns + kMinute_ns; now <= end_ns + 60 * kMinute_ns;
             now += kMinute_ns) {
            const bool down = now < end_ns;
            if (down) {
                ledger.find(id)->lowest_ratio = std::min(ledger.find(id)->lowest_ratio, depth);
            }
            recurring.step({now, 0, id, start_ns, down, down ? State::kOutage : State::kProbation},
                           ledger);
            if (kinds.empty() || kinds.back() != ledger.find(id)->kind) {
                kinds.push_back(ledger.find(id)->kind);
            }
        }
        ledger.close(id, end_ns);
        quiet(end_ns + 61 * kMinute_ns);
        return id;
    }
    void quiet(int64_t now_ns) { recurring.step({now_ns, 0, 0, 0, false, State::kNormal}, ledger); }
    [[nodiscard]] bool open(uint64_t id) { return !ledger.find(id)->end_ns; }

    Recurring recurring;
    Ledger ledger;
    std::vector<IncidentKind> kinds;  // that the last episode's incident had, in turn
};

using Kinds = std::vector<IncidentKind>;

TEST(Recurring, the_third_at_the_same_hour_is_a_series_and_stays_open_between_its_episodes) {
    Country country;
    const uint64_t first = country.episode(0, 8, 2);
    const uint64_t second = country.episode(1, 8.1, 2);
    EXPECT_NE(first, second);
    EXPECT_FALSE(country.open(second));
    const uint64_t third = country.episode(2, 7.95, 2);
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kRecurring});
    EXPECT_TRUE(country.open(third));
    EXPECT_TRUE(country.recurring.follows(third));
    EXPECT_EQ(country.episode(3, 8, 2.2), third);
    EXPECT_EQ(country.episode(6, 8, 1), third);
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kRecurring});
    EXPECT_TRUE(country.open(third));
}

TEST(Recurring, an_episode_that_overruns_is_an_outage_until_it_ends) {
    Country country;
    for (int day = 0; day < 3; ++day) country.episode(day, 8, 2);
    const uint64_t series = country.episode(3, 8, 4);
    EXPECT_EQ(country.kinds, (Kinds{IncidentKind::kRecurring, IncidentKind::kOutage}));
    EXPECT_EQ(country.ledger.find(series)->kind, IncidentKind::kRecurring);
    EXPECT_NE(country.ledger.find(series)->evidence.back().find("overruns"), std::string::npos);
    country.episode(4, 8, 5);  // the longest is 4 h now
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kRecurring});
}

TEST(Recurring, an_episode_that_grows_deeper_is_an_outage_until_it_ends) {
    Country country;
    for (int day = 0; day < 4; ++day) country.episode(day, 8, 2, 0.35);
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kRecurring});
    country.episode(4, 8, 2, 0.05);
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kOutage});
    country.episode(5, 8, 2, 0.05);
    EXPECT_EQ(country.kinds, Kinds{IncidentKind::kRecurring});
}

TEST(Recurring, other_hours_and_long_pauses_make_no_series) {
    Country country;
    country.episode(0, 8, 1);
    country.episode(1, 9, 1);
    country.episode(2, 8, 1);
    country.episode(3, 10, 1);
    country.episode(15, 8, 1);
    EXPECT_NE(country.kinds, Kinds{IncidentKind::kRecurring});
    EXPECT_EQ(country.ledger.all().size(), 5U);
}

TEST(Recurring, an_outage_at_another_hour_is_an_incident_of_its_own_even_within_a_day) {
    Country country;
    uint64_t series = 0;
    for (int day = 0; day < 3; ++day) series = country.episode(day, 8, 2);
    const int64_t evening_ns = kMidnight_ns + (2 * 24 + 20) * 60 * kMinute_ns;
    EXPECT_EQ(country.recurring.incident_of(evening_ns, series), 0U);
    EXPECT_EQ(country.recurring.incident_of(evening_ns, series + 5), series + 5);
    EXPECT_NE(country.episode(2, 20, 2), series);
    EXPECT_EQ(country.episode(3, 8, 2), series);
}

TEST(Recurring, a_series_is_over_after_twice_its_longest_pause) {
    Country country;
    uint64_t series = 0;
    for (const int day : {0, 1, 4}) series = country.episode(day, 8, 2);
    const int64_t end_ns = kMidnight_ns + (4 * 24 + 10) * 60 * kMinute_ns;
    country.quiet(end_ns + 5 * 24 * 60 * kMinute_ns);
    EXPECT_TRUE(country.open(series));
    country.quiet(end_ns + (6 * 24 * 60 + 1) * kMinute_ns);
    ASSERT_FALSE(country.open(series));
    EXPECT_EQ(*country.ledger.find(series)->end_ns, end_ns);
    EXPECT_FALSE(country.recurring.follows(series));
    EXPECT_TRUE(country.recurring.idle());
}

TEST(Recurring, every_member_is_in_the_archive) {
    Recurring recurring;
    for (const std::string& sentence : ArchiveCoverage::missing(recurring, "Recurring")) {
        ADD_FAILURE() << sentence;
    }
}

// ---- in the detector ------------------------------------------------------------------------

TEST(Recurring, exam_days_are_one_open_incident_and_an_evening_outage_is_another) {
    const WorldConfig config{.tick_s = 60, .least_per_tick = 20};
    if (8 * 1440 > kTicksMost)
        GTEST_SKIP() << "SKIPPED: a world this long runs in the release build";
    World world(config);
    const int64_t from_s = config.start_s;
    world.script = [from_s](std::size_t country, int64_t t) -> Effect {
        const int64_t since = t - from_s;
        const int64_t day = since / 86400, of_day = since % 86400;
        const bool exam = day >= 2 && day < 8 && of_day >= 64800 && of_day < 72000;
        const bool evening = day == 6 && of_day >= 7200 && of_day < 14400;
        return country == 60 && (exam || evening) ? Effect{.life = 0} : Effect{};
    };
    Detector detector = world.detector(12);
    const std::vector<std::string> groups{"tap0"};
    for (int tick = 0; tick < 8 * 1440; ++tick) {
        detector.step(world.next());
        if (tick % 1700 == 0) {  // a restart in every part of the story
            Detector after = world.detector(12);
            ASSERT_TRUE(after.restore(detector.save(groups), groups));
            after.adopt(detector.incidents(), 0);
            detector = std::move(after);
        }
    }
    const std::string all = describe(detector, from_s);
    ASSERT_EQ(detector.incidents().size(), 2U) << all;
    EXPECT_EQ(detector.incidents()[0].kind, IncidentKind::kRecurring) << all;
    EXPECT_FALSE(detector.incidents()[0].end_ns) << all;
    EXPECT_EQ(detector.incidents()[1].kind, IncidentKind::kOutage) << all;
    EXPECT_TRUE(detector.incidents()[1].end_ns) << all;
}

}  // namespace
}  // namespace lull::test
