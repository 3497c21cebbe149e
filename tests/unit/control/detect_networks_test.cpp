// Countries of few networks in a whole detector, beside one that is not told of networks: what
// falls in part is proven and sooner, what falls at once is proven as soon as ever, and quiet weeks
// of networks with nights, weekends and moods of their own stay quiet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "control/detect.h"
#include "control/tick_record.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::size_t kFew = 60;            // countries of few networks: 1 to kFew
constexpr std::size_t kAll = 2 * kFew + 1;  // others are their background, and as many
constexpr double kTaught_h = 8 * 24;

PartId few_network(std::size_t country, std::size_t n) {
    return {
        64500,
        true,
        {Family::kIpv4, uint64_t{10} << 56 | uint64_t{country} << 48 | uint64_t{n} << 40, 0, 24}};
}

/// What is left of a network `n` of a country, by hours since the beginning.
using NetworkScript = std::function<double(std::size_t country, std::size_t n, double hours)>;

struct FewNetworks {
    explicit FewNetworks(uint64_t seed, NetworkScript what, bool moody = false)
        : world({.seed = seed, .tick_s = 60, .countries = kAll}),
          told(world.detector(12)),
          untold(world.detector(12)),
          from(world.now_s()),
          script(std::move(what)),
          moods(moody),
          random(seed) {
        for (std::size_t country = 1; country <= kFew; ++country) {
            // From 0.5 a minute to 50.
            world.per_tick[country] = 0.5 * std::pow(100.0, static_cast<double>(country) / kFew);
        }
        world.sensor = [this](TickFacts& facts, int64_t t) { divide(facts, t); };
        mood.resize((kFew + 1) * shares.size());
    }
    [[nodiscard]] double hours() const { return static_cast<double>(world.now_s() - from) / 3600; }
    /// Of a network's own doing: it wanders within hours, and the second is an office.
    double own(std::size_t country, std::size_t n, int64_t t) {
        if (!moods) return 1;
        double& level = mood[country * shares.size() + n];
        level = 0.99 * level + 0.14 * 0.4 * normal(random);
        const int64_t local = t + static_cast<int64_t>(country % 24) * 3600;
        const bool closed =
            local / 3600 % 24 < 7 || local / 3600 % 24 >= 19 || (local / 86400 + 4) % 7 >= 5;
        return std::exp(level) * (n == 1 && closed ? 0 : 1);
    }
    void divide(TickFacts& facts, int64_t t) {
        GroupFacts& group = facts.groups.front();
        group.parts.clear();
        for (std::size_t country = 1; country <= kFew; ++country) {
            CountryFacts& seen = group.countries[country];
            const double before = seen.flows;
            double after = 0;
            for (std::size_t n = 0; n < shares.size(); ++n) {
                const double mean = before * shares[n] * own(country, n, t) *
                                    script(country, n, static_cast<double>(t - from) / 3600);
                // Counts, not shares of them.
                const double flows = std::floor(mean + uniform(random));
                if (flows > 0) {
                    group.parts.push_back(
                        {static_cast<CountryId>(country), few_network(country, n), flows});
                }
                after += flows;
            }
            seen.flows = seen.life = after;
            seen.sources = std::ceil(after * 0.6);
        }
    }
    void run_until(double until_h) {
        while (hours() < until_h) {
            TickFacts facts = world.next();
            told.step(facts);
            facts.groups.front().parts.clear();
            untold.step(facts);
        }
    }
    [[nodiscard]] std::string told_all() const { return describe(told, from); }

    World world;
    Detector told;
    Detector untold;
    int64_t from;
    NetworkScript script;
    bool moods;
    std::vector<double> shares{0.4, 0.3, 0.2, 0.1};
    std::vector<double> mood;
    std::mt19937_64 random;
    std::normal_distribution<double> normal{0, 1};
    std::uniform_real_distribution<double> uniform{0, 1};
};

double all_is_well(std::size_t, std::size_t, double) {
    return 1;
}

struct Found {
    std::size_t found = 0;
    std::size_t tiny = 0;  // of them: below one a minute
    std::vector<double> delays_min;
    [[nodiscard]] double median() {
        if (delays_min.empty()) return 1e9;
        std::sort(delays_min.begin(), delays_min.end());
        return delays_min[delays_min.size() / 2];
    }
};

/// Each country falls once, at an hour of its own; found within six hours.
double event_h(std::size_t country) {
    return kTaught_h + static_cast<double>(country) * 0.7;
}

Found found_by(const Detector& detector, const FewNetworks& few) {
    Found found;
    for (std::size_t country = 1; country <= kFew; ++country) {
        const double start_h = event_h(country);
        for (const Incident& incident : detector.incidents()) {
            const double detected_h =
                static_cast<double>(incident.detected_ns / kNs - few.from) / 3600;
            if (incident.country && index_of(*incident.country) == country &&
                incident.kind != IncidentKind::kSlow && detected_h > start_h &&
                detected_h <= start_h + 6) {
                ++found.found;
                found.tiny += few.world.per_tick[country] < 1 ? 1 : 0;
                found.delays_min.push_back((detected_h - start_h) * 60);
                break;
            }
        }
    }
    return found;
}

std::pair<Found, Found> told_and_untold(const char* name, const NetworkScript& fate) {
    FewNetworks few(5, [&](std::size_t country, std::size_t n, double hours) {
        const double since = hours - event_h(country);
        return since >= 0 && since < 6 ? fate(country, n, since) : 1;
    });
    few.run_until(event_h(kFew) + 8);
    Found told = found_by(few.told, few), untold = found_by(few.untold, few);
    std::printf(
        "%-44s networks told: %zu of %zu found (tiny %zu), p50 %.0f min; untold: %zu (tiny %zu), "
        "p50 %.0f min\n",
        name, told.found, kFew, told.tiny, told.median(), untold.found, untold.tiny,
        untold.median());
    return {told, untold};
}

TEST(DetectNetworks, what_falls_at_once_is_found_as_ever) {
    auto [told, untold] = told_and_untold("all at once", [](auto, auto, double) { return 0; });
    EXPECT_EQ(told.found, kFew);
    EXPECT_EQ(told.found, untold.found);
    EXPECT_LE(told.median(), untold.median());
}

TEST(DetectNetworks, what_falls_one_after_another_is_found_sooner) {
    auto [told, untold] =
        told_and_untold("one after another, 20 min apart", [](auto, std::size_t n, double since) {
            return since * 3 >= static_cast<double>(n) ? 0 : 1;
        });
    EXPECT_GE(told.found, untold.found);
    EXPECT_LT(told.median(), untold.median());
}

TEST(DetectNetworks, two_networks_with_seven_tenths_are_found_and_sooner) {
    auto [told, untold] = told_and_untold(
        "two networks that have 0.7", [](auto, std::size_t n, double) { return n < 2 ? 0 : 1; });
    EXPECT_GT(told.found, untold.found);
    EXPECT_LT(told.median(), untold.median());
}

TEST(DetectNetworks, two_networks_with_six_tenths_are_found) {
    auto [told, untold] =
        told_and_untold("two networks that have 0.6",
                        [](auto, std::size_t n, double) { return n == 0 || n == 2 ? 0 : 1; });
    EXPECT_GT(told.found, untold.found);
}

TEST(DetectNetworks, quiet_weeks_of_networks_with_moods_stay_quiet) {
    std::size_t told = 0, untold = 0;
    const uint64_t seeds = full_length() ? 2 : 1;
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
        FewNetworks few(seed, all_is_well, true);
        few.run_until(21 * 24);
        for (const Incident& incident : few.told.incidents()) {
            told += incident.kind != IncidentKind::kSlow ? 1 : 0;
        }
        for (const Incident& incident : few.untold.incidents()) {
            untold += incident.kind != IncidentKind::kSlow ? 1 : 0;
        }
        EXPECT_LE(told, untold) << few.told_all();
    }
    std::printf("quiet, %lu x 21 days of %zu countries of networks with moods: %zu, untold %zu\n",
                seeds, kFew, told, untold);
}

TEST(DetectNetworks, networks_whose_flows_others_take_over_are_no_fall) {
    FewNetworks few(3, [](std::size_t country, std::size_t n, double hours) {
        if (country % 4 != 0 || hours < kTaught_h) return 1.0;
        return n < 2 ? 0.0 : 10.0 / 3;
    });
    few.run_until(kTaught_h + 24);
    EXPECT_TRUE(few.told.incidents().empty()) << few.told_all();
}

// One network of four that has eight hundredths stays: the total is an outage's.
TEST(DetectNetworks, one_network_that_answers_speaks_against_an_outage) {
    FewNetworks few(4, [](std::size_t country, std::size_t n, double hours) {
        return country == kFew && hours >= kTaught_h && n != 3 ? 0.0 : 1.0;
    });
    few.shares = {0.42, 0.3, 0.2, 0.08};
    few.run_until(kTaught_h + 1);
    ASSERT_EQ(few.untold.incidents().size(), 1U) << describe(few.untold, few.from);
    EXPECT_EQ(few.untold.incidents().front().kind, IncidentKind::kOutage);
    ASSERT_EQ(few.told.incidents().size(), 1U) << few.told_all();
    const Incident& incident = few.told.incidents().front();
    EXPECT_EQ(incident.kind, IncidentKind::kPartialOutage);
    EXPECT_EQ(few.told.verdicts()[kFew].state, State::kPartialOutage);
    EXPECT_THAT(incident.evidence, Contains(HasSubstr("not the whole country: 10.60.3.0/24")))
        << few.told_all();
    // It goes too: now it is the whole country.
    few.script = [](std::size_t country, std::size_t, double hours) {
        return country == kFew && hours >= kTaught_h ? 0.0 : 1.0;
    };
    few.run_until(kTaught_h + 2);
    EXPECT_EQ(few.told.incidents().front().kind, IncidentKind::kOutage) << few.told_all();
}

TEST(DetectNetworks, a_restart_and_recorded_ticks_give_the_same_verdict) {
    FewNetworks few(6, [](std::size_t country, std::size_t n, double hours) {
        return country == 40 && hours >= kTaught_h && hours < kTaught_h + 3 && n < 2 ? 0.0 : 1.0;
    });
    few.run_until(kTaught_h - 1);
    const std::vector<std::string> groups{"tap0"};
    Detector again = few.world.detector(12);
    ASSERT_TRUE(again.restore(few.told.save(groups), groups));
    Detector deaf = few.world.detector(12);
    ASSERT_TRUE(deaf.restore(few.told.save(groups), groups));
    again.adopt(few.told.incidents(), 0);
    while (few.hours() < kTaught_h + 5) {
        TickFacts facts = few.world.next();
        few.told.step(facts);
        const auto read = read_tick(record_tick(facts).record);
        ASSERT_TRUE(read);
        again.step(*read);
        // As an older lull wrote it.
        facts.networks_told = false;
        const auto old = read_tick(record_tick(facts).record);
        ASSERT_TRUE(old);
        EXPECT_FALSE(old->networks_told);
        deaf.step(*old);
    }
    ASSERT_EQ(few.told.incidents().size(), 1U) << few.told_all();
    ASSERT_EQ(again.incidents().size(), 1U) << describe(again, few.from);
    EXPECT_EQ(again.incidents().front().detected_ns, few.told.incidents().front().detected_ns);
    EXPECT_EQ(again.incidents().front().end_ns, few.told.incidents().front().end_ns);
    EXPECT_EQ(again.incidents().front().evidence, few.told.incidents().front().evidence);
    for (const Incident& incident : deaf.incidents()) {
        EXPECT_THAT(incident.evidence,
                    testing::Not(Contains(HasSubstr("silence of its networks"))));
    }
}

}  // namespace
}  // namespace lull::test
