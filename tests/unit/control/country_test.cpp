#include "control/country.h"

#include <gtest/gtest.h>

#include <set>

namespace lull {
namespace {

constexpr int64_t kWinter2014 = 1'419'264'900;  // 2014-12-22T16:15:00Z
constexpr int64_t kSummer2014 = 1'404'172'800;  // 2014-07-01T00:00:00Z

TEST(Country, list_holds_the_iso_codes_kosovo_and_unknown_with_zz_first) {
    ASSERT_EQ(countries().size(), 251U);
    EXPECT_EQ(countries()[0].code, "ZZ");
    std::set<std::string_view> codes;
    for (const Country& each : countries()) codes.insert(each.code);
    EXPECT_EQ(codes.size(), 251U);
    EXPECT_TRUE(codes.contains("XK"));
}

TEST(Country, every_code_is_found_at_its_own_index) {
    for (uint16_t i = 0; i < countries().size(); ++i) {
        EXPECT_EQ(find_country(countries()[i].code), CountryId{i});
    }
    EXPECT_EQ(country(*find_country("KP")).name, "Korea (North)");
    EXPECT_EQ(country(*find_country("KP")).timezone, "Asia/Pyongyang");
}

TEST(Country, codes_that_name_no_country_are_not_found) {
    for (const auto* code : {"EU", "AP", "A1", "CS", "kp", "K", "", "KPX", "\xff\xff", "UK"}) {
        EXPECT_EQ(find_country(code), std::nullopt) << code;
    }
}

TEST(Country, an_id_out_of_range_reads_as_unknown) {
    EXPECT_EQ(country(CountryId{60'000}).code, "ZZ");
    EXPECT_EQ(utc_offset_s(CountryId{60'000}, kWinter2014), 0);
}

TEST(Country, offsets_follow_tzdata_through_history_and_summer_time) {
    ASSERT_EQ(tzdata_problem(), "");  // set-up installs tzdata
    const auto kp = *find_country("KP");
    EXPECT_EQ(utc_offset_s(kp, kWinter2014), 9 * 3600);
    EXPECT_EQ(utc_offset_s(kp, 1'450'742'400), 8 * 3600 + 1800);  // 2015-12-22: Pyongyang Time
    EXPECT_EQ(utc_offset_s(kp, kWinter2014), 9 * 3600);           // and back over the cache
    const auto us = *find_country("US");
    EXPECT_EQ(utc_offset_s(us, kWinter2014), -5 * 3600);
    EXPECT_EQ(utc_offset_s(us, kSummer2014), -4 * 3600);
    EXPECT_EQ(utc_offset_s(*find_country("IN"), kSummer2014), 5 * 3600 + 1800);
    EXPECT_EQ(utc_offset_s(kCountryUnknown, kSummer2014), 0);
}

TEST(Country, an_offset_changes_at_the_very_second_of_the_clock_change) {
    ASSERT_EQ(tzdata_problem(), "");  // set-up installs tzdata
    const auto de = *find_country("DE");
    constexpr int64_t kChange = 1'396'141'200;  // 2014-03-30T01:00:00Z
    EXPECT_EQ(utc_offset_s(de, kChange - 1), 3600);
    EXPECT_EQ(utc_offset_s(de, kChange), 7200);
}

TEST(Country, instants_outside_all_reason_have_offset_zero) {
    const auto de = *find_country("DE");
    EXPECT_EQ(utc_offset_s(de, INT64_MIN), 0);
    EXPECT_EQ(utc_offset_s(de, INT64_MAX), 0);
}

}  // namespace
}  // namespace lull
