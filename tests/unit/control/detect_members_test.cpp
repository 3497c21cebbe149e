// A member's port that falls, in a whole detector: one incident of the member, none of the
// countries that hang on it, and everything else judged as ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "control/detect.h"
#include "control/member_track.h"
#include "control/tick_record.h"
#include "tests/support/detect_world.h"

namespace lull::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t kFirst = 60, kLast = 71;  // countries of kOurs
constexpr std::size_t kAlone = 80;              // the one country of kSingle
constexpr MemberKey kOurs{64500, 0}, kSingle{64501, 0}, kCarrier{64502, 0}, kOther{64503, 0};
constexpr double kBefore_h = 30;  // past the first day

/// Members' shares of countries, and what becomes of members' flows, by hours since kBefore_h.
struct Exchange {
    using Fate = std::function<double(const MemberKey& key, double hours)>;  // share that is left
    explicit Exchange(Fate then, double our_share = 0.9)
        : world({.tick_s = 60}),
          detector(world.detector(12)),
          from(world.now_s() + static_cast<int64_t>(kBefore_h * 3600)),
          fate(std::move(then)),
          ours(our_share) {
        for (std::size_t country = kFirst; country <= kLast; ++country) {
            world.per_tick[country] = 200;
        }
        world.per_tick[kAlone] = 200;
        world.sensor = [this](TickFacts& facts, int64_t t) { divide(facts, t); };
    }
    [[nodiscard]] double hours_at(int64_t t) const { return static_cast<double>(t - from) / 3600; }
    void divide(TickFacts& facts, int64_t t) const {
        facts.members = told;
        for (GroupFacts& group : facts.groups) {
            group.members.clear();
            for (std::size_t country = 1; country < group.countries.size(); ++country) {
                hand_in(group, country, hours_at(t));
            }
        }
    }
    void hand_in(GroupFacts& group, std::size_t country, double hours) const {
        CountryFacts& facts = group.countries[country];
        const double before = facts.flows;
        double after = 0;
        for (const auto& [key, share] : shares(country)) {
            const double left = hours < 0 ? 1 : fate(key, hours);
            const double flows = std::round(before * share * left);
            group.members.push_back({static_cast<CountryId>(country), key, flows});
            after += flows;
        }
        const double ratio = before > 0 ? after / before : 1;
        facts.flows = after;
        for (double* signal : {&facts.life, &facts.sources, &facts.demand, &facts.bytes}) {
            *signal *= ratio;
        }
    }
    [[nodiscard]] std::vector<std::pair<MemberKey, double>> shares(std::size_t country) const {
        if (country >= kFirst && country <= kLast) return {{kOurs, ours}, {kOther, 1 - ours}};
        if (country == kAlone) return {{kSingle, 1}};
        return {{kCarrier, 0.6}, {kOther, 0.4}};
    }
    void run_until(double hours) {
        const int64_t until = from + static_cast<int64_t>(hours * 3600);
        while (world.now_s() < until) detector.step(world.next());
    }
    [[nodiscard]] std::string told_all() const { return describe(detector, from); }

    World world;
    Detector detector;
    int64_t from;
    Fate fate;
    double ours;
    MembersTold told = MembersTold::kAll;
};

double nothing_happens(const MemberKey&, double) {
    return 1;
}

Exchange::Fate down(const MemberKey& whom, double hours) {
    return [=](const MemberKey& key, double now) { return key == whom && now < hours ? 0.0 : 1.0; };
}

TEST(DetectMembers, a_port_that_falls_is_one_incident_of_the_member) {
    Exchange exchange(down(kOurs, 2));
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    const Incident& open = exchange.detector.incidents().front();
    EXPECT_EQ(open.kind, IncidentKind::kMember);
    EXPECT_EQ(open.country, std::nullopt);
    EXPECT_EQ(open.member, kOurs);
    EXPECT_EQ(incident_who(open), "AS64500");
    EXPECT_EQ(member_fall(open), "AS64500's port fell (12 countries)");
    exchange.detector.name_member(open.id, "Example Net");
    EXPECT_EQ(member_fall(open), "AS64500's port (Example Net) fell (12 countries)");
    EXPECT_THAT(open.countries, SizeIs(kLast - kFirst + 1));
    EXPECT_EQ(open.start_ns / kNs, exchange.from);
    EXPECT_LE(open.detected_ns / kNs, exchange.from + 120) << "two ticks";
    EXPECT_THAT(open.evidence, Contains(HasSubstr("AS64500's port fell")));
    EXPECT_THAT(open.evidence, Contains(HasSubstr("of what 12 countries miss came by it")));
    EXPECT_EQ(exchange.detector.verdicts()[kFirst].state, State::kNormal);
    EXPECT_TRUE(exchange.detector.verdicts()[kFirst].grounds.held);
    exchange.run_until(3);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    const Incident& over = exchange.detector.incidents().front();
    ASSERT_TRUE(over.end_ns) << exchange.told_all();
    EXPECT_EQ(*over.end_ns / kNs, exchange.from + 2 * 3600);
    EXPECT_THAT(over.evidence, Contains("AS64500 is back"));
    EXPECT_FALSE(exchange.detector.verdicts()[kFirst].grounds.held);
}

TEST(DetectMembers, one_country_alone_is_that_countrys_fall_whoever_carries_it) {
    Exchange exchange(down(kSingle, 2));
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    EXPECT_EQ(exchange.detector.incidents().front().country, CountryId{kAlone});
    EXPECT_EQ(exchange.detector.incidents().front().kind, IncidentKind::kOutage);
}

TEST(DetectMembers, a_country_that_loses_its_other_way_too_is_judged) {
    Exchange exchange(down(kOurs, 9), 0.6);
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    exchange.world.script = [&](std::size_t country, int64_t) {
        return country == kFirst ? Effect{.life = 0} : Effect{};
    };
    exchange.run_until(2);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(2)) << exchange.told_all();
    EXPECT_EQ(exchange.detector.incidents()[1].country, CountryId{kFirst});
}

TEST(DetectMembers, what_falls_by_every_member_is_no_members_fall) {
    Exchange exchange([](const MemberKey&, double) { return 0.1; });
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    EXPECT_EQ(exchange.detector.incidents().front().kind, IncidentKind::kSite);
}

TEST(DetectMembers, a_member_that_carries_most_of_the_site_is_told_from_the_site) {
    Exchange exchange(down(kCarrier, 2));
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    EXPECT_EQ(exchange.detector.incidents().front().kind, IncidentKind::kMember);
}

TEST(DetectMembers, countries_that_find_another_way_miss_nothing) {
    Exchange exchange(nothing_happens);
    exchange.run_until(0);
    // All that came by one comes by the other.
    exchange.world.sensor = [&](TickFacts& facts, int64_t t) {
        exchange.divide(facts, t);
        for (GroupFacts& group : facts.groups) {
            for (MemberFacts& each : group.members) {
                if (each.member == kOurs) each.member = kOther;
            }
        }
    };
    exchange.run_until(1);
    EXPECT_THAT(exchange.detector.incidents(), IsEmpty()) << exchange.told_all();
}

TEST(DetectMembers, calm_days_have_no_incident_of_a_member) {
    Exchange exchange(nothing_happens);
    exchange.run_until(18);
    for (const Incident& incident : exchange.detector.incidents()) {
        EXPECT_NE(incident.kind, IncidentKind::kMember) << exchange.told_all();
    }
}

TEST(DetectMembers, a_port_group_that_is_not_seen_makes_no_member_fall) {
    Exchange exchange(down(kOurs, 2));
    exchange.run_until(0);
    exchange.world.sensor = [&](TickFacts& facts, int64_t t) {
        exchange.divide(facts, t);
        facts.groups.front().health = Health::kUnhealthy;
    };
    exchange.run_until(1);
    EXPECT_THAT(exchange.detector.incidents(), IsEmpty()) << exchange.told_all();
}

TEST(DetectMembers, a_restart_goes_on_with_the_open_incident) {
    Exchange exchange(down(kOurs, 2));
    exchange.run_until(1);
    const std::vector<std::string> groups{"tap0"};
    Detector again = exchange.world.detector(12);
    ASSERT_TRUE(again.restore(exchange.detector.save(groups), groups));
    again.adopt(exchange.detector.incidents(), 1);
    exchange.detector = std::move(again);
    exchange.run_until(3);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    ASSERT_TRUE(exchange.detector.incidents().front().end_ns);
    EXPECT_EQ(*exchange.detector.incidents().front().end_ns / kNs, exchange.from + 2 * 3600);
}

TEST(DetectMembers, an_operator_ends_it_and_what_is_seen_then_is_normal) {
    Exchange exchange(down(kOurs, 99));
    exchange.run_until(1);
    ASSERT_THAT(exchange.detector.incidents(), SizeIs(1));
    const Remark why{exchange.world.now_s() * kNs, "kim", "left the exchange"};
    EXPECT_EQ(exchange.detector.close(1, why), Detector::Word::kTaken);
    exchange.run_until(3);
    EXPECT_THAT(exchange.detector.incidents(), SizeIs(1)) << exchange.told_all();
    EXPECT_THAT(exchange.detector.member_track().watched(), IsEmpty());
}

TEST(DetectMembers, with_its_incident_end_those_that_its_countries_have_of_their_own) {
    for (const bool by_hand : {true, false}) {
        Exchange exchange(down(kOurs, 999), 0.6);
        exchange.world.script = [&](std::size_t country, int64_t t) {
            return country == kFirst && exchange.hours_at(t) > 1 ? Effect{.life = 0} : Effect{};
        };
        exchange.run_until(2);
        ASSERT_THAT(exchange.detector.incidents(), SizeIs(2)) << exchange.told_all();
        if (by_hand) {
            const Remark why{exchange.world.now_s() * kNs, "kim", "left the exchange"};
            EXPECT_EQ(exchange.detector.close(1, why), Detector::Word::kTaken);
        } else {
            exchange.run_until(7 * 24 + 1);
        }
        for (const Incident& incident : exchange.detector.incidents()) {
            EXPECT_TRUE(incident.end_ns) << exchange.told_all();
        }
    }
}

TEST(DetectMembers, told_apart_no_longer_their_incidents_end_and_countries_are_judged) {
    Exchange exchange(down(kOurs, 2));
    exchange.run_until(1);
    exchange.told = MembersTold::kNo;
    exchange.run_until(4);
    const Incident& incident = exchange.detector.incidents().front();
    ASSERT_TRUE(incident.end_ns) << exchange.told_all();
    EXPECT_EQ(*incident.end_ns / kNs, exchange.from + 3600);
    EXPECT_FALSE(exchange.detector.verdicts()[kFirst].grounds.held);
    exchange.world.script = [](std::size_t country, int64_t) {
        return country == kFirst ? Effect{.life = 0} : Effect{};
    };
    exchange.run_until(5);
    EXPECT_EQ(exchange.detector.verdicts()[kFirst].state, State::kOutage);
}

TEST(DetectMembers, a_port_group_that_stays_away_keeps_no_incident_open_for_ever) {
    Exchange exchange(down(kOurs, 999));
    exchange.run_until(1);
    exchange.world.sensor = [&](TickFacts& facts, int64_t t) {
        exchange.divide(facts, t);
        facts.groups.resize(2);
        facts.groups[1].health = Health::kUnhealthy;
    };
    exchange.run_until(6 * 24);
    EXPECT_FALSE(exchange.detector.incidents().front().end_ns) << exchange.told_all();
    EXPECT_TRUE(exchange.detector.verdicts()[kFirst].grounds.held);
    exchange.run_until(7 * 24 + 3);
    EXPECT_TRUE(exchange.detector.incidents().front().end_ns) << exchange.told_all();
    EXPECT_EQ(exchange.detector.verdicts()[kFirst].state, State::kNormal);
}

TEST(DetectMembers, recorded_ticks_give_the_same_verdict) {
    Exchange exchange(down(kOurs, 1));
    exchange.run_until(-0.5);
    const std::vector<std::string> groups{"tap0"};
    Detector replayed = exchange.world.detector(12);
    ASSERT_TRUE(replayed.restore(exchange.detector.save(groups), groups));
    const int64_t until = exchange.from + 2 * 3600;
    while (exchange.world.now_s() < until) {
        TickFacts facts = exchange.world.next();
        exchange.detector.step(facts);
        // As the monitor keeps them.
        facts.members = MembersTold::kUnusual;
        facts.unusual = exchange.detector.member_track().watched();
        for (GroupFacts& group : facts.groups) {
            std::erase_if(group.members, [&](const MemberFacts& each) {
                return !exchange.detector.member_track().watches(each.member);
            });
        }
        const auto read = read_tick(record_tick(facts).record);
        ASSERT_TRUE(read);
        replayed.step(*read);
    }
    ASSERT_THAT(replayed.incidents(), SizeIs(1)) << describe(replayed, exchange.from);
    const Incident& then = exchange.detector.incidents().front();
    const Incident& now = replayed.incidents().front();
    EXPECT_EQ(now.kind, IncidentKind::kMember);
    EXPECT_EQ(now.start_ns, then.start_ns);
    EXPECT_EQ(now.detected_ns, then.detected_ns);
    EXPECT_EQ(now.end_ns, then.end_ns);
    EXPECT_EQ(now.countries, then.countries);
}

}  // namespace
}  // namespace lull::test
