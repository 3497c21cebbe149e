// Ratios of sums, never medians: a slot of a small country holds no event on most days.
#include "control/day_profile.h"

#include <algorithm>
#include <cmath>

#include "control/baseline.h"

namespace lull {
namespace {

constexpr int64_t kDay_s = 86400;
// The neighbours' weight: what one slot's few events leave open, half an hour around it tells.
constexpr std::array<double, 5> kKernel{1.0 / 3, 2.0 / 3, 1, 2.0 / 3, 1.0 / 3};
constexpr double kKernelSum = 3;
// Events that a slot and its neighbours are taken to have had besides, at the profile's rate.
constexpr double kPriorEvents = 10;
constexpr double kCeiling = 3;

constexpr int64_t floor_div(int64_t value, int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

std::size_t slot_of(int64_t local_s) {
    return static_cast<std::size_t>(floor_div(local_s, DayProfile::kSlot_s) -
                                    floor_div(local_s, kDay_s) *
                                        static_cast<int64_t>(DayProfile::kSlots));
}

bool is_weekend(int64_t local_s) {
    // 1970-01-01 was a Thursday: days 2 and 3 of every seven are Saturday and Sunday.
    const int64_t day = floor_div(local_s, kDay_s);
    const int64_t of_week = day - floor_div(day, 7) * 7;
    return of_week == 2 || of_week == 3;
}

// The generic profile at the middle of each slot, which is asked for often.
const std::array<double, DayProfile::kSlots> kMiddles = [] {
    std::array<double, DayProfile::kSlots> middles{};
    for (std::size_t slot = 0; slot < middles.size(); ++slot) {
        middles[slot] = generic_day_profile(static_cast<int64_t>(slot) * DayProfile::kSlot_s +
                                            DayProfile::kSlot_s / 2);
    }
    return middles;
}();

}  // namespace

double DayProfile::corrected(const Sums& sums, double rate) {
    const double seconds = std::max(0.0, static_cast<double>(sums.seconds));
    const double events = std::max(0.0, static_cast<double>(sums.events));
    const double own = (events + kPriorEvents) / (rate * seconds + kPriorEvents);
    const double days = seconds / (kKernelSum * static_cast<double>(kSlot_s));
    // A weight in the exponent: a night ten times deeper than the profile's is nearly reached in
    // two weeks; a mean of the two would stay far above it.
    return std::pow(own, days / (days + kPriorDays));
}

void DayProfile::enter(std::size_t slot) {
    slot_ = static_cast<int16_t>(slot);
    static const auto fade = static_cast<float>(std::exp2(-1 / kHalfLifeDays));
    double events = 0;
    double weight = 0;
    for (auto& part : sums_) {
        part[slot].events *= fade;
        part[slot].seconds *= fade;
        for (std::size_t i = 0; i < kSlots; ++i) {
            events += static_cast<double>(part[i].events);
            weight += static_cast<double>(part[i].seconds) * kMiddles[i];
        }
    }
    rate_ = weight > 0 ? events / weight : 0;
}

void DayProfile::learn(int64_t local_s, double tick_s, double seconds, double observed,
                       double expected) {
    if (expected > 0) observed = std::min(observed, std::max(3.0, kCeiling * expected));
    const int64_t parts = std::max<int64_t>(1, std::llround(tick_s / kSlot_s));
    const auto share = static_cast<float>(1 / static_cast<double>(parts));
    for (int64_t part = 0; part < parts; ++part) {
        // Where a tick spans slots, `local_s` is its middle and it is shared out among them.
        const int64_t at_s = local_s + (2 * part + 1 - parts) * kSlot_s / 2;
        const std::size_t slot = slot_of(at_s);
        if (static_cast<int16_t>(slot) != slot_) enter(slot);
        Sums& sums = sums_[is_weekend(at_s) ? kWeekend : kWorkday][slot];
        sums.events += static_cast<float>(observed) * share;
        sums.seconds += static_cast<float>(seconds) * share;
    }
    week_days_ += static_cast<float>(seconds / static_cast<double>(kDay_s));
}

DayProfile::Sums DayProfile::smoothed(Part part, std::size_t slot) const {
    double events = 0;
    double seconds = 0;
    for (std::size_t i = 0; i < kKernel.size(); ++i) {
        const Sums& sums = sums_[part][(slot + kSlots + i - kKernel.size() / 2) % kSlots];
        events += kKernel[i] * static_cast<double>(sums.events);
        seconds += kKernel[i] * static_cast<double>(sums.seconds);
    }
    return {static_cast<float>(events), static_cast<float>(seconds)};
}

double DayProfile::correction(Part part, std::size_t slot) const {
    const double generic_rate = rate_ * kMiddles[slot];
    if (!(generic_rate > 0)) return 1;
    const Sums workday = smoothed(kWorkday, slot);
    const Sums weekend = smoothed(kWeekend, slot);
    const Sums both{workday.events + weekend.events, workday.seconds + weekend.seconds};
    const double all = corrected(both, generic_rate);
    if (static_cast<double>(week_days_) < kWeekAfterDays) return all;
    return all * corrected(part == kWeekend ? weekend : workday, all * generic_rate);
}

double DayProfile::shape_at(int64_t local_s) const {
    const Part part = is_weekend(local_s) ? kWeekend : kWorkday;
    // Corrections hold at the middle of their slots; between two of them they are interpolated.
    const int64_t before_s = local_s - kSlot_s / 2;
    const std::size_t slot = slot_of(before_s);
    const double along = static_cast<double>(before_s - floor_div(before_s, kSlot_s) * kSlot_s) /
                         static_cast<double>(kSlot_s);
    return generic_day_profile(local_s) *
           std::lerp(correction(part, slot), correction(part, (slot + 1) % kSlots), along);
}

double DayProfile::shape(int64_t local_s, double tick_s) const {
    const int64_t parts = std::max<int64_t>(1, std::llround(tick_s / kSlot_s));
    double sum = 0;
    for (int64_t part = 0; part < parts; ++part) {
        sum += shape_at(local_s + (2 * part + 1 - parts) * kSlot_s / 2);
    }
    return sum / static_cast<double>(parts);
}

double DayProfile::days() const {
    double seconds = 0;
    for (const auto& part : sums_) {
        for (const Sums& sums : part) seconds += static_cast<double>(sums.seconds);
    }
    return seconds / static_cast<double>(kDay_s);
}

}  // namespace lull
