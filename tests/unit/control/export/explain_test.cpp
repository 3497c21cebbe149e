#include "control/export/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sample_view.h"

namespace lull {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json explained(const View& view) {
    return explain_json(view, country_row(view, test::id_of("KP")));
}

/// The answer and the number to what was ruled out.
std::pair<std::string, std::string> ruled_out(const json& document, const std::string& what) {
    for (const json& entry : document.at("ruled_out")) {
        if (entry.at("what") == what) return {entry.at("answer"), entry.at("number")};
    }
    return {"absent", ""};
}

TEST(Explain, a_normal_country_says_how_soon_its_collapse_would_be_proven) {
    const json document = explained(test::calm_view(1));
    EXPECT_EQ(document.at("verdict"),
              "KP is normal: 9.5 answered flows a second where 10 are expected, 95 % in the last "
              "minute.");
    EXPECT_THAT(document.at("would_change"), HasSubstr("a full collapse would be proven in 40 s"));
}

TEST(Explain, an_outage_names_its_incident) {
    EXPECT_THAT(explained(test::outage_view(1)).at("verdict"),
                HasSubstr("incident 7 is open since 2014-12-22T16:17:00Z"));
}

TEST(Explain, an_outage_of_a_country_of_few_networks_says_how_many_are_silent) {
    View view = test::outage_view(1);
    const CountryId kp = test::id_of("KP");
    for (const char* prefix : {"175.45.176.0/24", "175.45.177.0/24"}) {
        view.parts.push_back(
            {kp, {131279, true, *parse_prefix(prefix)}, 0.5, 1'419'264'890'000'000'000, true});
    }
    EXPECT_THAT(explained(view).at("verdict"),
                HasSubstr("; 2 of 2 networks silent, the last of them seen at "
                          "2014-12-22T16:14:50Z"));
}

TEST(Explain, what_is_low_without_an_alarm_says_why) {
    View view = test::calm_view(1);
    CountryVerdict& verdict = view.verdicts[index_of(test::id_of("KP"))];
    verdict.ratio = 0.4;
    verdict.grounds.tests.tests[1] = {8.1, true};
    verdict.grounds.tests.threshold = 20.2;
    EXPECT_THAT(explained(view).at("verdict"),
                HasSubstr("no alarm, because the evidence is not there yet: S 8.1 of h 20.2 (fall "
                          "to three tenths)"));
    verdict.grounds.sources = {30, 31};
    verdict.grounds.tests.sources_agree = false;
    EXPECT_THAT(explained(view).at("verdict"), HasSubstr("its source networks are there: 30"));
    verdict.grounds.life = {90, 100};
    verdict.grounds.tests.lives_one_way = true;
    EXPECT_THAT(explained(view).at("verdict"), HasSubstr("its answers take another way"));
    EXPECT_EQ(ruled_out(explained(view), "a path that became one-way").first, "no");
    verdict.grounds.held = true;
    EXPECT_THAT(explained(view).at("verdict"), HasSubstr("judgement is withheld"));
    verdict.state = State::kBlind;
    verdict.coverage = 0.2;
    EXPECT_THAT(explained(view).at("verdict"), HasSubstr("only 20 % of what is expected"));
    EXPECT_EQ(ruled_out(explained(view), "a fault of the sensor").first, "no");
}

TEST(Explain, every_number_has_an_answer) {
    View view = test::calm_view(1);
    const CountryId kp = test::id_of("KP");
    view.occasions = {"DE: Christmas", "KP: Day of the Sun"};
    view.group_readings[index_of(kp) * view.groups.size()] = {{3, 4}, true};
    view.parts = {{test::id_of("AD"), {.asn = 6752}, 1, 0, false},
                  {kp,
                   {131279, true, *parse_prefix("175.45.176.0/24")},
                   0.5,
                   1'419'264'890'000'000'000,
                   true},
                  {kp, {.asn = 4837}, 0.25, 0, false}};
    view.verdicts[index_of(kp)].steps.back() = {test::kSampleNowNs, State::kNormal};
    const json document = explained(view);
    EXPECT_EQ(document.at("groups").at(0),
              json({{"group", "tap0"}, {"observed", 3.0}, {"expected", 4.0}, {"used", true}}));
    EXPECT_TRUE(document.at("groups").at(1).at("observed").is_null());
    EXPECT_EQ(
        document.at("parts"),
        json::array(
            {{{"part", "175.45.176.0/24"},
              {"asn", 131279},
              {"share", 0.5},
              {"last_seen", "2014-12-22T16:14:50Z"},
              {"silent", true}},
             {{"part", "AS4837"}, {"share", 0.25}, {"last_seen", nullptr}, {"silent", false}}}));
    EXPECT_EQ(document.at("signals").size(), 5u);
    EXPECT_EQ(document.at("tests").size(), kTestCount);
    EXPECT_EQ(document.at("transitions").size(), 1u);
    EXPECT_EQ(ruled_out(document, "the calendar"),
              std::pair(std::string("no"), std::string("KP: Day of the Sun")));
    EXPECT_EQ(ruled_out(document, "a move to another origin or country").first, "not checkable");
    for (const json& entry : document.at("ruled_out")) {
        const std::string answer = entry.at("answer");
        EXPECT_TRUE(answer == "yes" || answer == "no" || answer == "not checkable") << answer;
        EXPECT_FALSE(entry.at("number").get<std::string>().empty());
    }
}

}  // namespace
}  // namespace lull
