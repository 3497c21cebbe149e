#include "control/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/config/calendar_file.h"
#include "control/time_text.h"

namespace lull {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Calendar read(const std::string& text) {
    auto calendar = parse_calendar(text, "calendar.yaml", [](std::string_view code) {
        return find_country(code).has_value();
    });
    EXPECT_TRUE(calendar) << (calendar ? "" : calendar.error().as_error().message);
    return calendar ? *calendar : Calendar{};
}

std::vector<std::string> problems(const std::string& text) {
    const auto calendar = parse_calendar(text, "calendar.yaml", [](std::string_view code) {
        return find_country(code).has_value();
    });
    return calendar ? std::vector<std::string>{} : calendar.error().problems;
}

/// A tick of two groups at `time`.
TickFacts tick_at(const Calendar& calendar, std::string_view time) {
    TickFacts facts;
    facts.start_ns = *parse_time_ns(time);
    facts.groups.resize(2);
    mark_occasions(calendar, {"tap0", "tap1"}, utc_offset_s, facts);
    return facts;
}

TEST(Calendar, a_day_is_the_countrys_own_from_midnight_to_midnight) {
    const Calendar calendar = read("days: [{country: JP, date: 2026-11-03, name: culture}]\n");
    // Tokyo is nine hours ahead.
    EXPECT_TRUE(tick_at(calendar, "2026-11-02T14:59:40Z").occasions.empty());
    const TickFacts day = tick_at(calendar, "2026-11-02T15:00:00Z");
    ASSERT_EQ(day.occasions.size(), 1u);
    EXPECT_EQ(day.occasions[0].country, *find_country("JP"));
    EXPECT_EQ(day.occasions[0].kind, Occasion::Kind::kHoliday);
    EXPECT_EQ(day.occasions[0].name, "culture");
    EXPECT_EQ(tick_at(calendar, "2026-11-03T14:59:40Z").occasions.size(), 1u);
    EXPECT_TRUE(tick_at(calendar, "2026-11-03T15:00:00Z").occasions.empty());
    EXPECT_TRUE(tick_at(calendar, "2027-11-02T20:00:00Z").occasions.empty());
}

TEST(Calendar, a_date_without_year_comes_each_year_and_may_reach_into_the_next) {
    const Calendar calendar = read("days: [{country: GB, date: 12-30, days: 4}]\n");
    EXPECT_EQ(tick_at(calendar, "2026-12-30T00:00:00Z").occasions.size(), 1u);
    EXPECT_EQ(tick_at(calendar, "2027-01-02T23:59:00Z").occasions.size(), 1u);
    EXPECT_TRUE(tick_at(calendar, "2027-01-03T00:00:00Z").occasions.empty());
    EXPECT_EQ(tick_at(calendar, "1999-12-31T00:00:00Z").occasions.size(), 1u);
}

TEST(Calendar, maintenance_counts_on_a_holiday_too) {
    const Calendar calendar = read(
        "days: [{country: KP, date: 2026-12-02}]\n"
        "maintenance: [{country: KP, from: 2026-12-02T00:00:00Z, for: 1h}]\n");
    const TickFacts facts = tick_at(calendar, "2026-12-02T00:30:00Z");
    ASSERT_EQ(facts.occasions.size(), 2u);
    EXPECT_EQ(facts.occasions.back().kind, Occasion::Kind::kMaintenance) << "the last one counts";
}

TEST(Calendar, maintenance_takes_its_group_or_country_or_all) {
    const Calendar calendar = read(
        "maintenance:\n"
        "  - {group: tap1, from: 2026-12-01T02:00:00Z, for: 4h, name: new optics}\n"
        "  - {country: KP, from: 2026-12-02T00:00:00Z, for: 1h}\n"
        "  - {from: 2026-12-03T00:00:00Z, for: 1h}\n");
    const TickFacts group = tick_at(calendar, "2026-12-01T02:00:00Z");
    EXPECT_EQ(group.groups[0].health, Health::kHealthy);
    EXPECT_EQ(group.groups[1].health, Health::kUnhealthy);
    EXPECT_EQ(group.groups[1].reason, "tap1: maintenance until 2026-12-01T06:00:00Z: new optics");
    EXPECT_EQ(tick_at(calendar, "2026-12-01T06:00:00Z").groups[1].health, Health::kHealthy);
    const TickFacts country = tick_at(calendar, "2026-12-02T00:59:50Z");
    ASSERT_EQ(country.occasions.size(), 1u);
    EXPECT_EQ(country.occasions[0].kind, Occasion::Kind::kMaintenance);
    EXPECT_EQ(country.groups[0].health, Health::kHealthy);
    const TickFacts site = tick_at(calendar, "2026-12-03T00:00:00Z");
    EXPECT_EQ(site.groups[0].health, Health::kUnhealthy);
    EXPECT_EQ(site.groups[1].health, Health::kUnhealthy);
}

TEST(Calendar, every_mistake_is_told_with_its_place) {
    EXPECT_THAT(
        problems("days:\n"
                 "  - {country: DE, date: 2026-02-29}\n"
                 "  - {country: deutschland, date: 12-25}\n"
                 "  - {date: 12-25, days: 61}\n"
                 "maintenance:\n"
                 "  - {group: a, country: DE, from: 2026-12-01T02:00:00Z, for: 4h}\n"
                 "  - {from: tomorrow}\n"),
        ElementsAre(HasSubstr("calendar.yaml:2:25: days[0].date: \"2026-02-29\" is no date"),
                    HasSubstr("calendar.yaml:3:15: days[1].country"),
                    HasSubstr("calendar.yaml:4:5: days[2].country: is missing"),
                    HasSubstr("calendar.yaml:4:25: days[2].days: 61 is above 60 days"),
                    HasSubstr("calendar.yaml:6:25: maintenance[0]: has a group and a country"),
                    HasSubstr("calendar.yaml:7:5: maintenance[1].for: is missing"),
                    HasSubstr("calendar.yaml:7:12: maintenance[1].from: \"tomorrow\"")));
    EXPECT_TRUE(problems("").empty());
    EXPECT_TRUE(problems("days: [{country: DE, date: 2028-02-29}]\n").empty());
}

}  // namespace
}  // namespace lull
