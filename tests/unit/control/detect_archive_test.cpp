// A detector that is saved and restored goes on as if nothing had been: the same world, judged
// straight and in two halves, ends in the same bytes. And what does not fit is left out.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "control/detect_impl.h"
#include "control/export/json.h"
#include "tests/support/archive_coverage.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

const std::vector<std::string> kOne{"tap0"};
const std::vector<std::string> kTwo{"tap0", "tap1"};

std::string incidents_text(const Detector& detector) {
    std::string text;
    for (const Incident& incident : detector.incidents()) {
        text += incident_json(incident).dump() + "\n";
    }
    return text;
}

/// Outages, flaps and a dark sensor, so that every part of the state is used.
void trouble(World& world) {
    const int64_t start = world.now_s();
    world.script = [start](std::size_t country, int64_t t) -> Effect {
        const double h = static_cast<double>(t - start) / 3600;
        if (country == 60 && h > 8 && h < 11) return {.life = 0.01};
        if (country == 61 && h > 6 && std::fmod(h, 0.4) < 0.2) return {.life = 0};
        if (country % 50 == 12 && h > 20) return {.life = 0.02, .demand = 0.1};
        return {};
    };
    world.sensor = [start](TickFacts& facts, int64_t t) {
        const double h = static_cast<double>(t - start) / 3600;
        if (h > 9 && h < 9.5) facts.groups[0].health = Health::kUnhealthy;
        if (h > 15 && h < 15.2) {
            for (GroupFacts& group : facts.groups) {
                for (CountryFacts& country : group.countries) {
                    country.flows = std::floor(country.flows / 4);
                    country.life = std::floor(country.life / 4);
                }
            }
        }
    };
}

Detector reopened(const World& world, const Detector& before,
                  const std::vector<std::string>& groups) {
    Detector after = world.detector(12);
    const auto restored = after.restore(before.save(groups), groups);
    EXPECT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->refused, 0U);
    EXPECT_GE(restored->countries, 250U);
    after.adopt(before.incidents(), 0);
    return after;
}

TEST(DetectArchive, every_member_of_the_detectors_classes_is_named) {
    Detector::Impl impl{};
    CountryTrack track(CountryId{1}, 10, CountryTrack::Notify::kYes);
    Baseline baseline;
    for (const auto& missing :
         {ArchiveCoverage::missing(impl, "Impl"), ArchiveCoverage::missing(track, "CountryTrack"),
          ArchiveCoverage::missing(baseline, "Baseline")}) {
        for (const std::string& sentence : missing) {
            ADD_FAILURE() << sentence;
        }
    }
}

// Under a sanitizer what is saved is compared now and then, and fewer cuts are tried.
constexpr bool kSlow = kTicksMost < 1e6;
constexpr int kComparedEvery = kSlow ? 40 : 1;

TEST(DetectArchive, a_restored_detector_goes_on_exactly) {
    const WorldConfig config{.tick_s = 60, .groups = 2};
    std::mt19937 random(7);
    constexpr int kTicks = 26 * 60;
    if (kTicks > kTicksMost) GTEST_SKIP() << "SKIPPED: long worlds run in the release build";
    std::uniform_int_distribution<int> any(1, kTicks - 1);
    const std::vector<int> cuts{any(random), any(random), 9 * 60 + 7, 10 * 60, 15 * 60 + 5};
    World world(config);
    trouble(world);
    Detector straight = world.detector(12);
    Detector halved = world.detector(12);
    std::size_t opened = 0;
    for (int tick = 0; tick < kTicks; ++tick) {
        const TickFacts& facts = world.next();
        straight.step(facts);
        halved.step(facts);
        if (std::find(cuts.begin(), cuts.end(), tick) != cuts.end()) {
            halved = reopened(world, halved, kTwo);
        }
        if (tick % kComparedEvery == 0) {
            ASSERT_EQ(straight.save(kTwo), halved.save(kTwo)) << "tick " << tick;
        }
        ASSERT_EQ(straight.incidents().size(), halved.incidents().size()) << "tick " << tick;
        opened = straight.incidents().size();
    }
    EXPECT_EQ(incidents_text(straight), incidents_text(halved));
    EXPECT_GE(opened, 3U) << describe(straight, config.start_s);
    for (std::size_t country = 0; country < straight.verdicts().size(); ++country) {
        EXPECT_EQ(straight.verdicts()[country].state, halved.verdicts()[country].state);
        EXPECT_EQ(straight.verdicts()[country].ratio, halved.verdicts()[country].ratio);
    }
}

/// Six hours of a quiet world, and a detector that has learned it.
struct Learned {
    explicit Learned(std::size_t groups = 1, int hours = 6)
        : world({.tick_s = 60, .groups = groups}), detector(world.detector(12)) {
        for (int tick = 0; tick < hours * 60; ++tick) detector.step(world.next());
    }
    World world;
    Detector detector;
};

TEST(DetectArchive, time_that_is_missing_is_not_zero_and_an_open_incident_stays_open) {
    Learned site;
    site.world.script = [](std::size_t country, int64_t) {
        return country == 60 ? Effect{.life = 0} : Effect{};
    };
    for (int tick = 0; tick < 30; ++tick) site.detector.step(site.world.next());
    ASSERT_EQ(site.detector.incidents().size(), 1U);
    const Incident before = site.detector.incidents().front();
    Detector after = reopened(site.world, site.detector, kOne);
    for (int tick = 0; tick < 3 * 60; ++tick) (void)site.world.next();  // lull is not there
    for (int tick = 0; tick < 30; ++tick) after.step(site.world.next());
    ASSERT_EQ(after.incidents().size(), 1U);
    const Incident& incident = after.incidents().front();
    EXPECT_EQ(incident.id, before.id);
    EXPECT_EQ(incident.start_ns, before.start_ns);
    EXPECT_FALSE(incident.end_ns);
    std::size_t normal = 0;
    for (std::size_t country = 1; country < kWorldCountries; ++country) {
        EXPECT_NE(after.verdicts()[country].state, State::kLearning) << country;
        normal += after.verdicts()[country].state == State::kNormal ? 1 : 0;
    }
    EXPECT_GT(normal, 200U);
}

TEST(DetectArchive, groups_are_found_by_name_whatever_their_order) {
    Learned site(2);
    const std::vector<uint8_t> state = site.detector.save(kTwo);
    Detector turned = site.world.detector(12);
    const std::vector<std::string> order{"tap1", "tap0"};
    ASSERT_TRUE(turned.restore(state, order));
    Detector back = site.world.detector(12);
    ASSERT_TRUE(back.restore(turned.save(order), kTwo));
    EXPECT_EQ(back.save(kTwo), state);
}

TEST(DetectArchive, a_group_that_is_gone_is_left_out_and_a_new_one_starts_empty) {
    Learned site(2);
    Detector other = site.world.detector(12);
    const std::vector<std::string> names{"tap0", "new"};
    ASSERT_TRUE(other.restore(site.detector.save(kTwo), names));
    const TickFacts& facts = site.world.next();
    site.detector.step(facts);
    other.step(facts);
    const double whole = *site.detector.verdicts()[60].expected_life_per_s;
    EXPECT_NEAR(*other.verdicts()[60].expected_life_per_s / whole, 0.5, 0.05);
}

TEST(DetectArchive, another_budget_fires_nothing) {
    Learned site;
    Detector other = site.world.detector(1000);
    ASSERT_TRUE(other.restore(site.detector.save(kOne), kOne));
    for (int tick = 0; tick < 10; ++tick) other.step(site.world.next());
    EXPECT_TRUE(other.incidents().empty());
    EXPECT_LT(other.threshold(), site.detector.threshold());
}

TEST(DetectArchive, a_country_whose_part_makes_no_sense_learns_anew_and_the_others_do_not) {
    Learned site;
    std::vector<uint8_t> state = site.detector.save(kOne);
    const std::string code = std::string("\2\0\0\0", 4) + std::string(countries()[60].code);
    auto part = std::search(state.begin(), state.end(), code.begin(), code.end());
    ASSERT_NE(part, state.end());
    part += static_cast<std::ptrdiff_t>(code.size() + sizeof(uint32_t));
    std::fill(part, part + sizeof(double), uint8_t{0xff});  // learned_s is not a number
    Detector other = site.world.detector(12);
    const auto restored = other.restore(state, kOne);
    ASSERT_TRUE(restored);
    EXPECT_EQ(restored->refused, 1U);
    other.step(site.world.next());
    EXPECT_EQ(other.verdicts()[60].state, State::kLearning);
    EXPECT_EQ(other.verdicts()[59].state, State::kNormal);
}

TEST(DetectArchive, other_bytes_are_refused_and_change_nothing) {
    Learned site;
    const std::vector<uint8_t> state = site.detector.save(kOne);
    Detector other = site.world.detector(12);
    const std::vector<uint8_t> before = other.save(kOne);
    EXPECT_FALSE(other.restore({}, kOne));
    std::vector<uint8_t> changed = state;
    changed[0] ^= 1;
    EXPECT_FALSE(other.restore(changed, kOne));
    changed = state;
    changed[4] = 99;  // the format
    const auto newer = other.restore(changed, kOne);
    ASSERT_FALSE(newer);
    EXPECT_NE(newer.error().message.find("format 99"), std::string::npos);
    for (std::size_t length = 0; length < state.size(); length += kSlow ? 9973 : 997) {
        EXPECT_FALSE(other.restore(std::span(state).first(length), kOne)) << length;
    }
    EXPECT_EQ(other.save(kOne), before);
}

TEST(DetectArchive, an_open_incident_that_nobody_follows_ends_where_it_was_last_verified) {
    Detector detector = World({}).detector(12);
    Incident open;
    open.id = 7;
    open.country = CountryId{60};
    open.start_ns = 100;
    open.last_verified_ns = 200;
    Incident closed = open;
    closed.id = 3;
    closed.end_ns = 150;
    detector.adopt({open, closed}, 11);
    ASSERT_EQ(detector.incidents().size(), 2U);
    EXPECT_EQ(detector.incidents()[0].id, 3U);
    EXPECT_EQ(detector.incidents()[0].end_ns, 150);
    EXPECT_EQ(detector.incidents()[1].end_ns, 200);
    EXPECT_EQ(detector.incidents()[1].evidence.size(), 1U);
}

TEST(DetectArchive, is_small_and_quick_to_make) {
    World world({.tick_s = 10, .groups = 2});
    Detector detector = world.detector(12);
    for (int tick = 0; tick < 120; ++tick) detector.step(world.next());
    constexpr int kTimes = 20;
    const auto begun = std::chrono::steady_clock::now();
    std::size_t bytes = 0;
    for (int i = 0; i < kTimes; ++i) bytes = detector.save(kTwo).size();
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
            .count() /
        kTimes;
    std::printf("%zu countries on 2 groups: %zu bytes in %.2f ms\n", kWorldCountries, bytes, ms);
    EXPECT_LT(bytes, 2'000'000U);
}

}  // namespace
}  // namespace lull::test
