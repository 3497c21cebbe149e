// The centre and its standard error. What chance could do is not credited: with few countries a
// common fall must be deep to count.
#include "control/common_fall.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

// Half an event on both sides keeps the log finite and its bias small.
constexpr double kHalf = 0.5;
constexpr double kTrimIqr = 4;
// Sigma of a normal from its IQR, and the median's error over the mean's.
constexpr double kIqrOfSigma = 1.349;
constexpr double kMedianError = 1.2533;
constexpr double kErrors = 2;

double quantile(std::vector<double>& values, double share) {
    const auto at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + at, values.end());
    return values[static_cast<std::size_t>(at)];
}

}  // namespace

double log_fall(double observed, double expected) {
    return std::log((observed + kHalf) / (expected + kHalf));
}

CommonFall common_fall(std::vector<double>& logs) {
    if (logs.size() < kCommonFallCountries) {
        return {1, logs.size(), false};
    }
    const double low = quantile(logs, 0.25);
    const double high = quantile(logs, 0.75);
    const double reach = kTrimIqr * (high - low);
    std::erase_if(logs, [&](double value) { return value < low - reach || value > high + reach; });
    const double sigma = (high - low) / kIqrOfSigma;
    const double error = kMedianError * sigma / std::sqrt(static_cast<double>(logs.size()));
    const double centre = quantile(logs, 0.5);
    return {std::exp(std::min(0.0, centre + kErrors * error)), logs.size(), true, centre};
}

}  // namespace lull
