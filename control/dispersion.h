// How noisy one country is, learned from its own prediction errors with the Poisson part removed.
// Between hours: how far a whole hour strays from its prediction (level noise, a day rhythm other
// than the profile). Within the hour on three scales: how far five minutes stray from their hour
// (noise is correlated, and ticks alone would hide it), and how far minutes and ticks stray from
// their five minutes (flows that come in bursts, which five minutes would hide). The noisiest is
// in charge.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lull {

class Dispersion {
  public:
    /// Takes a tick's events and what was expected of them; ticks that are missing or frozen are
    /// not given. An hour counts when half of it was given, five minutes up to three times what was
    /// expected of them.
    void add(int64_t start_ns, double seconds, double observed, double expected);
    /// Relative standard deviation of an hour below its prediction, Poisson part removed.
    [[nodiscard]] double slow_sigma() const;
    /// Negative-binomial k of one tick of that length: the variance of five minutes, of minutes or
    /// of ticks, shared out over their ticks, by whichever is the largest. At most what the 3.3 %
    /// error of the sketches leaves.
    [[nodiscard]] double tick_k(double seconds) const;
    /// Whether flows come in bursts: ticks scatter by their own size and more beyond chance.
    [[nodiscard]] bool bursts() const { return ticks_.variance() >= 1; }
    /// Hours learned from.
    [[nodiscard]] uint32_t hours() const { return hours_; }
    void fields(auto& archive) {
        archive(hour_, given_s_, parts_, hours_, slow_sum_, slow_weight_, fast_sum_, fast_weight_);
        archive(part_, minute_, minute_sum_, minute_s_, ticks_, minutes_);
    }

  private:
    static constexpr std::size_t kParts = 12;  // of five minutes
    struct Sum {
        double observed = 0;
        double expected = 0;
        void fields(auto& archive) { archive(observed, expected); }
    };
    /// How pieces of equal length scatter within their five minutes.
    class Scatter {
      public:
        void add(const Sum& piece);
        /// Of five minutes whose pieces were all given; forgotten unless they teach.
        void close(bool teaches);
        void fade(double decay);
        /// Of a piece, relative, without its Poisson part.
        [[nodiscard]] double variance() const;
        void fields(auto& archive) { archive(count_, ratios_, squares_, poisson_, sum_, weight_); }

      private:
        double count_ = 0;
        double ratios_ = 0;
        double squares_ = 0;
        double poisson_ = 0;
        double sum_ = 0;
        double weight_ = 0;
    };
    void close_minute();
    void close_part();
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
    int64_t part_ = -1;
    int64_t minute_ = -1;
    Sum minute_sum_;
    double minute_s_ = 0;  // given of it
    Scatter ticks_;
    Scatter minutes_;  // of shorter ticks
};

}  // namespace lull
