// Moments of hourly blocks. Each hour weighs as much as it can tell: one of few events says little
// about noise beyond Poisson, and then the cautious prior stays.
#include "control/dispersion.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr int64_t kHour_ns = 3'600'000'000'000;
constexpr int64_t kPart_ns = 300'000'000'000;
constexpr int64_t kMinute_ns = 60'000'000'000;
constexpr double kHour_s = 3600;
constexpr double kPart_s = 300;
constexpr double kMinute_s = 60;

// Before anything is learned: hours stray by 25 % from a generic profile, five minutes by 10 % from
// their hour. A day of hours outweighs the first, half an hour the second.
constexpr double kSlowPrior = 0.25 * 0.25;
constexpr double kSlowPriorHours = 24;
constexpr double kFastPrior = 0.1 * 0.1;
constexpr double kFastPriorHours = 0.5;
// Where a block of few events would have to stray by this much to say anything.
constexpr double kFastReference = 0.1;
constexpr double kFastCeiling = 0.25;
// Of what next to nothing was seen says nothing about how it scatters.
constexpr double kLeastRatio = 0.1;
// Ticks and minutes are thought not to scatter until some have shown that they do.
constexpr double kScatterPriorPieces = 12;
constexpr double kScatterReference = 1;
// Five minutes with more than this many times what was expected are a flood's and teach no more.
constexpr double kMostOfPart = 3;
// No country is steadier than this from hour to hour.
constexpr double kSlowFloor = 0.05 * 0.05;
// Error of a distinct count, per tick.
constexpr double kSketchVariance = 0.033 * 0.033;
constexpr double kHalfLifeHours = 7 * 24.0;

double information(double events, double variance) {
    const double share = events * variance / (1 + events * variance);
    return share * share;
}

}  // namespace

void Dispersion::Scatter::add(const Sum& piece) {
    if (!(piece.expected > 0)) {
        return;
    }
    const double ratio = piece.observed / piece.expected;
    ++count_;
    ratios_ += ratio;
    squares_ += ratio * ratio;
    poisson_ += 1 / piece.expected;
}

void Dispersion::Scatter::close(bool teaches) {
    const double mean = count_ > 0 ? ratios_ / count_ : 0;
    if (teaches && count_ >= 3 && mean >= kLeastRatio) {
        const double variance = (squares_ - ratios_ * mean) / (count_ - 1);
        const double poisson = poisson_ / count_;
        const double weight = (count_ - 1) * information(1 / poisson, kScatterReference);
        sum_ += weight * (variance - mean * poisson) / (mean * mean);
        weight_ += weight;
    }
    count_ = ratios_ = squares_ = poisson_ = 0;
}

void Dispersion::Scatter::fade(double decay) {
    sum_ *= decay;
    weight_ *= decay;
}

double Dispersion::Scatter::variance() const {
    return sum_ / (kScatterPriorPieces + weight_);
}

void Dispersion::add(int64_t start_ns, double seconds, double observed, double expected) {
    const int64_t minute = start_ns / kMinute_ns;
    const int64_t part = start_ns / kPart_ns;
    const int64_t hour = start_ns / kHour_ns;
    if (minute != minute_) {
        close_minute();
        minute_ = minute;
    }
    if (part != part_) {
        close_part();
        part_ = part;
    }
    if (hour != hour_) {
        close_hour();
        hour_ = hour;
    }
    const Sum tick{observed, expected};
    for (Sum* sum :
         {&parts_[static_cast<std::size_t>(part - hour * kHour_ns / kPart_ns)], &minute_sum_}) {
        sum->observed += observed;
        sum->expected += expected;
    }
    given_s_ += seconds;
    minute_s_ += seconds;
    if (seconds <= kPart_s / 3) {
        ticks_.add(tick);
    }
}

void Dispersion::close_minute() {
    // One that was given in part is no minute; of longer ticks there is nothing to add up.
    if (std::abs(minute_s_ - kMinute_s) < 1) {
        minutes_.add(minute_sum_);
    }
    minute_sum_ = {};
    minute_s_ = 0;
}

void Dispersion::close_part() {
    if (part_ < 0) {
        return;
    }
    Sum& sum = parts_[static_cast<std::size_t>(part_ % (kHour_ns / kPart_ns))];
    const double most = std::max(3.0, kMostOfPart * sum.expected);
    const bool flood = sum.observed > most;
    sum.observed = std::min(sum.observed, most);
    ticks_.close(!flood);
    minutes_.close(!flood);
}

void Dispersion::close_hour() {
    Sum total;
    for (const Sum& part : parts_) {
        total.observed += part.observed;
        total.expected += part.expected;
    }
    if (given_s_ >= kHour_s / 2 && total.expected > 0) {
        const double decay = std::exp2(-1 / kHalfLifeHours);
        slow_sum_ *= decay;
        slow_weight_ *= decay;
        fast_sum_ *= decay;
        fast_weight_ *= decay;
        ticks_.fade(decay);
        minutes_.fade(decay);
        learn_slow(total);
        learn_fast(total);
        ++hours_;
    }
    parts_.fill({});
    given_s_ = 0;
}

void Dispersion::learn_slow(const Sum& total) {
    const double error = total.observed / total.expected - 1;
    const double weight = information(total.expected, kSlowPrior);
    // Of the lower half alone: hours of bursts, which many countries have, say nothing about falls.
    const double square = error < 0 ? 2 * error * error : 0;
    slow_sum_ += weight * (square - 1 / total.expected);
    slow_weight_ += weight;
}

void Dispersion::learn_fast(const Sum& total) {
    const double mean = total.observed / total.expected;
    double most = 0;
    for (const Sum& part : parts_) {
        most = std::max(most, part.expected);
    }
    double squares = 0;
    double poisson = 0;
    double count = 0;
    for (const Sum& part : parts_) {
        if (part.expected < most / 2) {
            continue;  // cut by missing ticks
        }
        const double error = part.observed / part.expected - mean;
        squares += error * error;
        poisson += mean / part.expected;
        ++count;
    }
    if (count < static_cast<double>(kParts) / 2 || mean < kLeastRatio) {
        return;
    }
    const double variance = (squares / (count - 1) - poisson / count) / (mean * mean);
    const double weight = information(total.expected / static_cast<double>(kParts), kFastReference);
    fast_sum_ += weight * std::min(variance, kFastCeiling);
    fast_weight_ += weight;
}

double Dispersion::slow_sigma() const {
    const double variance =
        (kSlowPriorHours * kSlowPrior + slow_sum_) / (kSlowPriorHours + slow_weight_);
    return std::sqrt(std::max(variance, kSlowFloor));
}

double Dispersion::tick_k(double seconds) const {
    const double variance =
        (kFastPriorHours * kFastPrior + fast_sum_) / (kFastPriorHours + fast_weight_);
    // A variance known from few hours may well be larger.
    const double doubt = 1 + 1 / std::max(1.0, static_cast<double>(hours_));
    const double of_part = variance * std::max(1.0, kPart_s / seconds);
    const double of_minute = minutes_.variance() * std::max(1.0, kMinute_s / seconds);
    const double noisiest = std::max({of_part, of_minute, ticks_.variance()});
    return 1 / std::max(noisiest * doubt, kSketchVariance);
}

}  // namespace lull
