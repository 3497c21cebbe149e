// Medians of few numbers, sums of six hours, and the bounds that small counts need.
#include "control/slow_squeeze.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "control/country_tests.h"

namespace lull {
namespace {

constexpr int64_t kHour_ns = 3'600'000'000'000;
constexpr double kHour_s = 3600;
constexpr int64_t kDaysOfWeek = 7;
// Six hours that usually hold fewer events than this prove nothing: 4 of 20 bound a ratio below ½.
constexpr double kLeastEvents = 20;
// A country whose hours stray far from its usual ones must fall below four of their sigmas.
constexpr double kSpreads = 4;
constexpr double kLowestBound = 0.2;
constexpr double kStray = 0.05;  // of a median; below it, an hour says nothing of noise
// A ramp's own days are no measure of what is usual.
constexpr int64_t kSpreadAge_h = 5 * 24;
constexpr double kHalfNormal = 1.4826;
// Demand's mean by hour of day: all days at first, later the last twenty or so.
constexpr float kDemandWeight = 0.05F;
constexpr double kDemandStays = 0.5;
constexpr double kDemandEvents = 10;

int64_t modulo(int64_t value, int64_t by) {
    return ((value % by) + by) % by;
}

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1) {
        return *middle;
    }
    return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace

float& SlowSqueeze::cell(int64_t local_hour) {
    return cells_[static_cast<std::size_t>(modulo(local_hour, kCells))];
}

void SlowSqueeze::add(const Tick& tick) {
    if (tick.down) {
        down_s_ += tick.seconds;
        return;
    }
    if (down_s_ > 0) {
        accept_ = down_s_ >= kNewNormal_s;
        down_s_ = 0;
        forget_recent();
    }
    seen_s_ += tick.seconds * tick.share;
    flows_ += tick.flows;
    demand_now_ += tick.demand;
}

void SlowSqueeze::advance(int64_t local_hour) {
    // What was not seen is forgotten in its turn; an hour that the clocks repeat is overwritten.
    const int64_t from = std::max(last_hour_ + 1, local_hour - static_cast<int64_t>(kCells) + 1);
    for (int64_t hour = from; hour <= local_hour; ++hour) {
        cell(hour) = kMissing;
    }
    if (local_hour - last_hour_ > static_cast<int64_t>(kHours)) {
        forget_recent();
    }
    last_hour_ = local_hour;
}

std::optional<double> SlowSqueeze::usual_rate(int64_t local_hour) const {
    std::vector<double> all, weekday;
    const int64_t slots = kSlots;
    for (int64_t day = 1; day < static_cast<int64_t>(kDays); ++day) {
        const float rate =
            cells_[static_cast<std::size_t>(modulo(local_hour - day * slots, kCells))];
        if (rate < 0) continue;
        all.push_back(static_cast<double>(rate));
        if (day % kDaysOfWeek == 0) weekday.push_back(static_cast<double>(rate));
    }
    if (all.size() < kLeastDays) {
        return std::nullopt;
    }
    // A quiet day of the week is no squeeze.
    const double usual = median(all);
    return weekday.empty() ? usual : std::min(usual, median(weekday));
}

std::optional<double> SlowSqueeze::close_hour(int64_t local_hour) {
    advance(local_hour);
    judged_ = false;
    std::optional<double> ratio;
    if (seen_s_ >= kHour_s / 2) {
        const auto slot = static_cast<std::size_t>(modulo(local_hour, kSlots));
        const std::optional<double> usual = usual_rate(local_hour);
        cell(local_hour) = static_cast<float>(flows_ / seen_s_);
        float& usual_demand = demand_[slot];
        if (usual && *usual > 0) {
            std::rotate(recent_.begin(), recent_.begin() + 1, recent_.end());
            recent_.back() = {flows_, *usual * seen_s_, demand_now_,
                              static_cast<double>(usual_demand) * seen_s_};
            recent_count_ = std::min<uint32_t>(recent_count_ + 1, kHours);
            judged_ = true;
            ratio = flows_ / (*usual * seen_s_);
        }
        const auto demand = static_cast<float>(demand_now_ / seen_s_);
        if (ratio.value_or(1) >= kAbove) {
            usual_demand =
                usual_demand > 0 ? std::lerp(usual_demand, demand, kDemandWeight) : demand;
        }
    }
    seen_s_ = 0;
    flows_ = 0;
    demand_now_ = 0;
    return ratio;
}

double SlowSqueeze::spread() const {
    std::vector<double> strays, days;
    for (int64_t hour = last_hour_ - static_cast<int64_t>(kSlots) + 1; hour <= last_hour_; ++hour) {
        days.clear();
        for (int64_t day = 0; day < static_cast<int64_t>(kDays); ++day) {
            const int64_t at = hour - day * static_cast<int64_t>(kSlots);
            const float rate = cells_[static_cast<std::size_t>(modulo(at, kCells))];
            if (rate >= 0 && last_hour_ - at > kSpreadAge_h) {
                days.push_back(static_cast<double>(rate));
            }
        }
        const double middle = days.empty() ? 0 : median(days);
        for (const double rate : days) {
            if (middle > 0 && rate < middle) {
                strays.push_back(-std::log(std::max(rate / middle, kStray)));
            }
        }
    }
    return strays.empty() ? 0 : kHalfNormal * median(strays);
}

SlowSqueeze::Hour SlowSqueeze::sums() const {
    Hour total;
    for (const Hour& hour : recent_) {
        total.observed += hour.observed;
        total.usual += hour.usual;
        total.demand += hour.demand;
        total.usual_demand += hour.usual_demand;
    }
    return total;
}

bool SlowSqueeze::is_low(double bound) const {
    const Hour total = sums();
    return recent_count_ == kHours && total.usual >= kLeastEvents &&
           ratio_upper_bound(total.observed, total.usual) < bound &&
           std::all_of(recent_.begin(), recent_.end(), [](const Hour& hour) {
               return ratio_lower_bound(hour.observed, hour.usual) < kBelow;
           });
}

bool SlowSqueeze::is_back() const {
    const Hour total = sums();
    return recent_count_ == kHours && total.observed > kAbove * total.usual &&
           std::all_of(recent_.begin(), recent_.end(), [](const Hour& hour) {
               return ratio_upper_bound(hour.observed, hour.usual) > kAbove;
           });
}

double SlowSqueeze::bound() const {
    return std::clamp(std::exp(-kSpreads * spread()), kLowestBound, kBelow);
}

void SlowSqueeze::scale(double factor) {
    const auto times = static_cast<float>(factor);
    for (float& cell : cells_) {
        cell = cell == kMissing ? kMissing : cell * times;
    }
    for (float& rate : demand_) {
        rate *= times;
    }
    for (Hour& hour : recent_) {
        hour = {hour.observed * factor, hour.usual * factor, hour.demand * factor,
                hour.usual_demand * factor};
    }
    flows_ *= factor;
    demand_now_ *= factor;
}

void SlowSqueeze::judge(const Surroundings& around, Ledger& ledger) {
    const int64_t end_ns = around.hour_start_ns + kHour_ns;
    if (incident_ != 0 && around.other_incident != 0) {
        close(end_ns, fmt::format("fell further: incident {}", around.other_incident), ledger);
    }
    if (!judged_) {
        return;
    }
    if (around.common_ratio > 0) {
        recent_.back().usual *= std::min(1.0, around.common_ratio);
    }
    const Hour total = sums();
    if (since_ns_ == 0 || (incident_ == 0 && total.observed >= kAbove * total.usual)) {
        since_ns_ = end_ns;
    }
    if (incident_ != 0) {
        measure(around, ledger);
        return;
    }
    if (total.observed >= kBelow * total.usual) {
        accept_ = accept_ && recent_count_ < kHours;
        return;
    }
    if (around.other_incident != 0 || !around.notify) {
        return;
    }
    if (const double below = bound(); is_low(below)) {
        if (accept_) {
            accept_new_normal(total.observed / total.usual);
        } else {
            open(around, below, ledger);
        }
    }
}

void SlowSqueeze::open(const Surroundings& around, double bound, Ledger& ledger) {
    const int64_t end_ns = around.hour_start_ns + kHour_ns;
    const Hour total = sums();
    Incident incident;
    incident.country = around.country;
    incident.kind = IncidentKind::kSlow;
    incident.start_ns = std::min(since_ns_, end_ns - static_cast<int64_t>(kHours) * kHour_ns);
    incident.detected_ns = end_ns;
    incident.evidence.push_back(fmt::format(
        "answered flows: {:.0f} seen in the last {} h where {:.0f} are usual at these hours, by "
        "the median of 28 days",
        total.observed, kHours, total.usual));
    incident.evidence.push_back(fmt::format(
        "evidence: the upper 95 % bound of the ratio, {:.2f}, is below {:.2f} (an hour of this "
        "country strays by {:.2f} below its usual one)",
        ratio_upper_bound(total.observed, total.usual), bound, spread()));
    incident.evidence.push_back(
        fmt::format("ruled out, common fall: the other countries stand at {:.2f} of their usual",
                    around.common_ratio));
    incident.transitions.push_back({incident.start_ns, "normal"});
    incident.transitions.push_back({end_ns, std::string(kind_name(IncidentKind::kSlow))});
    incident.edges = 1;
    opened_ns_ = end_ns;
    incident_ = ledger.open(std::move(incident));
    measure(around, ledger);
}

void SlowSqueeze::measure(const Surroundings& around, Ledger& ledger) {
    const int64_t end_ns = around.hour_start_ns + kHour_ns;
    const Hour total = sums();
    const double ratio = total.usual > 0 ? total.observed / total.usual : 1;
    if (Incident* incident = ledger.find(incident_)) {
        incident->last_verified_ns = end_ns;
        incident->lowest_ratio = std::min(incident->lowest_ratio, ratio);
        incident->area += std::max(0.0, 1 - ratio) * 100 * kHour_s / 60;
        if (total.usual_demand >= kDemandEvents) {
            const double demand = total.demand / total.usual_demand;
            const Scope scope = demand >= kDemandStays ? Scope::kLost : Scope::kUnproven;
            if (scope != incident->scope) {
                incident->scope = scope;
                Ledger::note(*incident, fmt::format("demand: {:.2f} of what is usual", demand));
            }
        }
    }
    if (is_back()) {
        close(end_ns - static_cast<int64_t>(kHours) * kHour_ns,
              fmt::format("back: above {:.1f} of the usual for {} h", kAbove, kHours), ledger);
    } else if (static_cast<double>(end_ns - opened_ns_) / 1e9 >= kNewNormal_s) {
        close(end_ns, fmt::format("new normal after 7 d, at {:.2f} of the old", ratio), ledger);
        accept_new_normal(ratio);
    }
}

void SlowSqueeze::close(int64_t end_ns, const std::string& why, Ledger& ledger) {
    if (Incident* incident = ledger.find(incident_)) {
        Ledger::note(*incident, why);
        ++incident->edges;
        Ledger::move(*incident, std::max(end_ns, incident->detected_ns), "normal");
        ledger.close(incident_, std::max(end_ns, incident->detected_ns));
    }
    incident_ = 0;
    since_ns_ = 0;
    forget_recent();
}

void SlowSqueeze::forget_recent() {
    recent_.fill({});
    recent_count_ = 0;
}

// The old days keep their shape and are brought to what has become usual.
void SlowSqueeze::accept_new_normal(double ratio) {
    const auto fallen_h = static_cast<int64_t>(kNewNormal_s / kHour_s);
    for (int64_t age = fallen_h; age < static_cast<int64_t>(kCells); ++age) {
        float& rate = cell(last_hour_ - age);
        rate = rate < 0 ? rate : rate * static_cast<float>(ratio);
    }
    accept_ = false;
    forget_recent();
}

}  // namespace lull
