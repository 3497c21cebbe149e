// The level's arithmetic and the generic day profile. The profile's 24 values are the shape that
// public exchange-point graphs share: a trough before dawn, a plateau by day, an evening peak.
#include "control/baseline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace lull {
namespace {

constexpr int64_t kDay_s = 86400;
constexpr int64_t kHour_s = 3600;
constexpr std::array<double, 24> kOfPeak{0.78, 0.65, 0.54, 0.46, 0.41, 0.40, 0.44, 0.52,
                                         0.61, 0.69, 0.74, 0.78, 0.80, 0.81, 0.82, 0.83,
                                         0.85, 0.88, 0.92, 0.96, 0.99, 1.00, 0.97, 0.89};

// Before this much is learned the mean itself is too rough to clip against.
constexpr double kClipAfter_s = 1200;

}  // namespace

double generic_day_profile(int64_t local_s) {
    static const double mean =
        std::accumulate(kOfPeak.begin(), kOfPeak.end(), 0.0) / static_cast<double>(kOfPeak.size());
    const int64_t of_day_s = ((local_s % kDay_s) + kDay_s) % kDay_s;
    const auto hour = static_cast<std::size_t>(of_day_s / kHour_s);
    const double part = static_cast<double>(of_day_s % kHour_s) / static_cast<double>(kHour_s);
    return std::lerp(kOfPeak[hour], kOfPeak[(hour + 1) % kOfPeak.size()], part) / mean;
}

void Level::learn(double observed, double shape_s, double seconds) {
    block_.observed += observed;
    block_.shape_s += shape_s;
    block_.seconds += seconds;
    if (exposure_s_ < kClipAfter_s || block_.seconds >= kBlock_s) {
        take(std::exchange(block_, {}));
    }
}

void Level::take(Block block) {
    double weight = 1;
    if (exposure_s_ >= kClipAfter_s) {
        const double ceiling = std::max(3.0, 3 * expected(block.shape_s));
        if (block.observed > ceiling) {
            block.observed = ceiling;
            // A young memory must not be moved faster than a full one.
            weight = kFloodWeight * std::min(1.0, exposure_s_ / memory_s_);
        }
    }
    // The clock of a block that counts little runs slowly too, else the old would fade unreplaced.
    // exp(-x) to the second order: x is below 0.02 for blocks of 300 s, the error below 1e-6.
    const double x = weight * block.seconds / memory_s_;
    const double decay = 1 - x + x * x / 2;
    events_ = events_ * decay + weight * block.observed;
    exposure_s_ = exposure_s_ * decay + weight * block.shape_s;
}

}  // namespace lull
