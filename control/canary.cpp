#include "control/canary.h"

#include <cmath>
#include <random>

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;

// Above so many a binomial is a normal distribution to any eye, and bytes are beyond all integers
// that the library draws from.
constexpr double kMany = 1e6;

// How many of `count` are left, drawn as if each were dropped on its own.
double thinned(double count, std::minstd_rand& random) {
    if (count > kMany) {
        const double mean = count * Canary::kLeft;
        return std::normal_distribution(mean, std::sqrt(mean * (1 - Canary::kLeft)))(random);
    }
    const auto whole = static_cast<int>(std::lround(count));
    return std::binomial_distribution<int>(whole, Canary::kLeft)(random);
}

Reading thinned(const Reading& reading, std::size_t place) {
    Reading left = reading;
    std::minstd_rand random(static_cast<uint32_t>(
        static_cast<uint64_t>(reading.start_ns / kSecond_ns) * 0x9E3779B1u + place + 1));
    random.discard(1);
    for (Signal* signal : {&left.flows, &left.life, &left.sources}) {
        signal->observed = thinned(signal->observed, random);
    }
    return left;
}

}  // namespace

bool Canary::is_due(const Reading& reading, std::size_t place, std::size_t of) const {
    const auto every_ns = static_cast<int64_t>(kEvery_s) * kSecond_ns;
    const int64_t shift = every_ns / static_cast<int64_t>(of) * static_cast<int64_t>(place);
    return (reading.start_ns - shift) / every_ns != (reading.end_ns - shift) / every_ns;
}

void Canary::judge(const Reading& reading) {
    const double lasted_s = static_cast<double>(reading.end_ns - begun_ns_) / 1e9;
    if (shadow_->fall()) {
        detection_s_ = lasted_s;
        misses_ = 0;
        shadow_.reset();
    } else if (lasted_s > patience_s_) {
        detection_s_.reset();
        ++misses_;
        shadow_.reset();
    }
}

void Canary::step(const CountryTests& real, bool calm, const Reading& reading, double threshold,
                  std::size_t place, std::size_t of) {
    const bool gap = last_end_ns_ != 0 && std::abs(reading.start_ns - last_end_ns_) > kSecond_ns;
    last_end_ns_ = reading.end_ns;
    if (!calm || gap) {
        shadow_.reset();
    } else if (shadow_) {
        shadow_->step(thinned(reading, place), threshold, CountryTests::Down::kNo);
        judge(reading);
    } else if (const auto bound_s = real.detectable_s(); bound_s && is_due(reading, place, of)) {
        shadow_ = std::make_unique<CountryTests>(real);
        begun_ns_ = reading.end_ns;  // the next tick is the first that is thinned
        patience_s_ = kPatience * *bound_s;
    }
}

}  // namespace lull
