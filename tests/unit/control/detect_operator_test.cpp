// An operator's words, in a made-up world in which one country has fallen silent for good.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/detect.h"
#include "control/ledger.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using ::testing::HasSubstr;
using Word = Detector::Word;

constexpr std::size_t kFallen = 60;

struct Fallen {
    explicit Fallen(double left = 0.02) : world({.tick_s = 60}), detector(world.detector(12)) {
        world.script = [start = world.now_s(), left](std::size_t country, int64_t t) {
            return country == kFallen && t > start + 9000 ? Effect{.life = left} : Effect{};
        };
        world.per_tick[kFallen] = 2000;
        run_hours(3);
    }
    void run_hours(double hours) {
        const int64_t until = world.now_s() + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < until) detector.step(world.next());
    }
    [[nodiscard]] const CountryVerdict& verdict() const { return detector.verdicts()[kFallen]; }
    [[nodiscard]] Remark remark(const char* text) const {
        return {world.now_s() * kNs, "kim", text};
    }
    World world;
    Detector detector;
};

TEST(DetectOperator, acknowledging_changes_nothing_else) {
    Fallen fallen;
    Fallen other;
    ASSERT_EQ(fallen.detector.incidents().size(), 1U);
    const uint64_t id = fallen.detector.incidents()[0].id;
    EXPECT_EQ(fallen.detector.acknowledge(id, fallen.remark("on it")), Word::kTaken);
    EXPECT_EQ(fallen.detector.annotate(id, fallen.remark("a cable")), Word::kTaken);
    fallen.run_hours(1);
    other.run_hours(1);
    const std::vector<std::string> groups{"tap0"};
    EXPECT_EQ(fallen.detector.save(groups), other.detector.save(groups));
    const Incident& incident = fallen.detector.incidents()[0];
    EXPECT_EQ(incident.acknowledged->text, "on it");
    EXPECT_EQ(incident.notes.at(0).text, "a cable");
    EXPECT_FALSE(incident.end_ns);
    EXPECT_EQ(incident.evidence, other.detector.incidents()[0].evidence);
}

TEST(DetectOperator, closing_accepts_what_is_left_as_normal_and_learns_it) {
    for (const double left : {0.02, 0.0}) {
        Fallen fallen(left);
        const int64_t now_ns = fallen.world.now_s() * kNs;
        ASSERT_EQ(fallen.detector.close(1, fallen.remark("they left")), Word::kTaken);
        const Incident& incident = fallen.detector.incidents()[0];
        EXPECT_EQ(incident.end_ns, now_ns);
        EXPECT_THAT(incident.evidence,
                    ::testing::Contains(HasSubstr("closed by hand, by kim: they left;")));
        EXPECT_EQ(incident.transitions.back().state, "learning");
        EXPECT_EQ(fallen.verdict().state, State::kLearning);
        fallen.run_hours(24);
        EXPECT_EQ(fallen.detector.incidents().size(), 1U) << describe(fallen.detector, 0);
        EXPECT_EQ(fallen.detector.incidents()[0].end_ns, now_ns);
        EXPECT_NE(fallen.verdict().state, State::kOutage);
        EXPECT_EQ(fallen.verdict().expected_life_per_s.has_value(), left > 0);
    }
}

TEST(DetectOperator, after_closing_a_new_fall_is_a_new_incident) {
    Fallen fallen(0.05);
    ASSERT_EQ(fallen.detector.incidents().size(), 1U);
    ASSERT_EQ(fallen.detector.close(1, fallen.remark("they left")), Word::kTaken);
    fallen.run_hours(6);
    EXPECT_EQ(fallen.verdict().state, State::kNormal);
    EXPECT_NEAR(fallen.verdict().ratio.value_or(0), 1, 0.3);
    fallen.world.script = [](std::size_t country, int64_t) {
        return country == kFallen ? Effect{.life = 0} : Effect{};
    };
    fallen.run_hours(1);
    ASSERT_EQ(fallen.detector.incidents().size(), 2U);
    EXPECT_FALSE(fallen.detector.incidents()[1].end_ns);
}

TEST(DetectOperator, closing_the_sites_incident_accepts_what_is_left_of_all) {
    World world({.tick_s = 60});
    Detector detector = world.detector(12);
    world.script = [start = world.now_s()](std::size_t, int64_t t) {
        return t > start + 9000 ? Effect{.life = 0.3, .demand = 0.3} : Effect{};
    };
    const auto run_hours = [&](int hours) {
        for (int tick = 0; tick < 60 * hours; ++tick) detector.step(world.next());
    };
    run_hours(3);
    ASSERT_EQ(detector.incidents().size(), 1U) << describe(detector, 0);
    ASSERT_EQ(detector.incidents()[0].kind, IncidentKind::kSite);
    EXPECT_EQ(detector.close(1, {world.now_s() * kNs, "", "another line"}), Word::kTaken);
    run_hours(3);
    EXPECT_EQ(detector.incidents().size(), 1U) << describe(detector, 0);
    EXPECT_GT(detector.common_fall_ratio(), 0.8);
    const auto normal = std::count_if(
        detector.verdicts().begin(), detector.verdicts().end(),
        [](const CountryVerdict& verdict) { return verdict.state == State::kNormal; });
    EXPECT_GT(normal, 150);
}

TEST(DetectOperator, words_on_what_is_not_there_over_or_full_are_not_taken) {
    Fallen fallen;
    EXPECT_EQ(fallen.detector.acknowledge(2, fallen.remark("")), Word::kUnknown);
    EXPECT_EQ(fallen.detector.annotate(2, fallen.remark("")), Word::kUnknown);
    EXPECT_EQ(fallen.detector.close(2, fallen.remark("")), Word::kUnknown);
    EXPECT_EQ(fallen.detector.close(1, fallen.remark("x")), Word::kTaken);
    EXPECT_EQ(fallen.detector.acknowledge(1, fallen.remark("")), Word::kOver);
    EXPECT_EQ(fallen.detector.close(1, fallen.remark("x")), Word::kOver);
    for (std::size_t i = 0; i < Ledger::kNotesKept; ++i) {
        EXPECT_EQ(fallen.detector.annotate(1, fallen.remark("x")), Word::kTaken);
    }
    EXPECT_EQ(fallen.detector.annotate(1, fallen.remark("x")), Word::kFull);
}

}  // namespace
}  // namespace lull::test
