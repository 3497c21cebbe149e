#include "control/export/summary.h"

#include <gtest/gtest.h>

#include "tests/support/sample_view.h"

namespace lull {
namespace {

TEST(Summary, calm_view_says_how_many_countries_look_normal) {
    const Summary summary = summarise(test::calm_view(202));
    EXPECT_EQ(summary.mood, Mood::kCalm);
    EXPECT_EQ(summary.text(), "All 203 countries that lull can judge look normal.");
}

TEST(Summary, outage_names_country_time_depth_duration_and_scope) {
    const Summary summary = summarise(test::outage_view(10));
    EXPECT_EQ(summary.mood, Mood::kAlarm);
    EXPECT_EQ(summary.open_incidents, 1u);
    const std::string name(country(test::id_of("KP")).name);
    EXPECT_EQ(summary.sentences.front(),
              "KP (" + name +
                  ") went quiet at 16:17 UTC: 2 % of expected for 43 min, the world goes on "
                  "asking (lost).");
}

TEST(Summary, unseen_learning_and_blind_countries_are_not_called_normal) {
    View view = test::calm_view(5);
    view.verdicts[index_of(test::id_of("KP"))].state = State::kLearning;
    view.verdicts[index_of(test::id_of("FR"))].state = State::kNormal;  // never seen
    EXPECT_EQ(summarise(view).judged, 5u);
    EXPECT_EQ(summarise(view).text(), "All 5 countries that lull can judge look normal.");
}

TEST(Summary, suspect_country_is_named_and_not_counted_as_normal) {
    View view = test::calm_view(5);
    view.verdicts[index_of(test::id_of("KP"))].state = State::kSuspect;
    const std::string text = summarise(view).text();
    EXPECT_TRUE(
        text.starts_with("5 of the 6 countries that lull can judge look normal; watching "
                         "KP ("))
        << text;
}

TEST(Summary, blindness_names_the_port_and_never_says_normal) {
    View view = test::calm_view(5);
    view.ports[0].healthy = false;
    view.ports[0].reason = "tap0-a: no packet for 20 s";
    EXPECT_TRUE(summarise(view).text().starts_with(
        "lull sees only in part: tap0-a: no packet for 20 s. All 6 countries"));
    view.ports[1].healthy = false;
    view.ports[1].reason = "no free buffers";
    const Summary summary = summarise(view);
    EXPECT_EQ(summary.mood, Mood::kBlind);
    EXPECT_EQ(summary.text(),
              "lull cannot see: tap0-a: no packet for 20 s; tap0-b: no free buffers.");
}

TEST(Summary, restart_is_told_before_anything_else) {
    View view = test::calm_view(5);
    view.ready = false;
    view.not_ready_reason = "the origin table is being loaded";
    EXPECT_EQ(summarise(view).text(), "lull is not ready: the origin table is being loaded.");
}

TEST(Summary, incident_in_probation_is_told_as_back) {
    View view = test::outage_view(1);
    view.verdicts[index_of(test::id_of("KP"))].state = State::kProbation;
    EXPECT_NE(summarise(view).text().find("it is back and on probation"), std::string::npos);
}

TEST(Summary, many_open_incidents_are_told_by_number) {
    View view = test::outage_view(1);
    view.incidents.resize(9, view.incidents.front());
    const Summary summary = summarise(view);
    EXPECT_EQ(summary.open_incidents, 9u);
    EXPECT_EQ(summary.sentences.size(), 5u);
    EXPECT_EQ(summary.sentences.back(), "5 more incidents are open.");
}

TEST(Summary, empty_view_waits) {
    View view;
    view.ready = true;
    EXPECT_EQ(summarise(view).mood, Mood::kWaiting);
    EXPECT_EQ(summarise(view).text(), "lull has seen no country yet.");
}

TEST(Summary, outage_is_told_before_a_port_that_is_dark) {
    View view = test::outage_view(5);
    view.ports[0].healthy = false;
    view.ports[0].reason = "no packet for 20 s";
    const Summary summary = summarise(view);
    EXPECT_TRUE(summary.sentences.front().starts_with("KP (")) << summary.text();
    EXPECT_EQ(summary.sentences.back(), "lull sees only in part: tap0-a: no packet for 20 s.");
}

TEST(Summary, counts_keep_four_digits_at_most) {
    EXPECT_EQ(spoken_count(0), "0");
    EXPECT_EQ(spoken_count(9999), "9999");
    EXPECT_EQ(spoken_count(20'440), "20.4 k");
    EXPECT_EQ(spoken_count(999'990), "1.0 M");
    EXPECT_EQ(spoken_count(1'498'842), "1.5 M");
    EXPECT_EQ(spoken_rate(0.329), "0.33");
    EXPECT_EQ(spoken_rate(226), "226");
}

TEST(Summary, durations_and_times_are_spoken) {
    EXPECT_EQ(spoken_duration(10), "10 s");
    EXPECT_EQ(spoken_duration(43 * 60), "43 min");
    EXPECT_EQ(spoken_duration(9 * 3600 + 31 * 60), "9 h 31 min");
    EXPECT_EQ(spoken_duration(76 * 3600), "3 d 4 h");
    EXPECT_EQ(spoken_ratio(0.004), "0.4 %");
    EXPECT_EQ(spoken_ratio(0), "0 %");
    EXPECT_EQ(short_time(test::kSampleNowNs - 86'400'000'000'000, test::kSampleNowNs),
              "21 Dec 17:00 UTC");
}

}  // namespace
}  // namespace lull
