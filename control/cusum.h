// Evidence that counts have fallen: log-likelihood ratios of the negative binomial, summed and
// floored at zero (CUSUM), against one threshold that follows from the budget of false alarms. And
// the silence test, which needs no ratio: how improbable is it to have seen nothing for so long?
#pragma once

#include <cstddef>
#include <cstdint>

namespace lull {

/// Tests that may raise an alarm for a country: falls to 0.02, to 0.1 and to 0.3, and silence.
inline constexpr std::size_t kTestsPerCountry = 4;

/// h = ln(ticks per year x countries x tests / false alarms per year).
double alarm_threshold(double tick_s, std::size_t countries, double false_alarms_per_year);

/// log P(y; mean `low`, k) / P(y; mean `high`, k) of the negative binomial; low and high above 0.
double nb_log_ratio(double y, double low, double high, double k);

/// About the 99.9 % quantile of the negative binomial (within 1 %), and never below 3 events: one
/// odd tick must not wipe out what many have shown, and tiny countries must not drift towards
/// alarm.
double nb_ceiling(double mean, double k);

/// One CUSUM: its sum, and what was seen and expected since the sum was last zero.
struct Run {
    double score = 0;
    int64_t onset_ns = 0;  // start of the first tick of the run
    double observed = 0;
    double expected = 0;

    /// Adds a tick's log ratio, at most `most`.
    void add(double log_ratio, double most, int64_t start_ns, double y, double mean);
    void clear() { *this = Run{}; }
    void fields(auto& archive) { archive(score, onset_ns, observed, expected); }
};

/// Time and expectation since the last sign of life.
class Silence {
  public:
    /// Below this a distinct count is an estimate of nothing.
    static constexpr double kLife = 0.5;
    /// A gap is unusual above so many times the longest.
    static constexpr double kGapMargin = 1.5;
    /// `expected` is the least that the tick may hold in normal times, k1 the tick's dispersion.
    /// A gap that ends is learned as usual only when `learn` says so.
    enum class Learn : uint8_t { kYes, kNo };
    void add(double observed, double expected, double k1, int64_t start_ns, double seconds,
             Learn learn);
    /// Evidence in the unit of h: 0 while alive. `events` are those the expectation rests on; a
    /// rate known from few events proves less.
    [[nodiscard]] double score(double events) const;
    /// Share of the way to an alarm: past the threshold, past the largest exposure learned and past
    /// the longest gap learned, each with its margin. 1 and more is an alarm.
    [[nodiscard]] double progress(double events, double threshold) const;
    /// Its part without the threshold: 1 and more is longer than ever. Large where no gap is known.
    [[nodiscard]] double beyond_usual() const;
    [[nodiscard]] int64_t onset_ns() const { return onset_ns_; }
    [[nodiscard]] double gap_s() const { return gap_s_; }
    /// Longest gap of the last 14 to 28 days.
    [[nodiscard]] double longest_gap_s() const;
    /// Expected events since the last sign of life (as the score counts them).
    [[nodiscard]] double exposure() const { return exposure_; }
    /// Five-minute spans in which there was life: a burst is not a life.
    [[nodiscard]] uint32_t lively_spans() const { return lively_spans_; }
    void scale(double factor) { exposure_ *= factor; }
    void clear();
    void fields(auto& archive) {
        archive(exposure_, gap_s_, onset_ns_, last_span_, lively_spans_, current_, previous_,
                age_s_);
    }

  private:
    void rotate(double seconds);

    double exposure_ = 0;
    double gap_s_ = 0;
    int64_t onset_ns_ = 0;
    int64_t last_span_ = -1;
    uint32_t lively_spans_ = 0;
    struct Longest {
        double gap_s = 0;
        double exposure = 0;
        void fields(auto& archive) { archive(gap_s, exposure); }
    };
    Longest current_;
    Longest previous_;
    double age_s_ = 0;
};

}  // namespace lull
