// The arithmetic of the tests; detection.md's names are kept where it gives one.
#include "control/cusum.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lull {
namespace {

constexpr double kYear_s = 365.25 * 86400;
constexpr int64_t kSpan_ns = 300'000'000'000;
// Learned gaps are kept in two banks, so that the longest of 14 to 28 days is known in two numbers.
constexpr double kBank_s = 14 * 86400.0;
constexpr double kExposureMargin = 1.15;
constexpr double kFewEvents = 1e-9;

}  // namespace

double alarm_threshold(double tick_s, std::size_t countries, double false_alarms_per_year) {
    const double trials = kYear_s / std::max(tick_s, 1.0) *
                          static_cast<double>(std::max<std::size_t>(countries, 1)) *
                          static_cast<double>(kTestsPerCountry);
    return std::max(5.0, std::log(trials / std::max(false_alarms_per_year, 1e-6)));
}

double nb_log_ratio(double y, double low, double high, double k) {
    return y * std::log(low / high) - (y + k) * std::log((k + low) / (k + high));
}

double nb_ceiling(double mean, double k) {
    // Cornish-Fisher to the second order; 3.09 is the normal's 99.9 % point. The half event covers
    // the rounding of a discrete quantile.
    constexpr double z = 3.09;
    const double variance = mean + mean * mean / k;
    if (variance <= 0) {
        return 3;
    }
    const double sigma = std::sqrt(variance);
    const double skew = (1 + 2 * mean / k) / sigma;
    return std::max(3.0, mean + sigma * (z + skew * (z * z - 1) / 6) + 0.5);
}

void Run::add(double log_ratio, double most, int64_t start_ns, double y, double mean) {
    if (score <= 0) {
        onset_ns = start_ns;
        observed = 0;
        expected = 0;
    }
    score = std::max(0.0, score + std::min(log_ratio, most));
    observed += y;
    expected += mean;
    if (score <= 0) {
        clear();
    }
}

void Silence::add(double observed, double expected, double k1, int64_t start_ns, double seconds,
                  Learn learn) {
    rotate(seconds);
    if (observed < kLife) {
        if (gap_s_ <= 0) {
            onset_ns_ = start_ns;
        }
        gap_s_ += seconds;
        exposure_ += k1 * std::log1p(expected / k1);
        return;
    }
    if (learn == Learn::kYes) {
        current_.gap_s = std::max(current_.gap_s, gap_s_);
        current_.exposure = std::max(current_.exposure, exposure_);
    }
    if (start_ns / kSpan_ns != last_span_) {
        last_span_ = start_ns / kSpan_ns;
        ++lively_spans_;
    }
    clear();
}

void Silence::rotate(double seconds) {
    age_s_ += seconds;
    if (age_s_ >= kBank_s) {
        previous_ = current_;
        current_ = {};
        age_s_ = 0;
    }
}

double Silence::score(double events) const {
    // Gamma-Poisson: of a rate known from N events, no event in an exposure of E has the
    // probability (1 + E/N)^-N.
    return events > kFewEvents ? events * std::log1p(exposure_ / events) : 0;
}

double Silence::longest_gap_s() const {
    return std::max(current_.gap_s, previous_.gap_s);
}

double Silence::progress(double events, double threshold) const {
    return std::min(score(events) / threshold, beyond_usual());
}

double Silence::beyond_usual() const {
    double least = std::numeric_limits<double>::max();
    const double largest = std::max(current_.exposure, previous_.exposure);
    if (largest > 0) {
        least = std::min(least, exposure_ / (kExposureMargin * largest));
    }
    if (const double longest = longest_gap_s(); longest > 0) {
        least = std::min(least, gap_s_ / (kGapMargin * longest));
    }
    return least;
}

void Silence::clear() {
    exposure_ = 0;
    gap_s_ = 0;
    onset_ns_ = 0;
}

}  // namespace lull
