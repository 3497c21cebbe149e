// What the view knows of routing, as metrics, as a document and in words.
#include "control/export/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/export/explain.h"
#include "control/export/json.h"
#include "control/export/metrics.h"
#include "control/show_routing.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

/// North Korea as the 2015 tables have it.
View view_with(WitnessState state) {
    View view = test::calm_view(1);
    const std::size_t kp = index_of(test::id_of("KP"));
    auto witness = std::make_shared<Witness>();
    witness->at_s = 1'419'267'590;
    witness->peers = 3;
    witness->peers_heard = 2;
    witness->countries.resize(countries().size());
    witness->countries[kp].networks4 = 4;
    witness->countries[kp].origins = 1;
    witness->countries[kp].upstreams = 1;
    witness->countries[kp].largest = {{4837, 4, 1, 1}};
    view.witness = {state, witness, 5, 1};
    view.as_names = std::make_shared<const std::map<uint32_t, std::string>>(
        std::map<uint32_t, std::string>{{4837, "CHINA169-Backbone"}});
    RoutingVerdict& verdict = view.verdicts[kp].routing;
    verdict.witness = state;
    if (state == WitnessState::kSees) {
        verdict.routing = Routing::kStands;
        verdict.normal = 4;
        verdict.now.networks = 4;
    }
    return view;
}

/// The same, and of the day's bytes nine tenths are of an origin that the witness tells.
View view_with_traffic() {
    View view = view_with(WitnessState::kSees);
    const std::size_t kp = index_of(test::id_of("KP"));
    auto witness = std::make_shared<Witness>(*view.witness.witness);
    witness->countries[kp].by_origin = {{131279, {{4837, 1, 1}}}};
    view.witness.witness = std::move(witness);
    std::vector<CountryTraffic> traffic(countries().size());
    traffic[kp] = {1000, 0.9, {{4837, 0.9, 0.9}}};
    view.traffic_behind = std::make_shared<const std::vector<CountryTraffic>>(std::move(traffic));
    return view;
}

CountryRoutes& routes(View& view) {
    auto changed = std::make_shared<Witness>(*view.witness.witness);
    CountryRoutes& found = changed->countries[index_of(test::id_of("KP"))];
    view.witness.witness = std::move(changed);
    return found;
}

std::string metrics_text(View view) {
    return Metrics([shared = std::make_shared<const View>(std::move(view))] { return shared; }, {})
        .text();
}

TEST(Routing, metrics_are_the_witness_s_when_it_sees) {
    const std::string text = metrics_text(view_with(WitnessState::kSees));
    for (const char* line :
         {"lull_country_networks{country=\"KP\",family=\"ipv4\"} 4\n",
          "lull_country_networks{country=\"KP\",family=\"ipv6\"} 0\n",
          "lull_country_origins{country=\"KP\"} 1\n", "lull_country_upstreams{country=\"KP\"} 1\n",
          "lull_country_largest_upstream_share{country=\"KP\"} 1\n",
          "lull_country_networks_withdrawn{country=\"KP\"} 0\n",
          "lull_country_routing_gone{country=\"KP\"} 0\n",
          "lull_witness_timestamp_seconds 1419267590\n", "lull_witness_peers{heard=\"yes\"} 2\n",
          "lull_witness_peers{heard=\"no\"} 1\n", "lull_witness_loads_total{result=\"ok\"} 5\n",
          "lull_witness_loads_total{result=\"failed\"} 1\n"}) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(Routing, a_country_in_trouble_has_its_largest_upstream_and_member_named) {
    View view = view_with(WitnessState::kSees);
    const CountryId kp = test::id_of("KP");
    view.member_shares = {{kp, {}, 0.5}, {kp, {64500, 0}, 0.3}, {kp, {64501, 0}, 0.2}};
    EXPECT_THAT(metrics_text(view), Not(HasSubstr("lull_country_via_info{")));
    view.incidents = test::outage_view(1).incidents;
    EXPECT_THAT(metrics_text(view),
                HasSubstr("lull_country_via_info{country=\"KP\",upstream=\"AS4837\",member="
                          "\"AS64500\"} 1\n"));
    view.witness.state = WitnessState::kDeaf;
    EXPECT_THAT(metrics_text(view),
                HasSubstr("lull_country_via_info{country=\"KP\",member=\"AS64500\"} 1\n"));
    view.member_shares.clear();
    EXPECT_THAT(metrics_text(view), Not(HasSubstr("lull_country_via_info{")));
}

TEST(Routing, metrics_of_a_missing_witness_are_absent_and_its_age_is_not) {
    for (const WitnessState state : {WitnessState::kTooOld, WitnessState::kDeaf}) {
        const std::string text = metrics_text(view_with(state));
        EXPECT_THAT(text, Not(HasSubstr("lull_country_networks")));
        EXPECT_THAT(text, Not(HasSubstr("lull_country_origins")));
        EXPECT_THAT(text, Not(HasSubstr("lull_country_upstreams")));
        EXPECT_THAT(text, Not(HasSubstr("lull_country_routing_gone")));
        EXPECT_THAT(text, HasSubstr("lull_witness_timestamp_seconds 1419267590\n"));
    }
}

TEST(Routing, without_any_witness_the_table_s_numbers_stand) {
    const std::string text = metrics_text(test::calm_view(1));
    EXPECT_THAT(text, HasSubstr("lull_country_networks{country=\"KP\",family=\"ipv4\"} 40\n"));
    EXPECT_THAT(text, HasSubstr("lull_country_origins{country=\"KP\"} 3\n"));
    EXPECT_THAT(text, Not(HasSubstr("lull_witness")));
    EXPECT_THAT(text, Not(HasSubstr("lull_country_upstreams")));
}

TEST(Routing, a_country_of_peers_that_cannot_be_heard_has_no_numbers) {
    View view = view_with(WitnessState::kSees);
    routes(view) = {};
    routes(view).unknown = 4;
    EXPECT_THAT(metrics_text(view), Not(HasSubstr("lull_country_networks{country=\"KP\"")));
}

TEST(Routing, the_document_has_what_is_known) {
    const CountryId kp = test::id_of("KP");
    EXPECT_TRUE(country_json(test::calm_view(1), kp).at("routing").is_null());
    const json document = country_json(view_with(WitnessState::kSees), kp).at("routing");
    EXPECT_EQ(document.at("verdict"), "stands");
    EXPECT_EQ(document.at("gone"), false);
    EXPECT_TRUE(document.at("why").is_null());
    EXPECT_EQ(document.at("networks_v4"), 4);
    EXPECT_EQ(document.at("exposure"), "one provider");
    EXPECT_EQ(document.at("at"), "2014-12-22T16:59:50Z");
    EXPECT_EQ(document.at("upstreams"), json::array({{{"asn", 4837},
                                                      {"name", "CHINA169-Backbone"},
                                                      {"networks", 4},
                                                      {"share", 1.0},
                                                      {"only_share", 1.0}}}));
    const json missing = country_json(view_with(WitnessState::kDeaf), kp).at("routing");
    EXPECT_EQ(missing.at("why"), "no peer can be heard");
    EXPECT_TRUE(missing.at("gone").is_null());
    EXPECT_FALSE(missing.contains("networks_v4"));
}

TEST(Routing, is_shown_in_words) {
    const auto shown = [](const View& view) {
        return routing_text(routing_json(view, test::id_of("KP")));
    };
    View view = view_with(WitnessState::kSees);
    EXPECT_EQ(
        shown(view),
        "routing: 4 networks of 1 origin, behind one provider: AS4837 CHINA169-Backbone (100 % "
        "of its addresses; all would be lost with it)\n");
    routes(view) = {.networks4 = 40,
                    .withdrawn = 3,
                    .unknown = 1,
                    .origins = 2,
                    .upstreams = 5,
                    .largest = {{1, 9, 0.5, 0.25}, {2, 9, 0.4, 0}, {3, 9, 0.1, 0}, {4, 1, 0, 0}},
                    .by_origin = {}};
    EXPECT_EQ(shown(view),
              "routing: 40 networks of 2 origins, behind a few providers: AS1 (50 % of its "
              "addresses; 25 % would be lost with it), AS2 (40 % of its addresses), AS3 (10 % of "
              "its addresses) and 2 more; 3 withdrawn in the last week; 1 of peers that cannot be "
              "heard\n");
    EXPECT_EQ(shown(view_with(WitnessState::kDeaf)), "routing: not known (no peer can be heard)\n");
    EXPECT_EQ(shown(test::calm_view(1)), "");
    EXPECT_EQ(routing_text(json::parse(R"({"why":7,"networks_v4":1,"upstreams":[3,{}]})")),
              "routing: 1 network of 0 origins, behind -: AS- (- of its addresses), AS- (- of its "
              "addresses)\n");
}

TEST(Routing, networks_that_moved_and_the_last_upstream_change_are_shown) {
    View view = view_with(WitnessState::kSees);
    const CountryId kp = test::id_of("KP");
    routes(view).moved = {3, 4134, test::id_of("CN")};
    RoutingVerdict& verdict = view.verdicts[index_of(kp)].routing;
    verdict.now.moved = {3, 4134, test::id_of("CN")};
    verdict.moved_since_ns = test::kSampleNowNs;
    verdict.upstream_change.time_ns = test::kSampleNowNs;
    verdict.upstream_change.gone = {4837};
    verdict.upstream_change.before = 1;
    const json document = routing_json(view, kp);
    EXPECT_EQ(document.at("moved"), 3);
    EXPECT_EQ(document.at("moved_to").at("country"), "CN");
    EXPECT_EQ(document.at("upstream_change").at("gone"), json({4837}));
    const std::string text = routing_text(document);
    EXPECT_THAT(text, HasSubstr("; 3 of them moved to AS4134 CN since 2014-12-22T17:00:00Z\n"));
    EXPECT_THAT(text,
                HasSubstr("upstreams: AS4837 gone since 2014-12-22T17:00:00Z, 0 left of 1\n"));
    EXPECT_THAT(metrics_text(view), HasSubstr("lull_country_networks_moved{country=\"KP\"} 3\n"));
    const json explained = explain_json(view, country_row(view, kp)).at("ruled_out");
    EXPECT_THAT(
        explained.dump(),
        HasSubstr(R"({"answer":"no","number":"routing: 3 of 4 networks announced by AS4134 )"
                  R"(of CN, first seen 2014-12-22T17:00:00Z; packets: not checkable: )"));
}

TEST(Routing, of_a_time_that_has_passed_no_more_is_said_than_was_recorded) {
    RoutingVerdict verdict;
    EXPECT_TRUE(past_routing_json(verdict).is_null());
    verdict.witness = WitnessState::kSees;
    verdict.routing = Routing::kGone;
    verdict.since_ns = test::kSampleNowNs;
    verdict.normal = 4;
    verdict.now = {.networks = 1, .withdrawn = 3, .upstreams = 2, .upstream = 4837};
    EXPECT_EQ(routing_text(past_routing_json(verdict)),
              "routing: 1 network announced, behind AS4837 and 1 more; 3 withdrawn in the last "
              "week\nrouting: gone since 2014-12-22T17:00:00Z: half or more of its usual 4 "
              "networks were withdrawn\n");
    verdict.witness = WitnessState::kTooOld;
    verdict.routing = Routing::kNotKnown;
    EXPECT_EQ(routing_text(past_routing_json(verdict)),
              "routing: not known (the witness is older than 60 s)\n");
}

TEST(Routing, an_incident_that_moved_says_so_where_alerts_hang) {
    View view = view_with(WitnessState::kSees);
    Incident incident;
    incident.id = 1;
    incident.country = test::id_of("KP");
    incident.scope = Scope::kMoved;
    view.incidents = {incident};
    EXPECT_THAT(
        metrics_text(view),
        HasSubstr("lull_incidents_open{country=\"KP\",kind=\"outage\",scope=\"moved\"} 1\n"));
}

TEST(Routing, the_share_of_traffic_is_told_where_the_witness_tells_origins) {
    const CountryId kp = test::id_of("KP");
    const View view = view_with_traffic();
    EXPECT_EQ(routing_json(view, kp).at("traffic"),
              json::parse(R"({"bytes":1000,"attributed_share":0.9,"upstreams":[{"asn":4837,
                  "name":"CHINA169-Backbone","share":0.9,"only_share":0.9}]})"));
    EXPECT_THAT(metrics_text(view),
                HasSubstr("lull_country_largest_upstream_traffic_share{country=\"KP\"} 0.9\n"));
    EXPECT_THAT(routing_text(routing_json(view, kp)),
                HasSubstr("\nrouting: its traffic of the last day is behind AS4837 "
                          "CHINA169-Backbone (90 % of its bytes; 90 % would be lost with it); 10 % "
                          "is not attributed\n"));
}

TEST(Routing, the_share_of_traffic_is_not_known_and_not_zero) {
    const CountryId kp = test::id_of("KP");
    const auto unknown = [&](const View& view) {
        EXPECT_TRUE(routing_json(view, kp).at("traffic").is_null());
        EXPECT_THAT(metrics_text(view), Not(HasSubstr("upstream_traffic_share{")));
        EXPECT_THAT(routing_text(routing_json(view, kp)), Not(HasSubstr("traffic")));
    };
    View older = view_with_traffic();
    routes(older).by_origin.reset();
    unknown(older);
    View quiet = view_with_traffic();
    quiet.traffic_behind = std::make_shared<const std::vector<CountryTraffic>>(countries().size());
    unknown(quiet);
    unknown(view_with(WitnessState::kSees));
    View deaf = view_with_traffic();
    deaf.witness.state = WitnessState::kDeaf;
    EXPECT_FALSE(routing_json(deaf, kp).contains("traffic"));
    EXPECT_THAT(metrics_text(deaf), Not(HasSubstr("upstream_traffic_share{")));
}

TEST(Routing, traffic_that_nobody_can_be_named_for_is_said_to_be_so) {
    EXPECT_EQ(routing_text(json::parse(R"({"networks_v4":1,"traffic":{"upstreams":[],
                  "attributed_share":0}})")),
              "routing: 1 network of 0 origins\nrouting: its traffic of the last day has no "
              "upstream that is known; 100 % is not attributed\n");
}

TEST(Routing, gone_alone_is_said_where_one_asks_why_there_is_no_alarm) {
    View view = view_with(WitnessState::kSees);
    RoutingVerdict& verdict = view.verdicts[index_of(test::id_of("KP"))].routing;
    verdict.routing = Routing::kGone;
    verdict.now.networks = 0;
    verdict.since_ns = test::kSampleNowNs;
    const json document = explain_json(view, country_row(view, test::id_of("KP")));
    EXPECT_THAT(document.at("verdict"),
                HasSubstr("routing alone is gone: 4 of 4 networks withdrawn, first seen "
                          "2014-12-22T17:00:00Z; no alarm, because its traffic is here"));
    EXPECT_THAT(document.at("ruled_out").dump(),
                HasSubstr(R"({"answer":"no","number":"4 of 4 networks withdrawn, first seen )"));
    EXPECT_THAT(routing_text(routing_json(view, test::id_of("KP"))),
                HasSubstr("routing: gone since 2014-12-22T17:00:00Z: half or more of its usual 4 "
                          "networks were withdrawn\n"));
}

}  // namespace
}  // namespace lull
