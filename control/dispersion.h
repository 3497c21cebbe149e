// How noisy one country is, learned from its own prediction errors with the Poisson part removed,
// on two scales. Between hours: how far a whole hour strays from its prediction (level noise, a day
// rhythm other than the profile). Within the hour: how far five minutes stray from their hour. A
// tick alone never decides either: noise is correlated, and ticks would hide it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lull {

class Dispersion {
  public:
    /// Takes a tick's events and what was expected of them; ticks that are missing or frozen are
    /// not given. An hour counts when half of it was given.
    void add(int64_t start_ns, double seconds, double observed, double expected);
    /// Relative standard deviation of an hour below its prediction, Poisson part removed.
    [[nodiscard]] double slow_sigma() const;
    /// Negative-binomial k of one tick of that length: the variance of five minutes within their
    /// hour, shared out over their ticks. At most what the 3.3 % error of the sketches leaves.
    [[nodiscard]] double tick_k(double seconds) const;
    /// Hours learned from.
    [[nodiscard]] uint32_t hours() const { return hours_; }
    void fields(auto& archive) {
        archive(hour_, given_s_, parts_, hours_, slow_sum_, slow_weight_, fast_sum_, fast_weight_);
    }

  private:
    static constexpr std::size_t kParts = 12;  // of five minutes
    struct Sum {
        double observed = 0;
        double expected = 0;
        void fields(auto& archive) { archive(observed, expected); }
    };
    void close_hour();
    void learn_slow(const Sum& total);
    void learn_fast(const Sum& total);

    int64_t hour_ = -1;
    double given_s_ = 0;
    std::array<Sum, kParts> parts_{};
    uint32_t hours_ = 0;
    double slow_sum_ = 0;
    double slow_weight_ = 0;
    double fast_sum_ = 0;
    double fast_weight_ = 0;
};

}  // namespace lull
