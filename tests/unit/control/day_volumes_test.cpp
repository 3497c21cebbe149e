#include "control/day_volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lull {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kHourOfTest_ns = 3'600'000'000'000;

/// Origins whose counters a test sets: half of it sent, half received.
class DayVolumesTest : public ::testing::Test {
  protected:
    std::vector<uint64_t> at(int64_t hour, std::initializer_list<uint64_t> bytes) {
        origins_.resize(bytes.size());
        std::size_t i = 0;
        for (const uint64_t each : bytes) {
            origins_[i].traffic = {.sent_bytes = each / 2, .received_bytes = each - each / 2};
            ++i;
        }
        volumes_.note(origins_, hour * kHourOfTest_ns);
        return volumes_.of(origins_);
    }
    std::vector<OriginTotals> origins_;
    DayVolumes volumes_;
};

TEST_F(DayVolumesTest, are_all_that_came_in_the_first_day) {
    EXPECT_TRUE(volumes_.of(origins_).empty());
    EXPECT_THAT(at(1000, {10}), ElementsAre(10));
    EXPECT_THAT(at(1023, {30, 4}), ElementsAre(30, 4));
}

TEST_F(DayVolumesTest, forget_what_is_older_than_a_day) {
    for (int64_t hour = 0; hour < 100; ++hour) {
        // A hundred bytes an hour, and an origin that came at the third day and stays quiet.
        const auto counter = static_cast<uint64_t>(100 * (hour + 1));
        const std::vector<uint64_t> volumes =
            hour < 50 ? at(hour, {counter}) : at(hour, {counter, 7});
        if (hour > 24) {
            EXPECT_GE(volumes[0], 2000u) << hour;
            EXPECT_LE(volumes[0], 2400u) << hour;
        }
        if (hour >= 50) {
            // The standing of hour 52 has it, which is the day's first from hour 73 on.
            EXPECT_EQ(volumes[1], hour < 73 ? 7u : 0u) << hour;
        }
    }
}

TEST_F(DayVolumesTest, after_a_gap_of_days_begin_anew) {
    at(0, {100});
    EXPECT_THAT(at(200, {130}), ElementsAre(0));
    EXPECT_THAT(at(201, {135}), ElementsAre(5));
}

}  // namespace
}  // namespace lull
