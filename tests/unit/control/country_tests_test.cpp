// When a country that was down came back.
#include "control/country_tests.h"

#include <gtest/gtest.h>

#include <random>

namespace lull {
namespace {

constexpr int64_t kBin_ns = 300'000'000'000;
constexpr double kUsual = 1000;
constexpr int kBinsADay = 288;

/// A steady country after two weeks, down from then on; what it shows is scripted.
struct Steady {
    Steady() {
        for (int i = 0; i < 14 * kBinsADay; ++i) tick(1, CountryTests::Down::kNo);
    }
    void tick(double left, CountryTests::Down down) {
        std::poisson_distribution<int> flows(left * kUsual);
        Reading reading;
        reading.start_ns = now_ns;
        reading.end_ns = now_ns += kBin_ns;
        reading.seconds = 300;
        reading.flows = {static_cast<double>(flows(random)), kUsual};
        reading.learned_s = reading.events = 1e6;
        tests.step(reading, 20, down);
        if (down == CountryTests::Down::kNo) tests.learn(reading);
    }
    void down(double left, int ticks) {
        for (int i = 0; i < ticks; ++i) tick(left, CountryTests::Down::kYes);
    }
    std::mt19937 random{5};
    int64_t now_ns = 0;
    CountryTests tests;
};

TEST(CountryTests, a_return_begins_with_its_first_tick) {
    Steady country;
    country.down(0.001, kBinsADay / 2);
    EXPECT_FALSE(country.tests.returned());
    const int64_t back_ns = country.now_ns;
    country.down(1, 3);
    EXPECT_EQ(country.tests.returned(), back_ns);
}

TEST(CountryTests, a_return_by_halves_begins_with_the_second) {
    Steady country;
    EXPECT_GT(country.tests.back_ratio(), 0.6);
    country.down(0.001, kBinsADay / 2);
    country.down(0.55, kBinsADay / 4);
    const int64_t back_ns = country.now_ns;
    country.down(1, 3);
    EXPECT_EQ(country.tests.returned(), back_ns);
}

}  // namespace
}  // namespace lull
