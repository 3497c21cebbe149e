#include "control/inspect/site_watch.h"

#include <algorithm>
#include <cmath>

namespace lull {

namespace {

constexpr double kHour_s = 3600, kDay_s = 86'400;
// A day, so that no night is taken for a silence, and enough flows for a rate.
constexpr double kLearn_s = kDay_s;
constexpr double kLearnFlows = 50;
// Of an hour of the day, what is older than a week fades.
constexpr double kMemory_s = 7 * kHour_s;
// A site is wrongly called silent by chance once in so many years; every flow begins a gap that
// might be the one. People come in bunches, so the longest gap that ended counts as well.
constexpr double kYears = 100, kYear_s = 365 * kDay_s;
constexpr double kOverLongestGap = 2;
constexpr double kGapHalfLife_s = 7 * kDay_s;
constexpr double kAskedLately_s = 600;

std::size_t hour_of(int64_t ns) {
    constexpr int64_t kHour_ns = int64_t{3600} * 1'000'000'000;
    return static_cast<std::size_t>((ns / kHour_ns % 24 + 24) % 24);
}

// Flows that must be missing: e to the power of minus that is chance's share of gaps so long.
double flows_needed(double rate_per_s) {
    return std::log(std::max(1.0, rate_per_s * kYear_s * kYears));
}

}  // namespace

std::string_view site_state_name(SiteState state) {
    switch (state) {
        case SiteState::kLearning:
            return "learning";
        case SiteState::kAnswering:
            return "answering";
        case SiteState::kSilent:
            return "silent";
        case SiteState::kAsked:
            return "asked_for_not_answering";
    }
    return "learning";
}

void SiteWatch::step(uint64_t answered, uint64_t asked, int64_t end_ns, double seconds) {
    const bool was_silent = silent();
    end_ns_ = end_ns;
    longest_gap_s_ *= std::exp2(-seconds / kGapHalfLife_s);
    if (asked != 0) {
        last_asked_ns_ = end_ns;
    }
    if (answered == 0) {
        gap_s_ += seconds;
        gap_expected_ += expected_per_s() * seconds;  // by the hour, not by that of its end
    } else {
        // The end of a silence that was told is no gap of every day.
        longest_gap_s_ = was_silent ? longest_gap_s_ : std::max(longest_gap_s_, gap_s_);
        gap_s_ = gap_expected_ = 0;
        last_answered_ns_ = end_ns;
    }
    if (was_silent && answered == 0) {
        return;  // a silence teaches nothing
    }
    seen_s_ += seconds;
    flows_ += static_cast<double>(answered);
    Hour& hour = hours_[hour_of(end_ns - 1)];
    const double keeps = std::exp2(-seconds / kMemory_s);
    hour.flows = hour.flows * keeps + static_cast<double>(answered);
    hour.seconds = hour.seconds * keeps + seconds;
}

double SiteWatch::expected_per_s() const {
    if (seen_s_ < kLearn_s || flows_ < kLearnFlows) {
        return 0;
    }
    const Hour& hour = hours_[hour_of(end_ns_)];
    const double mean = flows_ / seen_s_;
    return hour.seconds < kHour_s / 2 ? mean / 3 : std::min(mean, hour.flows / hour.seconds);
}

double SiteWatch::provable_s() const {
    const double rate = expected_per_s();
    if (rate <= 0) {
        return seen_s_ < kLearn_s || flows_ < kLearnFlows ? 0 : kDay_s;
    }
    return std::max(flows_needed(rate) / rate, kOverLongestGap * longest_gap_s_);
}

SiteState SiteWatch::state() const {
    if (provable_s() <= 0) {
        return SiteState::kLearning;
    }
    if (gap_expected_ < flows_needed(expected_per_s()) ||
        gap_s_ < kOverLongestGap * longest_gap_s_) {
        return SiteState::kAnswering;
    }
    const double asked_ago_s = static_cast<double>(end_ns_ - last_asked_ns_) / 1e9;
    return last_asked_ns_ != 0 && asked_ago_s < kAskedLately_s ? SiteState::kAsked
                                                               : SiteState::kSilent;
}

}  // namespace lull
