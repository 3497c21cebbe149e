// Scenarios: what is read, and what is refused in which words at which place.
#include "control/drill/scenario.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "control/files.h"
#include "control/time_text.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr const char* kHead =
    "name: t\nfrom: 2014-12-21T12:00:00Z\nuntil: 2014-12-24T00:00:00Z\nseed: 7\n";

std::string refusal_of(const std::string& text) {
    const auto scenario = parse_scenario(text, "s.yaml");
    if (scenario) return "accepted";
    EXPECT_EQ(scenario.error().kind, ErrorKind::kRefused);
    return scenario.error().message;
}

std::string event_refusal(const std::string& event) {
    return refusal_of(std::string(kHead) + "events:\n  - " + event + "\n");
}

int64_t at(const char* time) {
    return parse_time_ns(time).value();
}

TEST(Scenario, the_contracts_example_is_read_with_every_value) {
    const auto scenario = parse_scenario(
        "name: nk-2014\nfrom: 2014-12-21T12:00:00Z\nuntil: 2014-12-24T00:00:00Z\nseed: 20141222\n"
        "traffic: {flows_per_second: 2000, floor_flows_per_second: 1, v6_share: 0.1, scan_share: "
        "0.02, day_rhythm: true}\n"
        "events:\n"
        "  - {kind: flood,  at: 2014-12-21T13:00:00Z, for: 4h, target: {country: KP}, vector: ntp, "
        "times: 50}\n"
        "  - {kind: flap,   at: 2014-12-21T18:00:00Z, for: 22h, target: {country: KP}, period: "
        "40m, down_share: 0.4}\n"
        "  - {kind: outage, at: 2014-12-22T16:15:00Z, for: 9h31m, target: {asn: 131279}, depth: "
        "1.0, ramp: 10m, recovery: 0s, demand: stays}\n",
        "s.yaml");
    ASSERT_TRUE(scenario) << scenario.error().message;
    EXPECT_EQ(scenario->name, "nk-2014");
    EXPECT_EQ(scenario->seed, 20141222u);
    EXPECT_DOUBLE_EQ(scenario->traffic.flows_per_second, 2000);
    EXPECT_DOUBLE_EQ(scenario->traffic.v6_share, 0.1);
    ASSERT_EQ(scenario->events.size(), 3u);
    EXPECT_EQ(scenario->events[0].kind, EventKind::kFlood);
    EXPECT_EQ(scenario->events[0].target.text, "country KP");
    EXPECT_DOUBLE_EQ(scenario->events[0].times, 50);
    EXPECT_DOUBLE_EQ(scenario->events[1].period_s, 2400);
    EXPECT_EQ(scenario->events[1].demand, Demand::kStays);
    const DrillEvent& outage = scenario->events[2];
    EXPECT_EQ(outage.target.kind, DrillTarget::Kind::kAsn);
    EXPECT_EQ(outage.target.asn, 131279u);
    EXPECT_EQ(outage.until_ns, at("2014-12-23T01:46:00Z"));
    EXPECT_DOUBLE_EQ(outage.ramp_s, 600);
    EXPECT_EQ(outage.demand, Demand::kStays);
}

TEST(Scenario, demand_leaves_with_an_outage_unless_it_is_said_to_stay) {
    const auto scenario = parse_scenario(
        std::string(kHead) +
            "events: [{kind: outage, at: 2014-12-22T00:00:00Z, for: 1h, target: {country: KP}}]",
        "s.yaml");
    ASSERT_TRUE(scenario);
    EXPECT_EQ(scenario->events[0].demand, Demand::kLeaves);
    EXPECT_DOUBLE_EQ(scenario->events[0].depth, 1);
}

TEST(Scenario, an_outage_ramps_down_holds_and_recovers) {
    DrillEvent event;
    event.at_ns = at("2014-12-22T00:00:00Z");
    event.until_ns = at("2014-12-22T02:00:00Z");
    event.depth = 0.8;
    event.ramp_s = 600;
    event.recovery_s = 1200;
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-21T23:59:59Z")), 0);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T00:05:00Z")), 0.4);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T01:00:00Z")), 0.8);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T02:10:00Z")), 0.4);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T02:20:00Z")), 0);
}

TEST(Scenario, a_flap_is_down_at_the_beginning_of_each_period) {
    DrillEvent event;
    event.kind = EventKind::kFlap;
    event.at_ns = at("2014-12-21T18:00:00Z");
    event.until_ns = at("2014-12-22T16:00:00Z");
    event.period_s = 1200;
    event.down_share = 0.4;
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-21T18:07:59Z")), 1);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-21T18:08:00Z")), 0);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T15:45:00Z")), 1);
    EXPECT_DOUBLE_EQ(event.down_share_at(at("2014-12-22T16:00:00Z")), 0);
}

TEST(Scenario, an_unknown_key_names_its_place_and_the_nearest_known_one) {
    EXPECT_THAT(refusal_of(std::string(kHead) + "traffic: {flow_per_second: 1}\n"),
                HasSubstr("s.yaml:5:11: traffic: unknown key \"flow_per_second\": did you mean "
                          "flows_per_second?"));
}

TEST(Scenario, a_key_of_another_kind_is_unknown) {
    EXPECT_THAT(event_refusal("{kind: flood, at: 2014-12-22T00:00:00Z, for: 1h, target: {country: "
                              "KP}, vector: ntp, times: 5, ramp: 1m}"),
                HasSubstr("unknown key \"ramp\""));
}

TEST(Scenario, every_problem_is_told_at_once) {
    const std::string said = refusal_of(
        "name: t\nfrom: yesterday\nuntil: 2014-12-24T00:00:00Z\nseed: -1\n"
        "traffic: {v6_share: 2}\nevents: [{kind: outage}]\n");
    EXPECT_THAT(said, HasSubstr("s.yaml:2:7: from: \"yesterday\" is not a time"));
    EXPECT_THAT(said, HasSubstr("s.yaml:4:7: seed: -1 is below 0"));
    EXPECT_THAT(said, HasSubstr("s.yaml:5:21: traffic.v6_share: 2 is above 1"));
    EXPECT_THAT(said, HasSubstr("events[0].at: is missing"));
    EXPECT_THAT(said, HasSubstr("events[0].target: is missing"));
}

TEST(Scenario, an_unknown_kind_is_refused_with_the_nearest) {
    EXPECT_THAT(event_refusal("{kind: outtage}"), HasSubstr("did you mean outage?"));
}

TEST(Scenario, targets_are_checked) {
    const auto with_target = [](const std::string& target) {
        return event_refusal(
            "{kind: one_way, at: 2014-12-22T00:00:00Z, for: 1h, target: " + target + "}");
    };
    EXPECT_EQ(with_target("{prefix: 175.45.176.0/22}"), "accepted");
    EXPECT_EQ(with_target("{prefix: \"2001:db8::/32\"}"), "accepted");
    EXPECT_THAT(with_target("{country: XX}"), HasSubstr("\"XX\" is no country"));
    EXPECT_THAT(with_target("{prefix: 175.45.176.1/22}"), HasSubstr("is no prefix"));
    EXPECT_THAT(with_target("{prefix: 175.45.176.0/33}"), HasSubstr("is no prefix"));
    EXPECT_THAT(with_target("{prefix: \"2001:db8::/65\"}"), HasSubstr("is no prefix"));
    EXPECT_THAT(with_target("{asn: 0}"), HasSubstr("0 is below 1"));
    EXPECT_EQ(with_target("{member: 64559}"), "accepted");
    EXPECT_THAT(with_target("{member: 64560}"), HasSubstr("64560 is above 64559"));
    EXPECT_THAT(event_refusal("{kind: member, at: 2014-12-22T00:00:00Z, for: 1h, target: "
                              "{country: KP}}"),
                HasSubstr("member needs {member: ASN}"));
    EXPECT_THAT(with_target("{country: KP, asn: 1}"), HasSubstr("names one of"));
    EXPECT_THAT(with_target("{}"), HasSubstr("names one of"));
    EXPECT_THAT(with_target("{port: tap0}"),
                HasSubstr("one_way needs country, asn, prefix or member"));
    EXPECT_THAT(event_refusal("{kind: port_dark, at: 2014-12-22T00:00:00Z, for: 1h, target: "
                              "{country: KP}}"),
                HasSubstr("port_dark needs {port: NAME}"));
    EXPECT_THAT(event_refusal("{kind: oversubscribe, at: 2014-12-22T00:00:00Z, for: 1h, target: "
                              "{country: KP}, depth: 0.3}"),
                HasSubstr("oversubscribe needs {port: NAME}"));
    EXPECT_THAT(event_refusal("{kind: oversubscribe, at: 2014-12-22T00:00:00Z, for: 1h, target: "
                              "{port: tap0}}"),
                HasSubstr("depth: is missing"));
}

TEST(Scenario, what_leaves_the_tap_or_the_table_is_read_by_its_own_keys) {
    const auto with = [](const std::string& rest) {
        return event_refusal("{at: 2014-12-22T00:00:00Z, for: 1h, " + rest + "}");
    };
    EXPECT_EQ(with("kind: move, target: {country: KP}, ramp: 10m"), "accepted");
    EXPECT_EQ(with("kind: offload, target: {asn: 64500}, depth: 0.4"), "accepted");
    EXPECT_THAT(with("kind: offload, target: {asn: 64500}"), HasSubstr("depth: is missing"));
    EXPECT_EQ(with("kind: table_drift, target: {prefix: 175.45.176.0/22}, to: CN"), "accepted");
    EXPECT_THAT(with("kind: table_drift, target: {country: KP}"), HasSubstr("to: is missing"));
    EXPECT_THAT(with("kind: table_drift, target: {country: KP}, to: XX"),
                HasSubstr("\"XX\" is no country"));
    EXPECT_THAT(with("kind: move, target: {port: tap0}"),
                HasSubstr("move needs country, asn, prefix or member"));
    EXPECT_EQ(with("kind: maintenance, target: {port: tap0}"), "accepted");
    EXPECT_EQ(with("kind: maintenance, target: {country: KP}"), "accepted");
    EXPECT_THAT(with("kind: maintenance, target: {country: KP}, depth: 0.5"),
                HasSubstr("unknown key \"depth\""));
}

TEST(Scenario, a_country_has_the_upstream_that_is_named) {
    const auto with = [](const std::string& upstreams) {
        return std::string(kHead) + "upstreams: " + upstreams + "\nevents: []\n";
    };
    const auto scenario =
        parse_scenario(with("[{country: KP, asn: 4837}, {country: YE, asn: 1273}]"), "s.yaml");
    ASSERT_TRUE(scenario) << scenario.error().message;
    ASSERT_EQ(scenario->upstreams.size(), 2U);
    EXPECT_EQ(scenario->upstreams.at(*find_country("KP")), 4837U);
    EXPECT_EQ(scenario->upstreams.at(*find_country("YE")), 1273U);
    EXPECT_THAT(refusal_of(with("[{country: XX, asn: 1}]")), HasSubstr("\"XX\" is no country"));
    EXPECT_THAT(refusal_of(with("[{country: KP, asn: 0}]")), HasSubstr("0 is below 1"));
    EXPECT_THAT(refusal_of(with("[{country: KP}]")), HasSubstr("asn: is missing"));
    EXPECT_NE(refusal_of(with("[4837]")), "accepted");
}

TEST(Scenario, times_that_make_no_sense_are_refused) {
    EXPECT_THAT(refusal_of("name: t\nfrom: 2014-12-24T00:00:00Z\nuntil: 2014-12-21T00:00:00Z\n"),
                HasSubstr("until: needs to be after from"));
    EXPECT_THAT(refusal_of("name: t\nfrom: 2010-12-24T00:00:00Z\nuntil: 2014-12-21T00:00:00Z\n"),
                HasSubstr("at most 400 days"));
    EXPECT_THAT(refusal_of("name: t\nfrom: 2261-01-01T00:00:00Z\nuntil: 2261-01-02T00:00:00Z\n"),
                HasSubstr("1970-2199"));
    EXPECT_THAT(event_refusal("{kind: outage, at: 2015-01-01T00:00:00Z, for: 1h, target: "
                              "{country: KP}}"),
                HasSubstr("at: outside the scenario"));
    EXPECT_THAT(event_refusal("{kind: outage, at: 2014-12-22T00:00:00Z, for: 1h, ramp: 2h, target: "
                              "{country: KP}}"),
                HasSubstr("ramp: longer than the event"));
}

TEST(Scenario, more_events_than_can_be_told_apart_are_refused) {
    std::string text = std::string(kHead) + "events:\n";
    for (int i = 0; i < 65; ++i) {
        text += "  - {kind: outage, at: 2014-12-22T00:00:00Z, for: 1h, target: {country: KP}}\n";
    }
    EXPECT_THAT(refusal_of(text), HasSubstr("65 entries: at most 64 fit here"));
}

TEST(Scenario, the_scenarios_in_the_tree_are_read) {
    for (const char* name : {"nk-2014", "quiet-day", "kinds"}) {
        const std::string path = std::string(LULL_SOURCE_DIR) + "/configs/drills/" + name + ".yaml";
        const auto scenario = load_scenario(path);
        ASSERT_TRUE(scenario) << scenario.error().message;
        EXPECT_EQ(scenario->name, name);
        if (scenario->name == "kinds") {
            std::set<EventKind> kinds;
            for (const DrillEvent& event : scenario->events) kinds.insert(event.kind);
            EXPECT_EQ(kinds.size(), 12U) << "one of each";
        } else {
            EXPECT_EQ(scenario->until_ns - scenario->from_ns, 60 * 3600 * int64_t{1'000'000'000});
        }
    }
}

TEST(Scenario, a_missing_file_is_refused_by_name) {
    const auto scenario = load_scenario("/nonexistent/s.yaml");
    ASSERT_FALSE(scenario);
    EXPECT_THAT(scenario.error().message, HasSubstr("/nonexistent/s.yaml"));
}

}  // namespace
}  // namespace lull
