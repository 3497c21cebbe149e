// The generator's frames, taken apart by code that shares nothing with it: determinism, order,
// checksums, totals, rates, and what each kind of event does.
#include "control/drill/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "control/drill/random.h"
#include "control/time_text.h"
#include "tests/support/drill_world.h"

namespace lull {
namespace {

using test::kFlat;
using test::kTenMinutes;
using test::minute;
using test::recount;
using test::SeenFrame;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;

uint64_t hash_of(const Scenario& scenario, int64_t stretch_ns) {
    auto generator = Generator::create(scenario, test::small_table(), {scenario.seed, {}}).value();
    uint64_t hash = 0xcbf29ce484222325;
    test::WatchingSink sink([&](std::span<const uint8_t> bytes, int64_t time_ns) {
        hash = mix64(hash ^ static_cast<uint64_t>(time_ns));
        for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
    });
    for (int64_t at = scenario.from_ns; at < scenario.until_ns; at += stretch_ns) {
        generator->generate(at, std::min(at + stretch_ns, scenario.until_ns), sink);
    }
    EXPECT_TRUE(sink.finish());
    return hash;
}

TEST(Generator, the_same_seed_gives_the_same_bytes_and_another_seed_others) {
    const std::string events =
        "[{kind: flood, at: 2014-12-21T12:02:00Z, for: 2m, target: {country: KP}, vector: ntp, "
        "times: 5}, {kind: outage, at: 2014-12-21T12:05:00Z, for: 2m, target: {country: KP}}]";
    const Scenario scenario = test::noon_scenario(kTenMinutes, kFlat, events);
    const uint64_t hash = hash_of(scenario, 10 * kMinute);
    EXPECT_EQ(hash, hash_of(scenario, 10 * kMinute));
    EXPECT_EQ(hash, hash_of(scenario, 7 * kSecond)) << "stretches must not matter";
    Scenario other = scenario;
    other.seed = 12;
    EXPECT_NE(hash, hash_of(other, 10 * kMinute));
}

TEST(Generator, every_frame_is_sound_and_comes_in_time_order) {
    const auto frames = test::play_events(
        "[{kind: flood, at: 2014-12-21T12:00:00Z, for: 2m, target: {country: KP}, "
        "vector: ssdp, times: 5}, {kind: flood, at: 2014-12-21T12:02:00Z, for: 2m, "
        "target: {country: KP}, vector: dns, times: 5}, {kind: flood, at: "
        "2014-12-21T12:04:00Z, for: 2m, target: {country: KP}, vector: syn, times: "
        "5}, {kind: flood, at: 2014-12-21T12:06:00Z, for: 2m, target: {country: "
        "KP}, vector: udp, times: 5}]");
    ASSERT_GT(frames.size(), 50'000u);
    int64_t last_ns = 0;
    std::map<std::string, int> kinds;
    for (const SeenFrame& frame : frames) {
        ASSERT_EQ(frame.problem, "");
        ASSERT_GE(frame.time_ns, last_ns);
        last_ns = frame.time_ns;
        if (!frame.is_ip) {
            ++kinds["other"];
            continue;
        }
        ++kinds[frame.tagged ? "tagged" : "plain"];
        ++kinds[std::to_string(frame.protocol) + (frame.is_v4 ? "v4" : "v6")];
    }
    for (const char* kind :
         {"other", "tagged", "plain", "6v4", "6v6", "17v4", "17v6", "1v4", "58v6"}) {
        EXPECT_GT(kinds[kind], 0) << kind;
    }
    EXPECT_LT(last_ns, minute(10));
}

TEST(Generator, totals_equal_an_independent_recount) {
    const Scenario scenario = test::noon_scenario();
    const OriginTable table = test::small_table();
    auto generator = Generator::create(scenario, table, {scenario.seed, {}}).value();
    std::vector<Traffic> countries_seen(countries().size());
    Traffic private_seen;
    uint64_t ip = 0;
    uint64_t other = 0;
    const auto account = [&](const Ipv6Bytes& address, bool is_v4) -> Traffic& {
        const std::string code = test::country_of(table, address, is_v4);
        if (code == "private") return private_seen;
        return countries_seen[index_of(find_country(code).value())];
    };
    test::WatchingSink sink([&](std::span<const uint8_t> bytes, int64_t) {
        const SeenFrame frame = test::read_frame(bytes);
        ++(frame.is_ip ? ip : other);
        if (!frame.is_ip) return;
        Traffic& from = account(frame.from, frame.is_v4);
        ++from.sent_packets;
        from.sent_bytes += frame.ip_bytes;
        Traffic& to = account(frame.to, frame.is_v4);
        ++to.received_packets;
        to.received_bytes += frame.ip_bytes;
    });
    generator->generate(scenario.from_ns, scenario.until_ns, sink);
    ASSERT_TRUE(sink.finish());
    const GeneratorTotals& totals = generator->totals();
    EXPECT_EQ(totals.ip_packets, ip);
    EXPECT_EQ(totals.other_frames, other);
    EXPECT_GT(private_seen.sent_packets, 0u);
    EXPECT_EQ(private_seen, totals.private_space);
    EXPECT_EQ(countries_seen, totals.countries);
    EXPECT_EQ(sink.totals().offered, ip + other);
}

TEST(Generator, conversations_have_consistent_sequence_numbers) {
    const auto frames = test::play(test::noon_scenario("2014-12-21T12:01:00Z"));
    // Per direction of a conversation: the next sequence number that is due.
    std::map<std::tuple<Ipv6Bytes, Ipv6Bytes, uint16_t, uint16_t>, uint32_t> due;
    uint64_t acknowledged = 0;
    uint64_t data = 0;
    for (const SeenFrame& f : frames) {
        if (!f.is_ip || f.protocol != 6) continue;
        const auto here = std::tuple(f.from, f.to, f.from_port, f.to_port);
        const auto back = std::tuple(f.to, f.from, f.to_port, f.from_port);
        const auto found = due.find(here);
        if (found != due.end()) {
            ASSERT_EQ(f.sequence, found->second);
        }
        if ((f.tcp_flags & 0x10) != 0) {
            const auto other = due.find(back);
            ASSERT_NE(other, due.end());
            ASSERT_EQ(f.acknowledged, other->second);
            ++acknowledged;
        }
        data += f.payload_bytes > 0 ? 1 : 0;
        due[here] = f.sequence + f.payload_bytes + ((f.tcp_flags & 0x03) != 0 ? 1 : 0);
    }
    EXPECT_GT(acknowledged, 1000u);
    EXPECT_GT(data, 1000u);
}

TEST(Generator, sizes_family_and_length_of_conversations_are_as_planned) {
    const Scenario scenario = test::noon_scenario(
        "2014-12-21T12:20:00Z",
        "{flows_per_second: 50, floor_flows_per_second: 0, v6_share: 0.3, scan_share: "
        "0, day_rhythm: false}");
    const auto frames = test::play(scenario, test::small_table());
    double small = 0;
    double full = 0;
    double v6 = 0;
    double ip = 0;
    for (const SeenFrame& frame : frames) {
        if (!frame.is_ip) continue;
        ++ip;
        v6 += frame.is_v4 ? 0 : 1;
        small += frame.ip_bytes <= 120 ? 1 : 0;
        full += frame.ip_bytes >= 1200 ? 1 : 0;
        ASSERT_LE(frame.ip_bytes, 1500u);
    }
    EXPECT_NEAR(small / ip, 8.0 / 12, 0.10);
    EXPECT_NEAR(full / ip, 1.0 / 12, 0.06);
    EXPECT_NEAR(v6 / ip, 0.3, 0.02);
    auto generator = Generator::create(scenario, test::small_table(), {1, {}}).value();
    CountingSink sink;
    generator->generate(scenario.from_ns, scenario.until_ns, sink);
    const double per_talk = static_cast<double>(generator->totals().ip_packets) /
                            static_cast<double>(generator->totals().conversations);
    EXPECT_NEAR(per_talk, 6.8, 0.1);
    EXPECT_NEAR(static_cast<double>(sink.totals().sent) / 1200, generator->mean_packets_per_s(),
                0.02 * generator->mean_packets_per_s());
}

TEST(Generator, scans_are_the_planned_share_and_seldom_answered) {
    const Scenario scenario = test::noon_scenario();
    auto generator = Generator::create(scenario, test::small_table(), {1, {}}).value();
    CountingSink sink;
    generator->generate(scenario.from_ns, scenario.until_ns, sink);
    const auto scans = static_cast<double>(generator->totals().scans);
    const auto talks = static_cast<double>(generator->totals().conversations);
    EXPECT_NEAR(scans / (scans + talks), 0.05, 0.01);
}

TEST(Generator, a_country_keeps_its_floor_of_packets_in_its_quietest_hours) {
    Scenario night = test::noon_scenario(
        "2014-12-22T12:00:00Z",
        "{flows_per_second: 1, floor_flows_per_second: 0.2, v6_share: 0.1, scan_share: 0}");
    // Two hours before dawn in Pyongyang. Of a conversation's 6.8 packets either end sends about
    // half.
    night.from_ns = parse_time_ns("2014-12-21T19:00:00Z").value();
    night.until_ns = night.from_ns + 120 * kMinute;
    const auto seen = recount(test::play(night, test::small_table()), 0, INT64_MAX);
    EXPECT_GT(static_cast<double>(seen.at("KP").sent), 0.2 * 7200 * 2.5);
    EXPECT_GT(static_cast<double>(seen.at("VA").sent), 0.2 * 7200 * 2.5);
}

TEST(Generator, a_flood_is_a_multiple_of_the_targets_usual_packets) {
    const auto frames = test::play_events(
        "[{kind: flood, at: 2014-12-21T12:05:00Z, for: 5m, target: "
        "{country: KP}, vector: ntp, times: 20}]");
    const OriginTable table = test::small_table();
    const auto before = recount(frames, minute(0), minute(5)).at("KP");
    uint64_t flood = 0;
    std::set<Ipv6Bytes> hosts;
    std::set<Ipv6Bytes> reflectors;
    for (const SeenFrame& f : frames) {
        if (!f.is_ip || f.protocol != 17 || f.from_port != 123) continue;
        ASSERT_EQ(f.ip_bytes, 468u);
        ASSERT_EQ(test::country_of(table, f.to, f.is_v4), "KP");
        ASSERT_NE(test::country_of(table, f.from, f.is_v4), "KP");
        ASSERT_GE(f.time_ns, minute(5));
        ++flood;
        hosts.insert(f.to);
        reflectors.insert(f.from);
    }
    const auto usual = static_cast<double>(before.sent + before.received);
    EXPECT_NEAR(static_cast<double>(flood) / usual, 20, 3);
    EXPECT_LE(hosts.size(), 4u);
    EXPECT_GT(reflectors.size(), 1000u);
}

TEST(Generator, a_cap_thins_everything_by_one_factor) {
    const Scenario scenario = test::noon_scenario(
        "2014-12-21T13:00:00Z", kFlat,
        "[{kind: flood, at: 2014-12-21T12:10:00Z, for: 10m, target: {country: KP}, vector: ntp, "
        "times: 20}]");
    const OriginTable table = test::small_table();
    const double whole = Generator::create(scenario, table, {1, {}}).value()->mean_packets_per_s();
    auto generator = Generator::create(scenario, table, {1, whole / 4}).value();
    EXPECT_NEAR(generator->thinning_factor(), 0.25, 0.01);
    CountingSink sink;
    generator->generate(scenario.from_ns, scenario.until_ns, sink);
    const double rate = static_cast<double>(sink.totals().offered) / 3600;
    EXPECT_LE(rate, whole / 4);
    EXPECT_GT(rate, whole / 4 * 0.95);
    auto plain = Generator::create(scenario, table, {1, {}}).value();
    CountingSink all;
    plain->generate(scenario.from_ns, scenario.until_ns, all);
    const auto share = [](const Generator& g) {
        return static_cast<double>(g.totals().flood_packets) /
               static_cast<double>(g.totals().ip_packets);
    };
    EXPECT_NEAR(share(*generator), share(*plain), 0.02);
    EXPECT_DOUBLE_EQ(Generator::create(scenario, table, {1, whole * 2}).value()->thinning_factor(),
                     1);
}

TEST(Generator, a_target_that_is_in_no_network_is_refused_with_its_place) {
    const Scenario scenario = test::noon_scenario(
        kTenMinutes, kFlat,
        "\n  - {kind: outage, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: FR}}");
    const auto generator = Generator::create(scenario, test::small_table(), {1, {}});
    ASSERT_FALSE(generator);
    EXPECT_EQ(generator.error().kind, ErrorKind::kRefused);
    EXPECT_THAT(generator.error().message,
                testing::HasSubstr("test.yaml:7:5: target country FR: no network of it"));
    const Scenario drift = test::noon_scenario(
        kTenMinutes, kFlat,
        "\n  - {kind: table_drift, at: 2014-12-21T12:03:00Z, for: 4m, target: {country: KP}, "
        "to: FR}");
    EXPECT_THAT(Generator::create(drift, test::small_table(), {1, {}}).error().message,
                testing::HasSubstr("test.yaml:7:5: target to FR: no network of it"));
}

TEST(Generator, a_table_without_networks_is_refused) {
    OriginTable empty;
    empty.origins.resize(2);
    const Scenario scenario = test::noon_scenario();
    const auto generator = Generator::create(scenario, empty, {1, {}});
    ASSERT_FALSE(generator);
    EXPECT_THAT(generator.error().message, testing::HasSubstr("fewer than two networks"));
}

TEST(Generator, a_table_of_one_country_still_talks) {
    OriginTable table = test::small_table();
    for (Origin& origin : table.origins) origin.country = find_country("US").value();
    const auto frames = test::play(test::noon_scenario("2014-12-21T12:01:00Z"), table);
    EXPECT_GT(frames.size(), 1000u);
}

}  // namespace
}  // namespace lull
