#include "control/decision.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "tests/support/detect_world.h"
#include "tests/support/sample_view.h"

namespace lull {
namespace {

constexpr int64_t kNow_ns = test::kSampleNowNs;
const CountryId kKp = test::id_of("KP");

CountryVerdict sample() {
    CountryVerdict verdict;
    verdict.seen = true;
    verdict.state = State::kSuspect;
    verdict.state_since_ns = kNow_ns - 90'000'000'000;
    verdict.ratio = 0.3;
    verdict.expected_life_per_s = 12.5;
    verdict.observed_life_per_s = 4;
    verdict.coverage = 0.75;
    verdict.evidence = 0.7;
    verdict.doubtful = true;
    verdict.grounds.flows = {40, 125};
    verdict.grounds.bytes = {3e9, 1e10};
    verdict.grounds.tests.tests[1] = {14.1, true};
    verdict.grounds.tests.threshold = 20.2;
    verdict.grounds.tests.lives_one_way = true;
    verdict.grounds.learned_s = 86400;
    return verdict;
}

void expect_near(double found, double wanted) {
    EXPECT_NEAR(found, wanted, wanted * 1e-3);
}

TEST(Decision, each_record_of_a_row_is_found_and_damage_is_left_out) {
    DecisionRow row{kNow_ns, {}};
    add_record(row, test::id_of("IR"), CountryVerdict{});
    add_record(row, kKp, sample());
    std::vector<CountryId> found;
    const auto take = [&](CountryId id, const Decision& decision) {
        found.push_back(id);
        EXPECT_EQ(decision.verdict.state, find_record(row, id)->verdict.state);
    };
    each_record(row, take);
    EXPECT_EQ(found, (std::vector<CountryId>{test::id_of("IR"), kKp}));
    found.clear();
    row.records.pop_back();
    row.records[1] = '?';
    each_record(row, take);
    row.records[0] = 9;
    each_record(row, take);
    each_record({kNow_ns, {}}, take);
    EXPECT_TRUE(found.empty());
}

TEST(Decision, comes_back_to_a_thousandth) {
    DecisionRow row{kNow_ns, {}};
    add_record(row, test::id_of("IR"), CountryVerdict{});
    add_record(row, kKp, sample());
    const auto found = find_record(row, kKp);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->time_ns, kNow_ns);
    const CountryVerdict& verdict = found->verdict;
    EXPECT_EQ(verdict.state, State::kSuspect);
    EXPECT_EQ(verdict.state_since_ns, sample().state_since_ns);
    EXPECT_TRUE(verdict.seen && verdict.doubtful && verdict.grounds.tests.lives_one_way);
    EXPECT_TRUE(verdict.grounds.tests.sources_agree && verdict.grounds.tests.tests[1].armed);
    EXPECT_FALSE(verdict.grounds.held || verdict.grounds.tests.tests[0].armed);
    expect_near(verdict.ratio.value(), 0.3);
    expect_near(verdict.expected_life_per_s.value(), 12.5);
    expect_near(verdict.coverage, 0.75);
    expect_near(verdict.grounds.flows.expected, 125);
    expect_near(verdict.grounds.bytes.expected, 1e10);
    expect_near(verdict.grounds.tests.tests[1].score, 14.1);
    expect_near(verdict.grounds.tests.threshold, 20.2);
    expect_near(verdict.grounds.learned_s, 86400);
    EXPECT_FALSE(verdict.detectable_s);
    EXPECT_EQ(verdict.grounds.demand.expected, 0);
    EXPECT_FALSE(find_record(row, test::id_of("DE")));
}

TEST(Decision, what_routing_said_comes_back_where_there_was_a_witness) {
    CountryVerdict verdict = sample();
    verdict.routing.witness = WitnessState::kSees;
    verdict.routing.routing = Routing::kGone;
    verdict.routing.since_ns = kNow_ns - 61'000'000'000;
    verdict.routing.normal = 4;
    verdict.routing.now = {
        .networks = 0, .withdrawn = 4, .unknown = 1, .upstreams = 3, .upstream = 4'200'000'001};
    verdict.routing.now.moved.networks = 1'234'567;
    DecisionRow row{kNow_ns, {}};
    add_record(row, test::id_of("IR"), verdict);
    verdict.routing.since_ns = 0;
    add_record(row, kKp, verdict);
    const auto iran = find_record(row, test::id_of("IR"));
    const auto found = find_record(row, kKp);
    ASSERT_TRUE(iran && found);
    EXPECT_EQ(iran->verdict.routing.since_ns, kNow_ns - 61'000'000'000);
    const RoutingVerdict& routing = found->verdict.routing;
    EXPECT_EQ(routing.witness, WitnessState::kSees);
    EXPECT_EQ(routing.routing, Routing::kGone);
    EXPECT_EQ(routing.since_ns, 0);
    EXPECT_NEAR(routing.normal, 4, 0.004);
    EXPECT_EQ(routing.now.networks, 0U);
    EXPECT_EQ(routing.now.withdrawn, 4U);
    EXPECT_EQ(routing.now.unknown, 1U);
    EXPECT_EQ(routing.now.upstreams, 3U);
    EXPECT_EQ(routing.now.upstream, 4'200'000'001U);
    expect_near(routing.now.moved.networks, 1'234'567);
    expect_near(found->verdict.grounds.learned_s, 86400);
    row.records.pop_back();
    EXPECT_FALSE(find_record(row, kKp)) << "cut";
    EXPECT_TRUE(find_record(row, test::id_of("IR")));
}

TEST(Decision, a_row_without_a_witness_is_as_older_lulls_wrote_it) {
    DecisionRow row{kNow_ns, {}};
    add_record(row, kKp, sample());
    EXPECT_EQ(row.records[0], 1);
    EXPECT_EQ(row.records.size(), 1U + 2 + 1 + 2 + 4 + 2 * (23 + kTestCount));
    EXPECT_EQ(find_record(row, kKp)->verdict.routing.witness, WitnessState::kNone);
}

TEST(Decision, numbers_out_of_range_stay_within_it) {
    CountryVerdict verdict = sample();
    verdict.ratio = 1e300;
    verdict.coverage = -1;
    verdict.evidence = 1e-300;
    verdict.dispersion = std::numeric_limits<double>::quiet_NaN();
    DecisionRow row{kNow_ns, {}};
    add_record(row, kKp, verdict);
    const auto found = find_record(row, kKp);
    ASSERT_TRUE(found);
    expect_near(found->verdict.ratio.value(), 1e18);
    EXPECT_EQ(found->verdict.coverage, 0);
    EXPECT_EQ(found->verdict.evidence, 0);
    EXPECT_EQ(found->verdict.dispersion, 0);
}

TEST(Decision, bytes_that_make_no_sense_are_no_record) {
    DecisionRow row{kNow_ns, {}};
    EXPECT_FALSE(find_record(row, kKp));
    add_record(row, kKp, sample());
    DecisionRow cut = row;
    cut.records.pop_back();
    EXPECT_FALSE(find_record(cut, kKp));
    DecisionRow other = row;
    other.records[0] = 99;
    EXPECT_FALSE(find_record(other, kKp));
    DecisionRow state = row;
    state.records[3] = 200;
    EXPECT_FALSE(find_record(state, kKp));
}

TEST(DecisionLog, changes_at_once_what_is_asked_about_often_and_the_calm_each_hour) {
    std::vector<CountryVerdict> verdicts(countries().size());
    CountryVerdict& kp = verdicts[index_of(kKp)];
    CountryVerdict& ir = verdicts[index_of(test::id_of("IR"))];
    kp = ir = sample();
    ir.state = State::kNormal;
    ir.ratio = 1;
    ir.evidence = 0.1;
    DecisionLog log;
    int64_t now_ns = kNow_ns;  // a whole hour
    std::array<int, 2> records{};
    const auto tick = [&](int count) {
        records = {};
        for (int i = 0; i < count; ++i, now_ns += 10'000'000'000) {
            if (const auto row = log.after_tick(verdicts, now_ns)) {
                records[0] += find_record(*row, kKp).has_value();
                records[1] += find_record(*row, test::id_of("IR")).has_value();
            }
        }
        return records;
    };
    EXPECT_EQ(tick(1), (std::array{1, 1}));
    EXPECT_EQ(tick(359), (std::array{5, 0}));
    EXPECT_EQ(tick(360), (std::array{6, 1}));
    kp.state = State::kOutage;
    EXPECT_EQ(tick(2), (std::array{1, 1}));  // the hour's
    ir.state = State::kSuspect;
    EXPECT_EQ(tick(2), (std::array{0, 1}));
}

TEST(DecisionLog, flapping_is_recorded_within_bounds) {
    std::vector<CountryVerdict> verdicts(countries().size());
    for (CountryVerdict& verdict : verdicts) verdict = sample();
    DecisionLog log;
    std::size_t bytes = 0;
    for (int i = 0; i < 60; ++i) {
        for (CountryVerdict& verdict : verdicts) {
            verdict.state = i % 2 == 0 ? State::kNormal : State::kSuspect;
        }
        if (const auto row = log.after_tick(verdicts, kNow_ns + i * 10'000'000'000)) {
            bytes += row->records.size();
        }
    }
    EXPECT_LT(bytes, (DecisionLog::kMostChanges + 2 * countries().size()) * 64);
}

TEST(DecisionLog, a_day_of_250_countries_takes_less_than_a_megabyte) {
    test::World world({.tick_s = 60});
    Detector detector = world.detector(12);
    for (int tick = 0; tick < 2 * 1440; ++tick) detector.step(world.next());
    DecisionLog log;
    std::size_t bytes = 0;
    std::size_t rows = 0;
    for (int tick = 0; tick < 1440; ++tick) {
        detector.step(world.next());
        if (const auto row = log.after_tick(detector.verdicts(), world.now_s() * test::kNs)) {
            bytes += row->records.size();
            ++rows;
        }
    }
    std::printf("a day: %zu rows, %zu bytes\n", rows, bytes);
    EXPECT_LT(bytes, 1'000'000U);
    EXPECT_GT(bytes, 24 * 250 * 60U);
}

}  // namespace
}  // namespace lull
