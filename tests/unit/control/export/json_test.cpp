#include "control/export/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "control/export/replay_report.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using nlohmann::json;

TEST(Json, incident_has_the_fields_of_the_contract) {
    const json incident = incidents_json(test::outage_view(1)).at(0);
    EXPECT_EQ(incident.at("country"), "KP");
    EXPECT_EQ(incident.at("kind"), "outage");
    EXPECT_EQ(incident.at("scope"), "lost");
    EXPECT_EQ(incident.at("start"), "2014-12-22T16:17:00Z");
    EXPECT_EQ(incident.at("detected"), "2014-12-22T16:18:30Z");
    EXPECT_TRUE(incident.at("end").is_null());
    EXPECT_EQ(incident.at("last_verified"), "2014-12-22T17:00:00Z");
    EXPECT_EQ(incident.at("lowest_ratio"), 0.01);
    EXPECT_EQ(incident.at("area"), 4200);
    EXPECT_EQ(incident.at("edges"), 1);
    EXPECT_EQ(incident.at("evidence").size(), 2u);
    EXPECT_EQ(incident.at("transitions").at(0).at("state"), "outage");
    EXPECT_EQ(incident.at("id"), 7);
}

TEST(Json, since_keeps_open_incidents_and_those_that_ended_later) {
    View view = test::outage_view(1);
    view.incidents.push_back(view.incidents.front());
    view.incidents.back().end_ns = 1000;
    EXPECT_EQ(incidents_json(view).size(), 2u);
    EXPECT_EQ(incidents_json(view, 1000).size(), 2u);
    EXPECT_EQ(incidents_json(view, 1001).size(), 1u);
}

TEST(Json, country_never_seen_has_name_and_state_alone) {
    const json document = country_json(test::calm_view(1), test::id_of("FR"));
    EXPECT_EQ(document.size(), 2u);
    EXPECT_EQ(document.at("state"), "learning");
}

TEST(Json, seen_country_carries_counts_and_verdict) {
    const json document = country_json(test::outage_view(1), test::id_of("KP"));
    EXPECT_EQ(document.at("sent_packets"), 400);
    EXPECT_EQ(document.at("state"), "outage");
    EXPECT_EQ(document.at("ratio"), 0.02);
    EXPECT_EQ(document.at("active_sources"), 12);
    EXPECT_TRUE(document.at("expected_sources").is_null());
}

TEST(Json, numbers_that_are_not_finite_are_null) {
    View view = test::calm_view(1);
    view.verdicts[index_of(test::id_of("KP"))].ratio = std::numeric_limits<double>::quiet_NaN();
    const std::string text = dump_json(countries_json(view));
    EXPECT_EQ(json::parse(text).at("countries").at("KP").at("ratio"), nullptr);
}

TEST(Json, bytes_that_are_not_utf8_do_not_break_the_document) {
    View view = test::calm_view(1);
    view.site = "a\xFF\"b\n";
    const json parsed = json::parse(dump_json(status_json(view)));
    EXPECT_EQ(parsed.at("site"), "a\xEF\xBF\xBD\"b\n");
}

TEST(Json, status_counts_states_and_shows_every_reason_of_rejection) {
    const json document = status_json(test::outage_view(9));
    EXPECT_EQ(document.at("incidents_open"), 1);
    EXPECT_EQ(document.at("states").at("normal"), 9);
    EXPECT_EQ(document.at("states").at("outage"), 1);
    EXPECT_EQ(document.at("ports").at(0).at("rejected").at("not_ip"), 10);
    EXPECT_EQ(document.at("ports").at(0).at("rejected").size(), kRejectCount - 1);
    EXPECT_EQ(document.at("table").at("built_at"), "2014-05-13T16:53:20Z");
}

TEST(Json, status_says_what_is_known_of_the_wire_and_why_a_sensor_is_doubted) {
    View view = test::calm_view(1);
    view.ports[0].capture_loss = 0.03;
    view.ports[0].degraded = true;
    view.ports[0].reason = "tap0-a: loses";
    view.groups[0].two_way_share = 0.6;
    const json document = status_json(view);
    EXPECT_EQ(document.at("ports").at(0).at("capture_loss_ratio"), 0.03);
    EXPECT_TRUE(document.at("ports").at(1).at("capture_loss_ratio").is_null());
    EXPECT_TRUE(document.at("ports").at(0).at("duplicate_ratio").is_null());
    EXPECT_EQ(document.at("groups").at(0).at("two_way_share"), 0.6);
    EXPECT_NE(document.at("summary").get<std::string>().find("less sure than usual: tap0-a: loses"),
              std::string::npos);
}

TEST(ReplayReport, packets_are_ip_packets_and_rejected) {
    const json report = replay_report(test::outage_view(3));
    uint64_t rejected = 0;
    for (const auto& [reason, count] : report.at("rejected").items()) {
        rejected += count.get<uint64_t>();
    }
    EXPECT_EQ(report.at("packets"), 2000);
    EXPECT_EQ(report.at("packets"), report.at("ip_packets").get<uint64_t>() + rejected);
    EXPECT_EQ(report.at("rejected"), (json{{"not_ip", 20}}));
}

TEST(ReplayReport, has_exactly_the_keys_of_the_contract) {
    const json report = replay_report(test::outage_view(3));
    std::vector<std::string> keys;
    for (const auto& [key, value] : report.items()) {
        keys.push_back(key);
    }
    EXPECT_EQ(keys, (std::vector<std::string>{"countries", "incidents", "ip_packets", "labels",
                                              "origins", "packets", "private", "rejected", "states",
                                              "unmatched", "wire"}));
    EXPECT_EQ(report.at("countries").size(), 5u);  // three, KP, ZZ
    EXPECT_EQ(report.at("countries").at("KP").size(), 5u);
    EXPECT_EQ(report.at("countries").at("ZZ").at("sent_packets"), 5);
    EXPECT_EQ(report.at("origins").at(0).at("asn"), 131279);
    EXPECT_TRUE(report.at("origins").at(1).at("asn").is_null());
    EXPECT_EQ(report.at("private").at("received_bytes"), 2200);
    EXPECT_EQ(report.at("states").at("KP"), "outage");
}

}  // namespace
}  // namespace lull
