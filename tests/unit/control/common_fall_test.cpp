// The robust centre: what moves it and what must not.
#include "control/common_fall.h"

#include <gtest/gtest.h>

#include <random>

namespace lull {
namespace {

std::vector<double> world(std::size_t countries, double factor, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> logs;
    for (std::size_t i = 0; i < countries; ++i) {
        const double mean = 5.0 + 20.0 * static_cast<double>(i % 40);
        std::poisson_distribution<int> draw(mean * factor);
        logs.push_back(log_fall(draw(random), mean));
    }
    return logs;
}

TEST(CommonFall, is_none_where_nothing_fell) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
        auto logs = world(100, 1, seed);
        EXPECT_GT(common_fall(logs).ratio, 0.95);
    }
}

TEST(CommonFall, finds_what_all_lost) {
    auto logs = world(100, 0.4, 1);
    EXPECT_NEAR(common_fall(logs).ratio, 0.42, 0.05);
}

TEST(CommonFall, is_not_moved_by_a_fifth_of_the_countries) {
    auto logs = world(100, 1, 2);
    for (std::size_t i = 0; i < 20; ++i) {
        logs[i * 5] = log_fall(0, 200);
    }
    EXPECT_GT(common_fall(logs).ratio, 0.9);
}

TEST(CommonFall, never_rises_above_one) {
    auto logs = world(100, 3, 3);
    EXPECT_EQ(common_fall(logs).ratio, 1);
}

TEST(CommonFall, needs_eight_countries) {
    std::vector<double> seven(7, -3.0);
    EXPECT_EQ(common_fall(seven).ratio, 1);
    std::vector<double> eight(8, -3.0);
    EXPECT_LT(common_fall(eight).ratio, 0.1);
}

}  // namespace
}  // namespace lull
