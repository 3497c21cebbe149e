// A recorded tick is read as it was, to the precision that is kept.
#include "control/tick_record.h"

#include <gtest/gtest.h>

#include <limits>

namespace lull {
namespace {

constexpr int64_t kStart_ns = 1'419'265'020'000'000'000;

TickFacts sample() {
    TickFacts facts;
    facts.start_ns = kStart_ns;
    facts.seconds = 10;
    facts.groups.resize(2);
    facts.groups[0].health = Health::kDegraded;
    facts.groups[0].reason = "tap0: 3 % lost";
    facts.groups[0].countries.resize(countries().size());
    CountryFacts& kp = facts.groups[0].countries[index_of(*find_country("KP"))];
    kp = {.flows = 3, .flows6 = 1, .life = 4.0078125, .life6 = 1, .sources = 2.5, .demand = 7};
    kp.bytes = 123'456'789;
    facts.groups[0].countries[0].flows = 1e9;  // ZZ
    facts.groups[0].countries[index_of(*find_country("IR"))].missing = true;
    facts.groups[1].health = Health::kUnhealthy;
    facts.groups[1].reason = "tap1: no packet for 20 s";
    facts.occasions = {{*find_country("DE"), Occasion::Kind::kHoliday, "Weihnachten ü"},
                       {*find_country("KP"), Occasion::Kind::kMaintenance, ""}};
    return facts;
}

TEST(TickRecord, what_was_recorded_is_read) {
    const TickRow row = record_tick(sample());
    EXPECT_EQ(row.end_ns, kStart_ns + 10'000'000'000);
    const auto read = read_tick(row.record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->start_ns, kStart_ns);
    EXPECT_EQ(read->seconds, 10);
    ASSERT_EQ(read->groups.size(), 2U);
    EXPECT_EQ(read->groups[0].health, Health::kDegraded);
    EXPECT_EQ(read->groups[0].reason, "tap0: 3 % lost");
    const CountryFacts& kp = read->groups[0].countries[index_of(*find_country("KP"))];
    EXPECT_EQ(kp.flows, 3);
    EXPECT_EQ(kp.flows6, 1);
    EXPECT_NEAR(kp.life, 4.0078125, 1.0 / 128);
    EXPECT_EQ(kp.sources, 2.5);
    EXPECT_EQ(kp.demand, 7);
    EXPECT_EQ(kp.bytes, 123'456'789);
    EXPECT_FALSE(kp.missing);
    EXPECT_EQ(read->groups[0].countries[0].flows, 1e9);
    EXPECT_TRUE(read->groups[0].countries[index_of(*find_country("IR"))].missing);
    EXPECT_EQ(read->groups[0].countries[index_of(*find_country("FR"))].flows, 0);
    EXPECT_EQ(read->groups[1].health, Health::kUnhealthy);
    EXPECT_EQ(read->groups[1].reason, "tap1: no packet for 20 s");
    ASSERT_EQ(read->occasions.size(), 2U);
    EXPECT_EQ(read->occasions[0].country, *find_country("DE"));
    EXPECT_EQ(read->occasions[0].name, "Weihnachten ü");
    EXPECT_EQ(read->occasions[1].kind, Occasion::Kind::kMaintenance);
}

TEST(TickRecord, a_country_costs_few_bytes_and_one_that_nothing_was_seen_of_none) {
    TickFacts facts = sample();
    facts.groups.resize(1);
    facts.occasions.clear();
    facts.groups[0].reason.clear();
    facts.groups[0].countries.assign(countries().size(), CountryFacts{});
    const std::size_t none = record_tick(facts).record.size();
    EXPECT_LT(none, 32U);
    for (CountryFacts& country : facts.groups[0].countries) {
        country = {.flows = 20,
                   .flows6 = 2,
                   .life = 21.3,
                   .life6 = 2.004,
                   .sources = 9.2,
                   .demand = 30.7,
                   .packets = 400,
                   .bytes = 200'000};
    }
    EXPECT_LT(record_tick(facts).record.size() - none, 20 * countries().size());
}

TEST(TickRecord, of_routing_those_that_may_not_stand_are_kept_and_the_others_are_usual) {
    TickFacts facts = sample();
    facts.witness = WitnessState::kSees;
    facts.routing.assign(countries().size(), {.networks = 900, .withdrawn = 200, .changes = 7});
    const auto place = [](const char* code) { return index_of(*find_country(code)); };
    const std::size_t none = record_tick(facts).record.size();
    facts.routing[place("KP")] = {.withdrawn = 4};
    facts.routing[place("YE")] = {.networks = 40, .withdrawn = 10};
    facts.routing[place("CU")] = {.networks = 40, .unknown = 5, .upstreams = 2, .upstream = 12956};
    const TickRow row = record_tick(facts);
    EXPECT_LE(row.record.size(), none + 3 * 12);
    const auto read = read_tick(row.record);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->witness, WitnessState::kSees);
    ASSERT_EQ(read->routing.size(), countries().size());
    EXPECT_EQ(read->routing[place("KP")].withdrawn, 4U);
    EXPECT_FALSE(read->routing[place("KP")].usual);
    EXPECT_EQ(read->routing[place("YE")].networks, 40U);
    EXPECT_EQ(read->routing[place("CU")].unknown, 5U);
    EXPECT_EQ(read->routing[place("CU")].upstream, 12956U);
    EXPECT_TRUE(read->routing[place("FR")].usual);
    for (std::size_t length = 0; length < row.record.size(); ++length) {
        EXPECT_FALSE(read_tick(std::span(row.record).first(length))) << length;
    }
    facts.witness = WitnessState::kTooOld;
    facts.routing.clear();
    EXPECT_EQ(read_tick(record_tick(facts).record)->witness, WitnessState::kTooOld);
}

TEST(TickRecord, networks_that_have_moved_are_kept_with_where_to) {
    TickFacts facts = sample();
    facts.witness = WitnessState::kSees;
    facts.routing.assign(countries().size(), {.networks = 900});
    const auto place = [](const char* code) { return index_of(*find_country(code)); };
    facts.routing[place("KP")] = {.networks = 4, .moved = {4, 4134, *find_country("CN")}};
    facts.routing[place("YE")] = {.networks = 4, .moved = {3, 64500}};
    const TickRow row = record_tick(facts);
    const auto read = read_tick(row.record);
    ASSERT_TRUE(read);
    const MovedNetworks& moved = read->routing[place("KP")].moved;
    EXPECT_EQ(moved.networks, 4U);
    EXPECT_EQ(moved.asn, 4134U);
    EXPECT_EQ(moved.country, *find_country("CN"));
    EXPECT_EQ(read->routing[place("YE")].moved.country, kCountryUnknown);
    EXPECT_TRUE(read->routing[place("FR")].usual);
    for (std::size_t length = 0; length < row.record.size(); ++length) {
        EXPECT_FALSE(read_tick(std::span(row.record).first(length))) << length;
    }
}

TEST(TickRecord, numbers_beyond_all_bounds_are_brought_within_them) {
    TickFacts facts = sample();
    CountryFacts& kp = facts.groups[0].countries[index_of(*find_country("KP"))];
    kp.flows = 1e300;
    kp.life = -5;
    kp.sources = std::numeric_limits<double>::quiet_NaN();
    kp.demand = std::numeric_limits<double>::infinity();
    const auto read = read_tick(record_tick(facts).record);
    ASSERT_TRUE(read);
    const CountryFacts& found = read->groups[0].countries[index_of(*find_country("KP"))];
    EXPECT_EQ(found.flows, 1e15);
    EXPECT_EQ(found.life, 0);
    EXPECT_EQ(found.sources, 0);
    EXPECT_EQ(found.demand, 1e15);
}

TEST(TickRecord, what_is_cut_anywhere_or_of_another_format_is_refused) {
    const std::vector<uint8_t> whole = record_tick(sample()).record;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(read_tick(std::span(whole).first(length))) << length;
    }
    std::vector<uint8_t> other = whole;
    other[0] = 99;
    EXPECT_FALSE(read_tick(other));
}

}  // namespace
}  // namespace lull
