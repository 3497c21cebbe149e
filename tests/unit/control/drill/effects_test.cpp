// What each kind of event does to the frames on the wire, and what it leaves alone.
#include "control/drill/effects.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/drill_world.h"

namespace lull {
namespace {

using test::kFlat;
using test::kTenMinutes;
using test::minute;
using test::play_events;
using test::recount;
using test::SeenFrame;

bool is_pure_request(const SeenFrame& frame) {
    return frame.protocol == 6 ? frame.tcp_flags == 0x02
                               : frame.to_port < 1024 || frame.protocol != 17;
}

TEST(Effects, an_outage_without_demand_is_silent_both_ways_and_leaves_others_alone) {
    const std::string outage =
        "[{kind: outage, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: KP}}]";
    const auto frames = play_events(outage);
    const auto before = recount(frames, minute(0), minute(3));
    const auto during = recount(frames, minute(3), minute(7));
    const auto after = recount(frames, minute(7), minute(10));
    EXPECT_GT(before.at("KP").sent, 300u);
    EXPECT_EQ(during.count("KP"), 0u);
    EXPECT_GT(after.at("KP").sent, 300u);
    // Every frame that KP has no part in is there, to the byte and nanosecond.
    const auto quiet = test::play(test::noon_scenario());
    const OriginTable table = test::small_table();
    std::vector<int64_t> with_event;
    std::vector<int64_t> without;
    for (const auto* run : {&frames, &quiet}) {
        for (const SeenFrame& f : *run) {
            if (f.is_ip && (test::country_of(table, f.from, f.is_v4) == "KP" ||
                            test::country_of(table, f.to, f.is_v4) == "KP")) {
                continue;
            }
            (run == &frames ? with_event : without).push_back(f.time_ns);
        }
    }
    EXPECT_EQ(with_event, without);
}

TEST(Effects, when_demand_stays_the_world_asks_with_retries_and_gets_no_answer) {
    const auto frames = play_events(
        "[{kind: outage, at: 2014-12-21T12:03:00Z, for: 4m, "
        "target: {asn: 131279}, demand: stays}]");
    const OriginTable table = test::small_table();
    EXPECT_EQ(recount(frames, minute(3), minute(7)).at("KP").sent, 0u);
    uint64_t asked = 0;
    uint64_t repeated = 0;
    std::set<std::pair<Ipv6Bytes, uint32_t>> seen;
    for (const SeenFrame& f : frames) {
        if (!f.is_ip || f.time_ns < minute(3) || f.time_ns >= minute(7)) continue;
        if (test::country_of(table, f.to, f.is_v4) != "KP") continue;
        ASSERT_TRUE(is_pure_request(f));
        ++asked;
        if (f.protocol == 6 && !seen.emplace(f.from, f.sequence).second) ++repeated;
    }
    EXPECT_GT(asked, 200u);
    EXPECT_GT(repeated, asked / 4);
}

TEST(Effects, a_partial_outage_takes_its_share_of_conversations) {
    const auto frames = play_events(
        "[{kind: outage, at: 2014-12-21T12:30:00Z, for: 30m, "
        "target: {country: KP}, depth: 0.7}]",
        "2014-12-21T13:00:00Z");
    const double before = static_cast<double>(recount(frames, minute(0), minute(30)).at("KP").sent);
    const double during =
        static_cast<double>(recount(frames, minute(30), minute(60)).at("KP").sent);
    EXPECT_NEAR(during / before, 0.3, 0.06);
}

TEST(Effects, a_ramp_and_a_slow_recovery_are_gradual) {
    const auto frames = play_events(
        "[{kind: outage, at: 2014-12-21T12:20:00Z, for: 30m, ramp: 20m, recovery: 20m, "
        "target: {prefix: 175.45.176.0/22}}]",
        "2014-12-21T13:20:00Z");
    const auto sent = [&](int from, int until) {
        const auto seen = recount(frames, minute(from), minute(until));
        const auto found = seen.find("KP");
        return found == seen.end() ? 0.0 : static_cast<double>(found->second.sent);
    };
    const double full = sent(0, 20) / 2;  // ten minutes' worth
    EXPECT_NEAR(sent(20, 30) / full, 0.75, 0.15);
    EXPECT_NEAR(sent(30, 40) / full, 0.25, 0.12);
    EXPECT_EQ(sent(40, 50), 0);
    EXPECT_NEAR(sent(50, 60) / full, 0.25, 0.12);
    EXPECT_NEAR(sent(60, 70) / full, 0.75, 0.15);
}

TEST(Effects, a_flap_alternates_and_keeps_demand) {
    const auto frames = play_events(
        "[{kind: flap, at: 2014-12-21T12:02:00Z, for: 8m, target: {country: KP}, period: 4m, "
        "down_share: 0.5}]");
    for (const int down : {2, 6}) {
        const auto seen = recount(frames, minute(down), minute(down + 2));
        EXPECT_EQ(seen.at("KP").sent, 0u);
        EXPECT_GT(seen.at("KP").received, 50u);
    }
    for (const int up : {0, 4, 8}) {
        EXPECT_GT(recount(frames, minute(up), minute(up + 2)).at("KP").sent, 200u);
    }
}

TEST(Effects, one_way_takes_what_the_target_sends_and_nothing_else) {
    const std::string event =
        "[{kind: one_way, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: KP}}]";
    const auto muted = play_events(event);
    const auto whole = test::play(test::noon_scenario());
    EXPECT_EQ(recount(muted, minute(3), minute(7)).at("KP").sent, 0u);
    const OriginTable table = test::small_table();
    const auto from_others = [&](const std::vector<SeenFrame>& frames) {
        uint64_t count = 0;
        for (const SeenFrame& f : frames) {
            if (!f.is_ip || f.time_ns < minute(3) || f.time_ns >= minute(7)) continue;
            count += test::country_of(table, f.to, f.is_v4) == "KP" &&
                             test::country_of(table, f.from, f.is_v4) != "KP"
                         ? 1
                         : 0;
        }
        return count;
    };
    EXPECT_EQ(from_others(muted), from_others(whole));
    EXPECT_GT(from_others(muted), 300u);
}

TEST(Effects, what_moves_away_or_is_maintained_is_asked_for_nothing_here) {
    for (const char* kind : {"move", "maintenance"}) {
        const auto frames = play_events(fmt::format(
            "[{{kind: {}, at: 2014-12-21T12:03:00Z, for: 4m, target: {{country: KP}}}}]", kind));
        EXPECT_GT(recount(frames, minute(0), minute(3)).at("KP").sent, 300u) << kind;
        EXPECT_EQ(recount(frames, minute(3), minute(7)).count("KP"), 0u) << kind;
        EXPECT_GT(recount(frames, minute(7), minute(10)).at("KP").sent, 300u) << kind;
    }
    const auto dark = play_events(
        "[{kind: maintenance, at: 2014-12-21T12:03:00Z, for: 4m, target: {port: tap0}}]");
    EXPECT_TRUE(recount(dark, minute(3), minute(7)).empty());
}

TEST(Effects, an_offload_takes_its_share) {
    const auto whole = recount(test::play(test::noon_scenario()), minute(3), minute(7));
    const auto frames = play_events(
        "[{kind: offload, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: KP}, depth: 0.6}]");
    const auto left = static_cast<double>(recount(frames, minute(3), minute(7)).at("KP").sent);
    EXPECT_NEAR(left / static_cast<double>(whole.at("KP").sent), 0.4, 0.06);
}

TEST(Effects, where_the_table_drifts_one_country_has_what_another_lost) {
    const auto whole = recount(test::play(test::noon_scenario()), minute(3), minute(7));
    const auto frames = play_events(
        "[{kind: table_drift, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: KP}, to: VA}]");
    auto during = recount(frames, minute(3), minute(7));
    const auto of = [](const auto& seen, const char* code) {
        return seen.contains(code) ? static_cast<double>(seen.at(code).sent) : 0.0;
    };
    const double lost = of(whole, "KP") - of(during, "KP");
    EXPECT_GT(lost, 0.95 * of(whole, "KP"));  // conversations that had begun go on
    EXPECT_NEAR(of(during, "VA") - of(whole, "VA"), lost, 0.02 * lost);
    EXPECT_GT(recount(frames, minute(7), minute(10)).at("KP").sent, 300u);
}

TEST(Effects, a_dark_port_sends_nothing_at_all) {
    const auto frames = play_events(
        "[{kind: port_dark, at: 2014-12-21T12:03:00Z, for: 4m, "
        "target: {port: tap0}}]");
    for (const SeenFrame& frame : frames) {
        ASSERT_TRUE(frame.time_ns < minute(3) || frame.time_ns >= minute(7));
    }
    EXPECT_GT(frames.back().time_ns, minute(9));
}

TEST(Effects,
     an_oversubscribed_mirror_loses_its_share_of_frames_and_leaves_the_others_as_they_are) {
    const auto frames = play_events(
        "[{kind: oversubscribe, at: 2014-12-21T12:03:00Z, for: 4m, target: {port: tap0}, "
        "depth: 0.3}]");
    const auto whole = test::play(test::noon_scenario());
    std::size_t there = 0;
    std::size_t during = 0;
    std::size_t whole_during = 0;
    for (const SeenFrame& frame : whole) {
        const bool affected = frame.time_ns >= minute(3) && frame.time_ns < minute(7);
        const bool seen = there < frames.size() && frames[there].time_ns == frame.time_ns;
        ASSERT_TRUE(seen || affected);
        there += seen ? 1 : 0;
        whole_during += affected ? 1 : 0;
        during += affected && seen ? 1 : 0;
    }
    EXPECT_EQ(there, frames.size());
    EXPECT_NEAR(static_cast<double>(during) / static_cast<double>(whole_during), 0.7, 0.02);
}

TEST(Effects, a_pool_leak_is_told_to_the_sink_when_it_begins_and_ends) {
    const Scenario scenario = test::noon_scenario(
        kTenMinutes, kFlat,
        "[{kind: pool_leak, at: 2014-12-21T12:03:00Z, for: 4m, target: {port: tap0}}]");
    auto generator = Generator::create(scenario, test::small_table(), {1, {}}).value();
    test::WatchingSink watching([](std::span<const uint8_t>, int64_t) {});
    generator->generate(scenario.from_ns, scenario.until_ns, watching);
    EXPECT_THAT(watching.leaks, testing::ElementsAre(Leak::kOff, Leak::kOn, Leak::kOff));
    generator = Generator::create(scenario, test::small_table(), {1, {}}).value();
    CountingSink counting;
    generator->generate(scenario.from_ns, scenario.until_ns, counting);
    const TransmitTotals totals = counting.totals();
    EXPECT_EQ(totals.offered, totals.sent + totals.refused);
    EXPECT_NEAR(static_cast<double>(totals.refused) / static_cast<double>(totals.offered), 0.4,
                0.05);
    EXPECT_EQ(generator->totals().ip_packets + generator->totals().other_frames, totals.sent);
}

}  // namespace
}  // namespace lull
