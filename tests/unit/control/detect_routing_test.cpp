// Traffic and routing together, in a whole detector: what an incident says of both, and what
// routing alone does not do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "control/detect.h"
#include "control/tick_record.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kCountry = 60;
constexpr double kBefore_h = 30;  // past the first day
constexpr RoutingFacts kAll{.networks = 4, .upstreams = 1, .upstream = 4837};
constexpr RoutingFacts kGone{.withdrawn = 4};
constexpr Effect kDark{.life = 0, .demand = 0};
constexpr Effect kAsked{.life = 0};

/// A world at one-minute ticks, and what becomes of kCountry's traffic and routes, by hours since.
struct Site {
    using Traffic = std::function<Effect(double hours)>;
    using Routes = std::function<RoutingFacts(double hours)>;
    Site(const Traffic& traffic, const Routes& routes)
        : world({.tick_s = 60}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(kBefore_h * 3600)) {
        world.per_tick[kCountry] = 300;
        world.script = [this, traffic](std::size_t country, int64_t t) {
            return country == kCountry && t >= from ? traffic(hours_at(t)) : Effect{};
        };
        world.sensor = [this, routes](TickFacts& facts, int64_t t) {
            facts.witness = witness;
            facts.routing.assign(witness == WitnessState::kSees ? kWorldCountries : 0,
                                 RoutingFacts{.networks = 50});
            if (!facts.routing.empty()) facts.routing[kCountry] = routes(hours_at(t));
        };
    }
    [[nodiscard]] double hours_at(int64_t t) const { return static_cast<double>(t - from) / 3600; }
    void run_until(double hours) {
        const int64_t until = from + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < until) step(world.next());
    }
    void step(const TickFacts& facts) {
        if (!recorded) {
            detector.step(facts);
        } else if (const auto read = read_tick(record_tick(facts).record)) {
            detector.step(*read);
        }
    }
    [[nodiscard]] std::vector<Incident> incidents() const {
        std::vector<Incident> own;
        for (const Incident& incident : detector.incidents()) {
            if (incident.country == CountryId{kCountry}) own.push_back(incident);
        }
        return own;
    }
    [[nodiscard]] Incident only() const {
        EXPECT_EQ(incidents().size(), 1U) << describe(detector, from);
        return incidents().empty() ? Incident{} : incidents().front();
    }
    [[nodiscard]] const CountryVerdict& verdict() const { return detector.verdicts()[kCountry]; }

    World world;
    Detector detector;
    int64_t from;
    WitnessState witness = WitnessState::kSees;
    bool recorded = false;  // ticks are those of a pack
};

RoutingFacts standing(double) {
    return kAll;
}

TEST(DetectRouting, networks_that_go_while_traffic_stays_open_no_incident) {
    Site site([](double) { return Effect{}; },
              [](double hours) { return hours >= 0 && hours < 2 ? kGone : kAll; });
    site.run_until(1.9);
    EXPECT_THAT(site.incidents(), IsEmpty());
    EXPECT_EQ(site.verdict().state, State::kNormal);
    EXPECT_EQ(site.verdict().routing.routing, Routing::kGone);
    EXPECT_EQ(site.verdict().routing.since_ns / kNs, site.from + 60);
    EXPECT_EQ(site.verdict().routing.gone(), 4U);
    site.run_until(3);
    EXPECT_THAT(site.incidents(), IsEmpty());
    EXPECT_EQ(site.verdict().routing.routing, Routing::kStands);
}

TEST(DetectRouting, both_directions_gone_while_routes_stand_are_gone_from_here) {
    Site site([](double) { return kDark; }, standing);
    site.run_until(1);
    const Incident incident = site.only();
    EXPECT_EQ(incident.scope, Scope::kGoneHere) << describe(site.detector, site.from);
    EXPECT_THAT(incident.evidence,
                Contains("routing stands: 4 of 4 networks announced, via AS4837"));
    site.witness = WitnessState::kTooOld;
    site.run_until(1.5);
    EXPECT_EQ(site.only().scope, Scope::kGoneHere) << "what was shown is not taken back";
}

TEST(DetectRouting, a_country_that_is_asked_on_is_lost_though_its_routes_stand) {
    Site site([](double) { return kAsked; }, standing);
    site.run_until(1);
    EXPECT_EQ(site.only().scope, Scope::kLost);
}

TEST(DetectRouting, networks_that_went_first_make_it_lost_at_once_and_say_so) {
    Site site([](double hours) { return hours >= 0.2 ? kDark : Effect{}; },
              [](double hours) { return hours >= 0.1 ? kGone : kAll; });
    site.run_until(0.5);
    const Incident incident = site.only();
    EXPECT_EQ(incident.scope, Scope::kLost);
    EXPECT_THAT(incident.evidence,
                Contains(AllOf(StartsWith("routing: 4 of 4 networks withdrawn, first seen "),
                               HasSubstr(": both, routing first by "))));
}

TEST(DetectRouting, networks_that_go_later_are_noted_and_their_return_too) {
    Site site([](double hours) { return hours < 3 ? kDark : Effect{}; },
              [](double hours) { return hours >= 0.5 && hours < 2 ? kGone : kAll; });
    site.run_until(0.4);
    EXPECT_EQ(site.only().scope, Scope::kGoneHere);
    site.run_until(1);
    EXPECT_EQ(site.only().scope, Scope::kLost);
    EXPECT_THAT(site.only().evidence,
                Contains(AllOf(StartsWith("routing: 4 of 4 networks withdrawn, first seen "),
                               HasSubstr(": both, volume first by "))));
    site.run_until(2.5);
    const Incident incident = site.only();
    EXPECT_EQ(incident.scope, Scope::kLost) << "routes that come first do not undo it";
    EXPECT_THAT(incident.evidence,
                Contains(StartsWith("routing: 4 of 4 networks announced again")));
}

TEST(DetectRouting, a_missing_witness_decides_nothing_and_says_why) {
    Site site([](double) { return kDark; }, standing);
    site.run_until(-1);
    site.witness = WitnessState::kTooOld;
    site.run_until(1);
    EXPECT_EQ(site.only().scope, Scope::kUnproven);
    EXPECT_THAT(site.only().evidence,
                Contains("routing: not known (the witness is older than 60 s)"));
}

TEST(DetectRouting, a_session_that_is_down_is_no_withdrawal) {
    Site site([](double) { return kDark; },
              [](double hours) { return hours >= 0 ? RoutingFacts{.unknown = 4} : kAll; });
    site.run_until(1);
    EXPECT_EQ(site.only().scope, Scope::kUnproven);
    EXPECT_EQ(site.verdict().routing.routing, Routing::kNotKnown);
}

TEST(DetectRouting, without_any_witness_nothing_is_said_of_it) {
    Site site([](double) { return kDark; }, standing);
    site.witness = WitnessState::kNone;
    site.run_until(1);
    EXPECT_EQ(site.only().scope, Scope::kUnproven);
    EXPECT_THAT(site.only().evidence, Not(Contains(HasSubstr("routing"))));
}

TEST(DetectRouting, an_upstream_that_vanishes_is_evidence_before_and_after_the_fall) {
    for (const double at : {-0.2, 0.3}) {
        Site site([](double hours) { return hours >= 0 ? kAsked : Effect{}; },
                  [at](double hours) {
                      RoutingFacts facts = kAll;
                      facts.told_upstreams = {4837};
                      if (hours >= at) {
                          facts.upstreams = facts.upstream = 0;
                          facts.told_upstreams = {};
                      }
                      return facts;
                  });
        site.run_until(1);
        EXPECT_THAT(site.only().evidence, Contains(AllOf(StartsWith("upstreams: AS4837 gone since"),
                                                         HasSubstr(", 0 left of 1"))))
            << at;
    }
}

TEST(DetectRouting, routes_that_flap_with_the_traffic_do_not_fill_the_record) {
    const auto flaps = [](double hours) {
        return hours >= 0 && hours < 22 && std::fmod(hours, 1.0 / 3) < 0.4 / 3;
    };
    Site site([flaps](double hours) { return flaps(hours) || hours > 23 ? kAsked : Effect{}; },
              [flaps](double hours) { return flaps(hours) || hours > 23.1 ? kGone : kAll; });
    site.run_until(24);
    const Incident incident = site.only();
    EXPECT_LT(incident.evidence.size(), 40U);
    EXPECT_THAT(incident.evidence.back(),
                AllOf(StartsWith("routing: 4 of 4 networks withdrawn, first seen "),
                      HasSubstr(": both, volume first by ")));
}

TEST(DetectRouting, recorded_ticks_lead_to_the_same_scopes) {
    const auto dark = [](double) { return kDark; };
    Site gone(dark, [](double hours) { return hours >= 0.1 ? kGone : kAll; });
    Site stands(dark, standing);
    for (Site* site : {&gone, &stands}) {
        site->run_until(-1);
        site->recorded = true;  // from a checkpoint on
        site->run_until(1);
    }
    EXPECT_EQ(gone.only().scope, Scope::kLost);
    EXPECT_EQ(stands.only().scope, Scope::kGoneHere);
}

TEST(DetectRouting, what_is_known_of_it_outlives_a_restart) {
    const std::vector<std::string> groups{"tap0"};
    Site site([](double) { return kDark; },
              [](double hours) { return hours >= 0.1 ? kGone : kAll; });
    site.run_until(0.5);
    const int64_t since_ns = site.verdict().routing.since_ns;
    const std::vector<Incident> before = site.incidents();
    Detector next = site.world.detector(12);
    ASSERT_TRUE(next.restore(site.detector.save(groups), groups));
    next.adopt(site.detector.incidents(), 0);
    site.detector = std::move(next);
    site.witness = WitnessState::kTooOld;
    site.run_until(0.6);
    site.witness = WitnessState::kSees;
    site.run_until(1);
    EXPECT_EQ(site.verdict().routing.since_ns, since_ns);
    EXPECT_EQ(site.only().scope, Scope::kLost);
    EXPECT_EQ(site.only().evidence, before.front().evidence) << "nothing of it is news";
}

}  // namespace
}  // namespace lull::test
