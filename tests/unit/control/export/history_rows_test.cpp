#include "control/export/history_rows.h"

#include <gtest/gtest.h>

#include "tests/support/sample_view.h"

namespace lull {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

Incident sample() {
    Incident incident;
    incident.id = 7;
    incident.country = test::id_of("KP");
    incident.kind = IncidentKind::kMember;
    incident.scope = Scope::kGoneHere;
    incident.start_ns = 10 * kSecondNs;
    incident.detected_ns = 30 * kSecondNs;
    incident.last_verified_ns = 90 * kSecondNs;
    incident.lowest_ratio = 0.25;
    incident.area = 12.5;
    incident.edges = 2;
    incident.countries = {test::id_of("KP"), test::id_of("IR")};
    incident.member = MemberKey{64500, 0};
    incident.member_name = "=HYPERLINK(\"http://x\")";
    incident.evidence = {"flows: 0, of 5", "a \"quote\""};
    incident.acknowledged = Remark{31 * kSecondNs, "@kim", ""};
    incident.notes = {{32 * kSecondNs, "", "called"}, {33 * kSecondNs, "lee", "-> NOC"}};
    incident.transitions = {{10 * kSecondNs, "suspect"}, {30 * kSecondNs, "outage"}};
    return incident;
}

TEST(HistoryRows, the_columns_of_an_incident_are_these_for_good) {
    EXPECT_EQ(csv_header(incident_row({})),
              "id,country,kind,scope,start,detected,end,last_verified,lowest_ratio,area,edges,"
              "countries,member,member_name,evidence,acknowledged,acknowledged_by,"
              "acknowledged_note,notes,transitions\n");
    EXPECT_EQ(
        csv_line(incident_row(sample())),
        "7,KP,member,gone_here,1970-01-01T00:00:10Z,1970-01-01T00:00:30Z,,1970-01-01T00:01:30Z,"
        "0.25,12.5,2,KP IR,AS64500,\"'=HYPERLINK(\"\"http://x\"\")\","
        "\"flows: 0, of 5 | a \"\"quote\"\"\",1970-01-01T00:00:31Z,'@kim,,"
        "1970-01-01T00:00:32Z somebody: called | 1970-01-01T00:00:33Z lee: -> NOC,"
        "1970-01-01T00:00:10Z suspect | 1970-01-01T00:00:30Z outage\n");
}

TEST(HistoryRows, the_columns_of_a_series_are_these_for_good) {
    Decision decision;
    decision.time_ns = 600 * kSecondNs;
    CountryVerdict& verdict = decision.verdict;
    verdict.state = State::kSuspect;
    verdict.state_since_ns = 590 * kSecondNs;
    verdict.observed_life_per_s = 1.0 / 3;
    verdict.ratio = 0.5;
    verdict.doubtful = true;
    verdict.grounds.bytes = {1e9, 2e9};
    const HistoryRow row = series_row(test::id_of("KP"), decision);
    EXPECT_EQ(csv_header(row),
              "time,country,state,state_since,observed_flows_per_second,"
              "expected_flows_per_second,ratio,demand_ratio,coverage,evidence,detectable_seconds,"
              "dispersion,stability_doubtful,observed_sources,expected_sources,observed_bytes,"
              "expected_bytes,common_ratio,held\n");
    EXPECT_EQ(csv_line(row),
              "1970-01-01T00:10:00Z,KP,suspect,1970-01-01T00:09:50Z,0.33333,,0.5,,1.0,0.0,,,true,"
              "0.0,0.0,1000000000.0,2000000000.0,1.0,false\n");
    const std::string line = json_line(row);
    EXPECT_TRUE(line.starts_with("{\"time\":\"1970-01-01T00:10:00Z\",\"country\":\"KP\",")) << line;
    const auto document = nlohmann::json::parse(line);
    EXPECT_EQ(document.size(), row.size());
    EXPECT_EQ(document["expected_flows_per_second"], nullptr);
}

TEST(HistoryRows, a_text_that_would_be_a_formula_or_break_a_line_cannot) {
    const auto cell = [](const char* text) { return csv_line({{"x", text}}); };
    EXPECT_EQ(cell("=1+1"), "'=1+1\n");
    EXPECT_EQ(cell("+49"), "'+49\n");
    EXPECT_EQ(cell("-1"), "'-1\n");
    EXPECT_EQ(cell("@a"), "'@a\n");
    EXPECT_EQ(cell("\t=1"), "'\t=1\n");
    EXPECT_EQ(cell("a=1"), "a=1\n");
    EXPECT_EQ(cell("a\nb"), "\"a\nb\"\n");
    EXPECT_EQ(cell("a\"b"), "\"a\"\"b\"\n");
    EXPECT_EQ(csv_line({{"x", -1.5}}), "-1.5\n");  // a number is one
}

}  // namespace
}  // namespace lull
