#include "control/network_silence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace lull {
namespace {

constexpr int64_t kSilenceMinute_ns = 60'000'000'000;
constexpr double kFlows = 10;  // of the country in a minute

PartId network_of(uint8_t third) {
    return {64500, true, {Family::kIpv4, uint64_t{10} << 56 | uint64_t{third} << 40, 0, 24}};
}

/// A country of four networks at a steady 4, 3, 2 and 1 flows a minute, known for eight days.
struct FourNetworks {
    CountryParts parts;
    NetworkSilence silence;
    NetworkSilence::Tick tick{.threshold = 20, .k = 50, .edge = 0.7};
    std::vector<double> flows{4, 3, 2, 1};
    int64_t now_ns = 1'419'163'200'000'000'000;
    double life = -1;  // one way; below zero: as the flows

    FourNetworks() { pass(8 * 1440); }
    void pass(int minutes) {
        for (int i = 0; i < minutes; ++i) {
            now_ns += kSilenceMinute_ns;
            double all = 0;
            for (std::size_t n = 0; n < flows.size(); ++n) {
                parts.see(network_of(static_cast<uint8_t>(n)), flows[n]);
                all += flows[n];
            }
            parts.close_tick(now_ns, 60, all, kFlows,
                             tick.down ? CountryParts::Tick::kSeen : CountryParts::Tick::kTeaches);
            Reading reading;
            reading.start_ns = now_ns - kSilenceMinute_ns;
            reading.end_ns = now_ns;
            reading.seconds = 60;
            reading.learned_s = 8 * 86400;
            reading.flows = {all, kFlows};
            reading.life = {life < 0 ? all : life, kFlows};
            silence.step(parts, reading, tick);
        }
    }
    /// Minutes until a fall is proven; 600: none.
    int minutes_to_proof() {
        int minutes = 0;
        while (!silence.fall() && minutes < 600) {
            pass(1);
            ++minutes;
        }
        return minutes;
    }
};

TEST(NetworkSilence, the_evidence_of_one_network_is_its_exposure_and_of_several_less) {
    EXPECT_NEAR(networks_evidence(20, 1), 20, 1e-9);
    EXPECT_EQ(networks_evidence(0, 4), 0);
    // P(sum of four exponentials > 28) by its density, integrated.
    double tail = 0;
    for (double x = 28; x < 100; x += 1e-3) {
        tail += x * x * x / 6 * std::exp(-x) * 1e-3;
    }
    EXPECT_NEAR(networks_evidence(28, 4), -std::log(tail) - std::log(4), 0.01);
}

TEST(NetworkSilence, most_of_a_country_that_is_silent_is_proven_while_the_rest_goes_on) {
    FourNetworks country;
    const int64_t fell_ns = country.now_ns;
    country.flows = {0, 0, 2, 1};
    // 7 x 0.7 a minute; a sum of 29 of four networks is worth 20.
    EXPECT_LE(country.minutes_to_proof(), 9);
    const std::optional<Fall> fall = country.silence.fall();
    ASSERT_TRUE(fall);
    EXPECT_EQ(fall->test, lull::Test::kNetworks);
    EXPECT_EQ(fall->onset_ns, fell_ns);
    EXPECT_NEAR(fall->observed / fall->expected, 0.3, 0.01);
}

TEST(NetworkSilence, less_than_half_of_a_country_proves_nothing) {
    FourNetworks country;
    country.flows = {0, 3, 2, 1};
    EXPECT_EQ(country.minutes_to_proof(), 600);
    EXPECT_EQ(country.silence.progress(), 0);
}

TEST(NetworkSilence, nor_do_networks_whose_flows_the_others_took_over) {
    FourNetworks country;
    country.flows = {0, 0, 7, 3};
    EXPECT_EQ(country.minutes_to_proof(), 600);
    EXPECT_EQ(country.silence.progress(), 0) << "learning goes on";
}

TEST(NetworkSilence, nor_networks_that_send_and_are_answered_another_way) {
    FourNetworks country;
    country.flows = {0, 0, 2, 1};
    country.life = 8;
    EXPECT_EQ(country.minutes_to_proof(), 600);
}

TEST(NetworkSilence, one_after_another_the_fall_begins_when_most_are_silent) {
    FourNetworks country;
    country.flows = {0, 3, 2, 1};
    country.pass(30);
    const int64_t most_ns = country.now_ns;
    country.flows = {0, 0, 2, 1};
    EXPECT_LE(country.minutes_to_proof(), 4) << "the silence of the first counts as well";
    ASSERT_TRUE(country.silence.fall());
    EXPECT_EQ(country.silence.fall()->onset_ns, most_ns);
}

TEST(NetworkSilence, a_gap_that_was_there_before_is_no_proof_until_it_is_half_as_long_again) {
    FourNetworks country;
    const std::vector<double> usual = country.flows;
    country.flows = {0, 3, 2, 1};
    country.pass(60);
    country.flows = usual;
    country.pass(60);
    country.flows = {0, 0, 2, 1};
    EXPECT_EQ(country.minutes_to_proof(), 90);
}

TEST(NetworkSilence, a_network_of_less_than_a_week_says_nothing) {
    FourNetworks country;
    country.silence = NetworkSilence{};
    country.pass(6 * 1440);
    country.flows = {0, 0, 2, 1};
    EXPECT_EQ(country.minutes_to_proof(), 600);
}

TEST(NetworkSilence, a_network_that_goes_on_answering_while_its_country_is_down_is_told) {
    FourNetworks country;
    country.tick.in_doubt = true;
    country.flows = {0, 0, 0, 1};
    country.pass(4);
    EXPECT_FALSE(country.silence.standing()) << "four flows are no proof";
    country.pass(6);
    const auto standing = country.silence.standing();
    ASSERT_TRUE(standing);
    EXPECT_EQ(standing->id, network_of(3));
    EXPECT_NEAR(standing->share, 0.1, 0.01);
    country.tick.down = true;
    country.flows = {0, 0, 0, 0};
    country.pass(60);
    EXPECT_FALSE(country.silence.standing());
}

TEST(NetworkSilence, a_twentieth_of_a_country_is_too_little_to_speak_for_it) {
    FourNetworks country;
    country.flows = {6, 3, 0.8, 0.2};
    country.pass(8 * 1440);
    country.tick.down = true;
    country.flows = {0, 0, 0, 0.2};
    country.pass(600);
    EXPECT_FALSE(country.silence.standing());
}

TEST(NetworkSilence, a_tick_that_does_not_tell_of_networks_proves_nothing) {
    FourNetworks country;
    country.flows = {0, 0, 2, 1};
    country.pass(20);
    ASSERT_TRUE(country.silence.fall());
    country.silence.skip();
    EXPECT_FALSE(country.silence.fall());
    EXPECT_EQ(country.silence.progress(), 0);
}

}  // namespace
}  // namespace lull
