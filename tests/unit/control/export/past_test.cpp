#include "control/export/past.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/time_text.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr int64_t kMinute_ns = 60'000'000'000;

Decision recorded(const View& view) {
    DecisionRow row{view.tick_end_ns, {}};
    add_record(row, test::id_of("KP"), view.verdicts[index_of(test::id_of("KP"))]);
    return find_record(row, test::id_of("KP")).value();
}

TEST(Past, says_why_there_was_no_alarm_as_the_present_does) {
    View view = test::calm_view(1);
    CountryVerdict& verdict = view.verdicts[index_of(test::id_of("KP"))];
    verdict.ratio = 0.4;
    verdict.grounds.tests.tests[1] = {8.1, true};
    verdict.grounds.tests.threshold = 20.2;
    const json document =
        past_json(test::id_of("KP"), view.tick_end_ns + kMinute_ns, recorded(view), {});
    EXPECT_EQ(document.at("recorded"), format_time(view.tick_end_ns));
    EXPECT_EQ(document.at("time"), format_time(view.tick_end_ns + kMinute_ns));
    EXPECT_EQ(document.at("state"), "normal");
    EXPECT_THAT(document.at("explain").at("verdict"),
                HasSubstr("40 % in the last minute; no alarm, because the evidence is not there "
                          "yet: S 8.1 of h 20.2 (fall to three tenths)"));
    EXPECT_FALSE(document.at("explain").contains("groups"));
}

TEST(Past, an_incident_that_is_over_by_now_was_open_then) {
    View view = test::outage_view(1);
    Incident incident = view.incidents.front();
    incident.end_ns = view.tick_end_ns + 60 * kMinute_ns;
    Incident later = incident;
    later.id = 8;
    later.detected_ns = view.tick_end_ns + kMinute_ns;
    Incident before = incident;
    before.id = 6;
    before.end_ns = view.tick_end_ns - kMinute_ns;
    const json document =
        past_json(test::id_of("KP"), view.tick_end_ns, recorded(view), {before, incident, later});
    ASSERT_EQ(document.at("incidents").size(), 1U);
    EXPECT_EQ(document.at("incidents").at(0).at("id"), 7);
    EXPECT_THAT(document.at("explain").at("verdict"), HasSubstr("incident 7 is open since"));
}

TEST(Past, what_was_not_recorded_is_said) {
    const json document = past_json(test::id_of("KP"), test::kSampleNowNs, std::nullopt, {});
    EXPECT_TRUE(document.at("recorded").is_null());
    EXPECT_THAT(document.at("why"), HasSubstr("nothing was recorded"));
    EXPECT_FALSE(document.contains("explain"));
}

}  // namespace
}  // namespace lull
