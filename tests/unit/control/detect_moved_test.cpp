// A country whose networks or flows are somebody else's now, in a whole detector: no lost page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "control/detect.h"
#include "control/tick_record.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kCountry = 60;
constexpr std::size_t kOther = 61;
constexpr double kBefore_h = 30;
constexpr double kFlows = 300;  // of each, a tick of a minute
constexpr RoutingFacts kOwn{.networks = 4, .upstreams = 1, .upstream = 4837};

RoutingFacts hijacked() {
    RoutingFacts facts = kOwn;
    facts.moved = {4, 4134, CountryId{kOther}};
    return facts;
}

/// A world in which kCountry falls at hour 0 and kOther rises by some of it.
struct Moving {
    using Routes = std::function<RoutingFacts(double hours)>;
    explicit Moving(Effect down, double risen, Routes routes)
        : world({.tick_s = 60}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(kBefore_h * 3600)) {
        // Nobody is so large that an hour of its own would hide what moves.
        for (double& mean : world.per_tick) mean = std::min(mean, kFlows);
        world.per_tick[kCountry] = world.per_tick[kOther] = kFlows;
        world.script = [this, down, risen](std::size_t country, int64_t t) {
            if (t < from || t >= until) return Effect{};
            if (country == kCountry) return down;
            return country == kOther ? Effect{.life = risen, .demand = risen} : Effect{};
        };
        world.sensor = [this, routes](TickFacts& facts, int64_t t) {
            facts.witness = witness;
            if (witness != WitnessState::kSees) return;
            facts.routing.assign(kWorldCountries, RoutingFacts{.networks = 50});
            facts.routing[kCountry] = routes(static_cast<double>(t - from) / 3600);
        };
    }
    Incident run_until(double hours) {
        const int64_t end = from + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < end) {
            const TickFacts& facts = world.next();
            const auto read = recorded ? read_tick(record_tick(facts).record) : std::nullopt;
            detector.step(read ? *read : facts);
            for (const Incident& incident : detector.incidents()) {
                if (incident.country == CountryId{kCountry}) scopes.push_back(incident.scope);
            }
        }
        for (const Incident& incident : detector.incidents()) {
            if (incident.country == CountryId{kCountry}) return incident;
        }
        EXPECT_LE(hours, 0) << "no incident: " << describe(detector, from);
        return {};
    }

    World world;
    Detector detector;
    int64_t from;
    int64_t until = INT64_MAX;
    WitnessState witness = WitnessState::kSees;
    bool recorded = false;
    std::vector<Scope> scopes;  // of kCountry's incidents, tick by tick
};

constexpr Effect kUnanswered{.life = 0};  // the world goes on asking
constexpr Effect kAway{.life = 0.02, .demand = 0.02};

TEST(DetectMoved, a_hijack_is_moved_and_never_lost_though_the_world_asks_on) {
    Moving site(kUnanswered, 1, [](double hours) { return hours >= 0 ? hijacked() : kOwn; });
    const Incident incident = site.run_until(1);
    EXPECT_EQ(incident.scope, Scope::kMoved) << describe(site.detector, site.from);
    EXPECT_THAT(site.scopes, Not(Contains(Scope::kLost)));
    EXPECT_THAT(
        incident.evidence,
        Contains(StartsWith("moved, by routing: yes: 4 of 4 networks announced by AS4134")));
    EXPECT_EQ(site.detector.verdicts()[kCountry].routing.routing, Routing::kStands);
}

TEST(DetectMoved, a_collector_that_is_late_by_a_quarter_of_an_hour_still_explains_it) {
    Moving site(kUnanswered, 1, [](double hours) { return hours >= 0.25 ? hijacked() : kOwn; });
    EXPECT_EQ(site.run_until(0.2).scope, Scope::kLost);
    EXPECT_EQ(site.run_until(1).scope, Scope::kMoved);
}

TEST(DetectMoved, a_move_that_is_hours_away_from_the_fall_explains_nothing) {
    for (const double at : {-3.0, 2.0}) {
        Moving site(kUnanswered, 1, [at](double hours) { return hours >= at ? hijacked() : kOwn; });
        EXPECT_EQ(site.run_until(4).scope, Scope::kLost) << at;
    }
}

TEST(DetectMoved, networks_that_come_home_to_a_dark_country_leave_it_lost) {
    Moving site(kUnanswered, 1,
                [](double hours) { return hours >= 0 && hours < 1 ? hijacked() : kOwn; });
    EXPECT_EQ(site.run_until(0.9).scope, Scope::kMoved);
    EXPECT_EQ(site.run_until(2).scope, Scope::kLost);
}

TEST(DetectMoved, a_missing_witness_decides_nothing_by_routing) {
    Moving site(kUnanswered, 1, [](double hours) { return hours >= 0 ? hijacked() : kOwn; });
    site.run_until(-0.5);
    site.witness = WitnessState::kTooOld;
    const Incident incident = site.run_until(1);
    EXPECT_EQ(incident.scope, Scope::kLost);
    EXPECT_THAT(incident.evidence,
                Contains("moved, by routing: not checkable: the witness is older than 60 s"));
}

TEST(DetectMoved, flows_that_another_country_has_now_are_moved) {
    Moving site(kAway, 1.98, [](double) { return kOwn; });
    const Incident incident = site.run_until(1);
    EXPECT_EQ(incident.scope, Scope::kMoved) << describe(site.detector, site.from);
    EXPECT_THAT(incident.evidence, Contains(StartsWith("moved, by packets: yes: ")));
    EXPECT_THAT(incident.evidence, Contains(StartsWith("moved, by routing: no: 0 of 4 ")));
    EXPECT_THAT(site.scopes, Not(Contains(Scope::kLost)));
}

TEST(DetectMoved, packets_alone_say_it_without_any_witness) {
    Moving site(kAway, 1.98, [](double) { return kOwn; });
    site.witness = WitnessState::kNone;
    EXPECT_EQ(site.run_until(1).scope, Scope::kMoved);
}

TEST(DetectMoved, a_real_outage_beside_a_chance_rise_is_lost) {
    for (const double risen : {1.4, 1.98}) {  // by less; by as much, while the world asks on
        Moving site(kUnanswered, risen, [](double) { return kOwn; });
        const Incident incident = site.run_until(1);
        EXPECT_EQ(incident.scope, Scope::kLost) << risen;
        EXPECT_THAT(site.scopes, Not(Contains(Scope::kMoved)));
    }
}

TEST(DetectMoved, a_fall_of_both_directions_beside_a_chance_rise_is_gone_from_here) {
    Moving site(kAway, 1.4, [](double) { return kOwn; });
    const Incident incident = site.run_until(1);
    EXPECT_EQ(incident.scope, Scope::kGoneHere) << describe(site.detector, site.from);
    EXPECT_THAT(incident.evidence, Contains(StartsWith("moved, by packets: no: ")));
}

TEST(DetectMoved, recorded_ticks_lead_to_the_same_scope) {
    Moving site(kUnanswered, 1, [](double hours) { return hours >= 0 ? hijacked() : kOwn; });
    site.run_until(-1);
    site.recorded = true;  // from a checkpoint on
    EXPECT_EQ(site.run_until(1).scope, Scope::kMoved);
}

TEST(DetectMoved, outlives_a_restart_in_the_middle_of_it) {
    const std::vector<std::string> groups{"tap0"};
    for (const bool by_routing : {true, false}) {
        Moving site(by_routing ? kUnanswered : kAway, by_routing ? 1 : 1.98,
                    [=](double hours) { return by_routing && hours >= 0 ? hijacked() : kOwn; });
        EXPECT_EQ(site.run_until(1).scope, Scope::kMoved);
        Detector next = site.world.detector(12);
        ASSERT_TRUE(next.restore(site.detector.save(groups), groups));
        next.adopt(site.detector.incidents(), 0);
        site.detector = std::move(next);
        site.witness = WitnessState::kTooOld;
        EXPECT_EQ(site.run_until(1.5).scope, Scope::kMoved) << by_routing;
    }
}

}  // namespace
}  // namespace lull::test
