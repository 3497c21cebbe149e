// Countries that fall together while the rest stands: one regional incident that lists them, and
// each of them with its state and its own record in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "control/detect.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kCable_h = 30;  // past the first day

/// Countries first..last lose all for `hours`; large ones, so that each is proven within a minute.
struct Cable {
    Cable(std::size_t first, std::size_t last, double hours)
        : world({.tick_s = 10, .least_per_tick = 20}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(kCable_h * 3600)) {
        world.script = [=, this](std::size_t country, int64_t t) {
            const bool down = country >= first && country <= last && t >= from &&
                              t < from + static_cast<int64_t>(hours * 3600);
            return down ? Effect{.life = 0} : Effect{};
        };
    }
    void run_until(double hours) {
        while (world.now_s() < from + static_cast<int64_t>(hours * 3600)) {
            detector.step(world.next());
        }
    }
    std::vector<const Incident*> of_kind(bool regional) const {
        std::vector<const Incident*> found;
        for (const Incident& each : detector.incidents()) {
            if ((each.kind == IncidentKind::kRegional) == regional) found.push_back(&each);
        }
        return found;
    }
    [[nodiscard]] std::string told_all() const { return describe(detector, from); }

    World world;
    Detector detector;
    int64_t from;
};

class DetectRegional : public testing::Test {
  protected:
    void SetUp() override {
        if (kTicksMost < 1e6) GTEST_SKIP() << "SKIPPED: runs in the release build";
    }
};

TEST_F(DetectRegional, a_cable_is_one_incident_that_lists_its_countries) {
    Cable cable(60, 71, 3);
    cable.run_until(0.5);
    const auto regional = cable.of_kind(true);
    ASSERT_THAT(regional, SizeIs(1)) << cable.told_all();
    EXPECT_THAT(regional.front()->countries, SizeIs(12));
    EXPECT_EQ(regional.front()->country, std::nullopt);
    EXPECT_EQ(incident_who(*regional.front()), "12 countries");
    EXPECT_NEAR(static_cast<double>(regional.front()->start_ns / kNs - cable.from), 0, 60);
    EXPECT_LE(regional.front()->detected_ns / kNs, cable.from + 60);
    EXPECT_EQ(regional.front()->scope, Scope::kLost) << "the world goes on asking";
    EXPECT_LT(regional.front()->lowest_ratio, 0.1);
    std::size_t alone = 0;
    for (const Incident* each : cable.of_kind(false)) {
        EXPECT_THAT(each->evidence, Contains(HasSubstr("fell together with")));
        alone += each->part_of == 0 ? 1 : 0;
        EXPECT_TRUE(each->part_of == 0 || each->part_of == regional.front()->id);
    }
    EXPECT_LE(alone, 2U) << cable.told_all();
    for (std::size_t country = 60; country <= 71; ++country) {
        EXPECT_EQ(cable.detector.verdicts()[country].state, State::kOutage);
    }
    cable.run_until(5);
    EXPECT_TRUE(cable.of_kind(true).front()->end_ns) << cable.told_all();
    EXPECT_NEAR(static_cast<double>(*cable.of_kind(true).front()->end_ns / kNs - cable.from),
                3 * 3600, 120);
    EXPECT_THAT(cable.of_kind(true), SizeIs(1));
}

TEST_F(DetectRegional, two_countries_are_two_incidents) {
    Cable cable(60, 61, 3);
    cable.run_until(0.5);
    EXPECT_THAT(cable.of_kind(true), IsEmpty()) << cable.told_all();
    EXPECT_THAT(cable.of_kind(false), SizeIs(2));
}

TEST_F(DetectRegional, what_falls_with_everything_is_the_sites) {
    Cable cable(1, 250, 3);
    cable.run_until(0.5);
    EXPECT_THAT(cable.of_kind(true), IsEmpty()) << cable.told_all();
    ASSERT_THAT(cable.detector.incidents(), SizeIs(1));
    EXPECT_EQ(cable.detector.incidents().front().kind, IncidentKind::kSite);
}

TEST_F(DetectRegional, countries_that_fall_one_after_another_are_each_their_own) {
    Cable cable(60, 59, 0);
    cable.world.script = [&](std::size_t country, int64_t t) {
        const bool down = country >= 60 && country <= 65 &&
                          t >= cable.from + 600 * (static_cast<int64_t>(country) - 60);
        return down ? Effect{.life = 0} : Effect{};
    };
    cable.run_until(1.5);
    EXPECT_THAT(cable.of_kind(true), IsEmpty()) << cable.told_all();
    EXPECT_THAT(cable.of_kind(false), SizeIs(6));
}

TEST_F(DetectRegional, a_cable_that_breaks_again_within_a_day_is_the_same_incident) {
    Cable cable(60, 67, 0);
    cable.world.script = [&](std::size_t country, int64_t t) {
        const double h = static_cast<double>(t - cable.from) / 3600;
        const bool down =
            country >= 60 && country <= 67 && ((h >= 0 && h < 1) || (h >= 5 && h < 6));
        return down ? Effect{.life = 0} : Effect{};
    };
    cable.run_until(4);
    ASSERT_THAT(cable.of_kind(true), SizeIs(1)) << cable.told_all();
    EXPECT_TRUE(cable.of_kind(true).front()->end_ns);
    cable.run_until(5.5);
    ASSERT_THAT(cable.of_kind(true), SizeIs(1)) << cable.told_all();
    EXPECT_FALSE(cable.of_kind(true).front()->end_ns);
}

TEST_F(DetectRegional, a_restart_goes_on_with_the_event) {
    Cable cable(60, 71, 3);
    cable.run_until(0.5);
    const std::vector<std::string> groups{"tap0"};
    Detector again = cable.world.detector(12);
    ASSERT_TRUE(again.restore(cable.detector.save(groups), groups));
    again.adopt(cable.detector.incidents(), 100);
    EXPECT_EQ(again.incidents().size(), cable.detector.incidents().size());
    cable.detector = std::move(again);
    cable.run_until(5);
    ASSERT_THAT(cable.of_kind(true), SizeIs(1)) << cable.told_all();
    EXPECT_TRUE(cable.of_kind(true).front()->end_ns) << cable.told_all();
}

TEST_F(DetectRegional, an_operator_ends_it_with_all_that_is_part_of_it) {
    Cable cable(60, 71, 30);
    cable.run_until(0.5);
    ASSERT_THAT(cable.of_kind(true), SizeIs(1));
    const uint64_t id = cable.of_kind(true).front()->id;
    EXPECT_EQ(cable.detector.close(id, {cable.world.now_s() * kNs, "kim", "a new route"}),
              Detector::Word::kTaken);
    for (const Incident& each : cable.detector.incidents()) {
        EXPECT_TRUE(each.end_ns) << cable.told_all();
    }
    cable.run_until(1.5);
    EXPECT_THAT(cable.of_kind(true), SizeIs(1)) << cable.told_all();
}

}  // namespace
}  // namespace lull::test
