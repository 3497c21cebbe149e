#include "control/export/day_series.h"

#include <algorithm>
#include <cmath>

namespace lull {
namespace {

constexpr int64_t kShortestStep_s = 60;

/// Of a rate of `expected` a second over `step_s`: what chance and the country's own unrest make.
double deviation(double expected, double dispersion, double step_s) {
    const double unrest = dispersion > 0 ? expected * expected / dispersion : 0;
    return std::sqrt(expected / step_s + unrest);
}

}  // namespace

void DaySeries::begin_bins(int64_t number) {
    if (newest_ < 0) {
        oldest_ = number;
    }
    const int64_t first = std::max(newest_ + 1, number - static_cast<int64_t>(kBins) + 1);
    for (int64_t each = first; each <= number; ++each) {
        for (const std::unique_ptr<Day>& day : days_) {
            if (day != nullptr) {
                (*day)[static_cast<std::size_t>(each) % kBins] = {};
            }
        }
    }
    newest_ = std::max(newest_, number);
}

void DaySeries::take(Day& day, std::size_t at, const CountryVerdict& verdict) {
    Bin& bin = day[at];
    if (verdict.state == State::kBlind) {
        return;
    }
    bin.seen += static_cast<float>(verdict.observed_life_per_s);
    bin.ticks += 1;
    if (verdict.expected_life_per_s) {
        bin.expected += static_cast<float>(*verdict.expected_life_per_s);
        bin.expecting += 1;
    }
    bin.dispersion = static_cast<float>(verdict.dispersion.value_or(0));
    bin.state = verdict.state;
}

void DaySeries::add(const View& view) {
    const std::scoped_lock lock(mutex_);
    if (view.tick_end_ns <= tick_end_ns_) {
        return;
    }
    tick_end_ns_ = view.tick_end_ns;
    step_s_ = std::max(kShortestStep_s, static_cast<int64_t>(std::ceil(view.tick_s)));
    const int64_t number = (view.tick_end_ns - 1) / 1'000'000'000 / step_s_;
    days_.resize(std::max(days_.size(), view.verdicts.size()));
    begin_bins(number);
    for (std::size_t i = 0; i < view.verdicts.size(); ++i) {
        if (view.verdicts[i].seen && days_[i] == nullptr) {
            days_[i] = std::make_unique<Day>();
        }
        if (days_[i] != nullptr) {
            take(*days_[i], static_cast<std::size_t>(number) % kBins, view.verdicts[i]);
        }
    }
}

std::vector<DaySeries::Bin> DaySeries::bins_of(CountryId id, int64_t& first,
                                               int64_t& step_s) const {
    const std::scoped_lock lock(mutex_);
    first = std::max(oldest_, newest_ - static_cast<int64_t>(kBins) + 1);
    step_s = step_s_;
    std::vector<Bin> bins;
    if (index_of(id) < days_.size() && days_[index_of(id)] != nullptr) {
        for (int64_t number = first; number <= newest_; ++number) {
            bins.push_back((*days_[index_of(id)])[static_cast<std::size_t>(number) % kBins]);
        }
    }
    return bins;
}

nlohmann::json DaySeries::of(CountryId id) const {
    using nlohmann::json;
    json times = json::array(), observed = json::array(), expected = json::array(),
         low = json::array(), high = json::array(), state = json::array();
    int64_t number = 0, step_s = 0;
    for (const Bin& bin : bins_of(id, number, step_s)) {
        times.push_back(number++ * step_s);
        observed.push_back(bin.ticks > 0 ? json(bin.seen / bin.ticks) : json(nullptr));
        state.push_back(bin.ticks > 0 ? json(state_name(bin.state)) : json(nullptr));
        if (bin.expecting == 0) {
            for (json* each : {&expected, &low, &high}) {
                each->push_back(nullptr);
            }
            continue;
        }
        const double mean = bin.expected / bin.expecting;
        const double band = 2 * deviation(mean, bin.dispersion, static_cast<double>(step_s));
        expected.push_back(mean);
        low.push_back(std::max(0.0, mean - band));
        high.push_back(mean + band);
    }
    return {{"country", country(id).code},     {"step_seconds", step_s},
            {"times", std::move(times)},       {"observed", std::move(observed)},
            {"expected", std::move(expected)}, {"low", std::move(low)},
            {"high", std::move(high)},         {"state", std::move(state)}};
}

}  // namespace lull
