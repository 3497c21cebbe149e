// The bank of tests of one country. See the header for why expectation is lowered to the edge of
// the country's noise before it is compared.
#include "control/country_tests.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr std::array<double, 2> kDepths{0.1, 0.3};
// Where a tick's noise caps what it can prove, next to nothing left proves more than a tenth left.
constexpr double kCollapse = 0.02;
constexpr std::array<Test, kTestCount> kTests{Test::kCollapse, Test::kDeepFall, Test::kFall,
                                              Test::kSilence};
// Before a country's own day has been seen once, its night may be this deep beside what the generic
// profile makes of its morning; a fall to a twentieth is then the least that can be told from it.
constexpr double kFirstDay_s = 86400;
constexpr double kFirstDayEdge = 0.3;
constexpr double kFirstDayDepth = 0.05;
// The edge lies this many of the country's slow sigmas down. At a level there for good the CUSUM's
// rate of false alarms is the budget's; a fall in earnest starts well below.
constexpr double kEdgeSigmas = 3;
constexpr double kEdgeLowest = 0.2;
constexpr double kEdgeHighest = 0.7;
// A test whose depth lies close under the edge proves nothing.
constexpr double kLeastContrast = 1.33;
// Hours of own noise before the fall to 0.3 is trusted.
constexpr uint32_t kNoiseHours = 48;
// No alarm rests on less time than this, nor on a single tick.
constexpr double kLeastProof_s = 30;
constexpr double kLeastCollapse_s = 20;  // where next to nothing is left
constexpr double kLeastProofTicks = 2;
// Silence proves something where life was seen in this many five-minute spans.
constexpr uint32_t kLivelySpans = 6;
// A fall is no alarm while it may well be one to above a half.
constexpr double kPartialBound = 0.5;
// On a holiday, not even one to above this.
constexpr double kHolidayBound = 0.15;
// One-way life above half of its expectation, where a minute should bring this much, says that the
// country is there and only its answers take another way.
constexpr double kConfirmLife = 10;
constexpr double kConfirmLifeRatio = 0.5;
constexpr double kConfirmSources = 20;
constexpr double kConfirmRatio = 0.8;
// A minute that began before the fall is full of life: what lies within it counts as well.
constexpr double kConfirmSince = 0.5;
constexpr double kSourcesWindow_s = 60;
// What "back" is compared with when a country returns: not its full expectation, which was learned
// before the fall and may be off by the time of day.
constexpr double kBackShare = 0.5;
constexpr double kBackSigmas = 3;
// What dates the return is neutral there: (1.5 - 0.62) / ln (1.5 / 0.62) = 1.
constexpr double kBelowBack = 0.62;
constexpr double kAboveBack = 1.5;
constexpr double kDatingEvents = 10;  // expected in a tick; fewer scatter about any ratio
constexpr int64_t kRefresh_ns = 300'000'000'000;
// Until an hour has shown how a country's ticks scatter, one tick proves very little.
constexpr double kUnknownK = 0.5;
constexpr double kSame = 1 - 1e-9;  // a sum of n parts of h / n reaches h

}  // namespace

double ratio_upper_bound(double observed, double expected) {
    if (expected <= 0) {
        return 1e9;
    }
    const double n = std::max(observed, 0.0) + 1;
    const double root = 1 - 1 / (9 * n) + 1.645 / (3 * std::sqrt(n));
    return n * root * root * root / expected;
}

double ratio_lower_bound(double observed, double expected) {
    if (expected <= 0 || observed <= 0) {
        return 0;
    }
    const double root = 1 - 1 / (9 * observed) - 1.645 / (3 * std::sqrt(observed));
    return std::max(0.0, observed * root * root * root / expected);
}

void CountryTests::step(const Reading& reading, double threshold, Down down) {
    const double seconds = reading.seconds;
    const bool changed = threshold != threshold_ || seconds != tick_s_;
    threshold_ = threshold;
    tick_s_ = seconds;
    most_ = threshold / std::max(kLeastProofTicks, std::ceil(kLeastProof_s / seconds));
    collapse_most_ = threshold / std::max(kLeastProofTicks, std::ceil(kLeastCollapse_s / seconds));
    expected_ = reading.flows.expected;
    events_ = reading.events;
    learned_s_ = reading.learned_s;
    step_history();
    if (const int64_t span = reading.start_ns / kRefresh_ns; changed || span != refreshed_) {
        refreshed_ = span;
        refresh(seconds);
    }
    sources_.observed = sources_.observed * sources_fade_ + reading.sources.observed;
    sources_.expected = sources_.expected * sources_fade_ + reading.sources.expected;
    life_.observed = life_.observed * sources_fade_ + reading.life.observed;
    life_.expected = life_.expected * sources_fade_ + reading.life.expected;
    silence_.add(reading.flows.observed, expected_ * silence_edge_, k_, reading.start_ns, seconds,
                 down == Down::kYes ? Silence::Learn::kNo : Silence::Learn::kYes);
    step_falls(reading);
    step_beside(reading);
    if (down == Down::kYes) {
        step_return(reading);
    }
}

void CountryTests::refresh(double seconds) {
    k_ = noise_.tick_k(seconds);
    if (noise_.hours() == 0) {
        k_ = std::min(k_, kUnknownK);
    }
    const double slow = noise_.slow_sigma();
    const double sigma = std::sqrt(slow * slow + 1 / std::max(events_, 1.0));
    edge_ = std::clamp(std::exp(-kEdgeSigmas * sigma), kEdgeLowest, kEdgeHighest);
    silence_edge_ = std::clamp(std::exp(-kEdgeSigmas * slow), kEdgeLowest, kEdgeHighest);
    depths_ = kDepths;
    if (learned_s_ < kFirstDay_s) {
        edge_ = std::min(edge_, kFirstDayEdge);
        depths_[0] = kFirstDayDepth;
    }
    sources_fade_ = std::exp(-seconds / kSourcesWindow_s);
    detectable_s_ = reckon_detectable_s();
}

void CountryTests::step_falls(const Reading& reading) {
    const bool enough = history() == History::kEnough && noise_.hours() > 0;
    const bool own = learned_s_ >= kOwnHistory_s && noise_.hours() >= kNoiseHours;
    bound_ = reading.holiday ? kHolidayBound : kPartialBound;
    armed_ = {enough, enough && own && !reading.holiday};
    const double clipped = std::min(reading.flows.observed, nb_ceiling(expected_, k_));
    double score = 0;
    for (std::size_t i = 0; i < kDepths.size(); ++i) {
        armed_[i] = armed_[i] && expected_ > 0 && edge_ >= kLeastContrast * depths_[i];
        if (!armed_[i]) {
            falls_[i].clear();
            continue;
        }
        const double ratio = nb_log_ratio(clipped, depths_[i] * expected_, edge_ * expected_, k_);
        falls_[i].add(ratio, most_, reading.start_ns, reading.flows.observed, expected_);
        score = std::max(score, falls_[i].score);
    }
    if (collapse_armed()) {
        const double ratio = nb_log_ratio(clipped, kCollapse * expected_, edge_ * expected_, k_);
        collapse_.add(ratio, collapse_most_, reading.start_ns, reading.flows.observed, expected_);
        score = std::max(score, collapse_.score);
    } else {
        collapse_.clear();
    }
    evidence_ = std::max(score / threshold_, silence_progress());
}

bool CountryTests::collapse_armed() const {
    return history() == History::kEnough && noise_.hours() > 0 && expected_ > 0;
}

double CountryTests::silence_progress() const {
    if (silence_.lively_spans() < kLivelySpans || learned_s_ < kLearning_s) {
        return 0;
    }
    return std::min(silence_.progress(events_, threshold_),
                    silence_.gap_s() * collapse_most_ / (tick_s_ * threshold_));
}

const Run& CountryTests::run_of(Test test) const {
    return test == Test::kCollapse ? collapse_ : falls_[test == Test::kDeepFall ? 0 : 1];
}

void CountryTests::step_beside(const Reading& reading) {
    for (const Test test : kTests) {
        Beside& beside = beside_[static_cast<std::size_t>(test)];
        if (test == Test::kSilence ? silence_.gap_s() <= 0 : run_of(test).score <= 0) {
            beside = {};
            continue;
        }
        beside.sources.observed += reading.sources.observed;
        beside.sources.expected += reading.sources.expected;
        beside.life.observed += reading.life.observed;
        beside.life.expected += reading.life.expected;
    }
}

void CountryTests::step_return(const Reading& reading) {
    if (expected_ <= 0) {
        return;
    }
    const double clipped = std::min(reading.flows.observed, nb_ceiling(expected_, k_));
    const double high = std::max(edge_, kBackShare);
    const double ratio = -nb_log_ratio(clipped, kDepths[1] * expected_, high * expected_, k_);
    back_.add(ratio, most_, reading.start_ns, reading.flows.observed, expected_);
    const double mean = back_ratio() * expected_;
    above_back_.add(-nb_log_ratio(clipped, kBelowBack * mean, kAboveBack * mean, k_), most_,
                    reading.start_ns, reading.flows.observed, expected_);
}

bool CountryTests::confirmed(const Beside& beside) const {
    const double per_tick = sources_.expected * (1 - sources_fade_);
    return per_tick < kConfirmSources || sources_.observed < kConfirmRatio * sources_.expected ||
           beside.sources.observed < kConfirmSince * beside.sources.expected;
}

bool CountryTests::lives_one_way(const Beside& beside) const {
    return life_.expected >= kConfirmLife && life_.observed > kConfirmLifeRatio * life_.expected &&
           beside.life.observed > kConfirmLifeRatio * beside.life.expected;
}

bool CountryTests::proven(Test test) const {
    if (test == Test::kSilence) {
        return silence_progress() >= kSame;
    }
    const Run& run = run_of(test);
    // Of bursts nothing at all is no fall while gaps as long are this country's way: a likelihood
    // of counts takes flows that come by rare bursts for more than they are.
    const bool usual_gap =
        noise_.bursts() && run.observed < Silence::kLife && silence_.beyond_usual() < kSame;
    return run.score >= threshold_ * kSame && !usual_gap &&
           ratio_upper_bound(run.observed, run.expected) < bound_;
}

std::optional<Fall> CountryTests::fall() const {
    for (const Test test : kTests) {
        const Beside& beside = beside_[static_cast<std::size_t>(test)];
        if (!proven(test) || !confirmed(beside) || lives_one_way(beside)) {
            continue;
        }
        if (test == Test::kSilence) {
            return Fall{test, silence_.onset_ns(), silence_.score(events_), threshold_,
                        0,    silence_.exposure()};
        }
        const Run& run = run_of(test);
        return Fall{test, run.onset_ns, run.score, threshold_, run.observed, run.expected};
    }
    return std::nullopt;
}

std::optional<int64_t> CountryTests::returned() const {
    if (back_.score >= threshold_ / 2) {
        const bool dates = above_back_.score > 0 && expected_ >= kDatingEvents;
        return dates ? std::max(back_.onset_ns, above_back_.onset_ns) : back_.onset_ns;
    }
    return std::nullopt;
}

double CountryTests::back_ratio() const {
    return kBackRatio * std::exp(-kBackSigmas * noise_.slow_sigma());
}

void CountryTests::step_history() {
    const double least =
        history_ == History::kEnough ? 0.75 * kInsufficientEvents : kInsufficientEvents;
    if (learned_s_ < kLearning_s) {
        history_ = History::kLearning;
    } else if (learned_s_ < kInsufficient_s || events_ < least) {
        history_ = History::kInsufficient;
    } else {
        history_ = History::kEnough;
    }
}

TestsReport CountryTests::report() const {
    TestsReport report;
    const auto of = [&](Test test) -> TestsReport::Progress& {
        return report.tests[static_cast<std::size_t>(test)];
    };
    of(Test::kDeepFall) = {falls_[0].score, armed_[0]};
    of(Test::kFall) = {falls_[1].score, armed_[1]};
    of(Test::kSilence) = {silence_progress() * threshold_,
                          silence_.lively_spans() >= kLivelySpans && learned_s_ >= kLearning_s};
    of(Test::kCollapse) = {collapse_.score, collapse_armed()};
    const auto furthest = std::max_element(
        report.tests.begin(), report.tests.end(),
        [](const auto& least, const auto& most) { return least.score < most.score; });
    const Beside& beside = beside_[static_cast<std::size_t>(furthest - report.tests.begin())];
    report.threshold = threshold_;
    report.edge = edge_;
    report.sources_agree = confirmed(beside);
    report.lives_one_way = lives_one_way(beside);
    report.noise_hours = noise_.hours();
    return report;
}

void CountryTests::clear() {
    falls_.fill({});
    collapse_.clear();
    beside_.fill({});
    silence_.clear();
    back_.clear();
    above_back_.clear();
    evidence_ = 0;
}

void CountryTests::scale(double factor) {
    for (Run& run : falls_) {
        run.score *= factor;
    }
    collapse_.score *= factor;
    back_.score *= factor;
    silence_.scale(factor);
}

std::optional<double> CountryTests::reckon_detectable_s() const {
    if (expected_ <= 0 || threshold_ <= 0) {
        return std::nullopt;
    }
    const double high = edge_ * expected_;
    const double usual_gaps = Silence::kGapMargin * silence_.longest_gap_s() / tick_s_;
    std::optional<double> ticks;
    if (history() == History::kEnough && noise_.hours() > 0) {
        const double step =
            std::min(collapse_most_, nb_log_ratio(0, kCollapse * expected_, high, k_));
        ticks = std::ceil(std::max(threshold_ / step, noise_.bursts() ? usual_gaps : 0) * kSame);
    }
    if (silence_.lively_spans() >= kLivelySpans && events_ > 0) {
        // The exposure at which N ln(1 + E/N) = h, and the longest gap learned.
        const double exposure = events_ * std::expm1(threshold_ / events_);
        const double silent = std::max(
            {exposure / (k_ * std::log1p(high / k_)), threshold_ / collapse_most_, usual_gaps});
        ticks = std::min(ticks.value_or(silent), std::ceil(silent * kSame));
    }
    if (!ticks || *ticks * tick_s_ > CountryTests::kOwnHistory_s) {
        return std::nullopt;
    }
    return (*ticks + 1) * tick_s_;
}

void CountryTests::learn(const Reading& reading) {
    if (reading.learned_s >= kLearning_s && reading.flows.expected > 0) {
        noise_.add(reading.start_ns, reading.seconds, reading.flows.observed,
                   reading.flows.expected);
    }
}

}  // namespace lull
