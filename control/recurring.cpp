// The track closes and reopens the incident with each episode; here that becomes a series: what it
// has closed is opened again in the same tick, and its kind is set.
#include "control/recurring.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
// A series is over after twice its longest pause, a long weekend at least.
constexpr int64_t kLeastPause_ns = 4 * Recurring::kDay_s * kSecond_ns;
// Deeper: half of what was left is gone, and a tenth of the expectation at least.
constexpr double kDeeper = 0.5;
constexpr double kDeeperBy = 0.1;

int64_t of_day_s(int64_t time_ns, int32_t utc_offset_s) {
    const int64_t local_s = time_ns / kSecond_ns + utc_offset_s;
    return ((local_s % Recurring::kDay_s) + Recurring::kDay_s) % Recurring::kDay_s;
}

bool same_time(int64_t a_s, int64_t b_s) {
    const int64_t apart_s = std::abs(a_s - b_s);
    return std::min(apart_s, Recurring::kDay_s - apart_s) <= Recurring::kSameTime_s;
}

double hours(double seconds) {
    return seconds / 3600;
}

}  // namespace

Recurring::Series* Recurring::series_of(uint64_t incident) {
    const auto found = std::find_if(series_.begin(), series_.end(),
                                    [&](const Series& each) { return each.incident == incident; });
    return found == series_.end() ? nullptr : &*found;
}

bool Recurring::follows(uint64_t incident) const {
    return std::any_of(series_.begin(), series_.end(),
                       [&](const Series& each) { return each.incident == incident; });
}

uint64_t Recurring::incident_of(int64_t onset_ns, uint64_t doubted) const {
    for (const Series& each : series_) {
        if (same_time(of_day_s(onset_ns, utc_offset_s_), each.of_day_s)) {
            return each.incident;
        }
    }
    return follows(doubted) ? 0 : doubted;
}

void Recurring::step(const Tick& tick, Ledger& ledger) {
    utc_offset_s_ = tick.utc_offset_s;
    if (now_.incident != 0 && tick.incident != now_.incident) {
        end(ledger);
    }
    if (tick.incident != 0 && now_.incident == 0) {
        begin(tick, ledger);
    }
    if (Series* series = now_.incident != 0 ? series_of(now_.incident) : nullptr) {
        watch(tick, *series, ledger);
    }
    if (!series_.empty()) {
        end_series(tick.end_ns, ledger);
    }
}

void Recurring::begin(const Tick& tick, Ledger& ledger) {
    now_ = {tick.incident, tick.fell_ns, 0, 1, of_day_s(tick.fell_ns, utc_offset_s_)};
    std::erase_if(episodes_,
                  [&](const Episode& each) { return tick.fell_ns - each.start_ns > kWithin_ns; });
    if (Series* series = series_of(now_.incident)) {
        series->longest_gap_ns =
            std::max(series->longest_gap_ns, now_.start_ns - series->last_start_ns);
        series->last_start_ns = now_.start_ns;
        series->of_day_s = now_.of_day_s;
        return;
    }
    std::vector<Episode> before;
    std::copy_if(episodes_.begin(), episodes_.end(), std::back_inserter(before),
                 [&](const Episode& each) { return same_time(each.of_day_s, now_.of_day_s); });
    if (before.size() + 1 >= kLeast && series_.size() < kSeriesKept) {
        found(before, ledger);
    }
}

void Recurring::found(const std::vector<Episode>& before, Ledger& ledger) {
    Incident* incident = ledger.find(now_.incident);
    if (incident == nullptr) {
        return;
    }
    Series series;
    series.incident = now_.incident;
    int64_t last_ns = before.front().start_ns;
    for (const Episode& each : before) {
        series.longest_gap_ns = std::max(series.longest_gap_ns, each.start_ns - last_ns);
        series.longest_s = std::max(series.longest_s, each.length_s);
        series.lowest_ratio = std::min(series.lowest_ratio, each.lowest_ratio);
        last_ns = each.start_ns;
    }
    series.longest_gap_ns = std::max(series.longest_gap_ns, now_.start_ns - last_ns);
    series.last_start_ns = now_.start_ns;
    series.of_day_s = now_.of_day_s;
    series_.push_back(series);
    const int64_t minute = now_.of_day_s / 60;
    Ledger::note(*incident,
                 fmt::format("recurring: {} times within 14 days about {:02}:{:02} of local time, "
                             "{:.1f} h at the longest",
                             before.size() + 1, minute / 60, minute % 60, hours(series.longest_s)));
}

void Recurring::watch(const Tick& tick, Series& series, Ledger& ledger) {
    Incident* incident = ledger.find(series.incident);
    if (incident == nullptr) {
        return;  // end_series()
    }
    const double lasts_s = static_cast<double>(tick.end_ns - now_.start_ns) / 1e9;
    const double lowest = incident->lowest_ratio;
    if (tick.down && !series.alarmed && lasts_s > kOverrun * series.longest_s) {
        series.alarmed = true;
        Ledger::note(
            *incident,
            fmt::format("overruns: {:.1f} h so far, the longest of the series was {:.1f} h",
                        hours(lasts_s), hours(series.longest_s)));
    } else if (tick.down && !series.alarmed && lowest < kDeeper * series.lowest_ratio &&
               series.lowest_ratio - lowest > kDeeperBy) {
        series.alarmed = true;
        Ledger::note(*incident,
                     fmt::format("deeper: {:.2f} of the expectation, the least before was {:.2f}",
                                 lowest, series.lowest_ratio));
    }
    if (!series.alarmed) {
        incident->kind = IncidentKind::kRecurring;
    } else if (incident->kind == IncidentKind::kRecurring) {
        incident->kind = tick.state == State::kPartialOutage ? IncidentKind::kPartialOutage
                                                             : IncidentKind::kOutage;
    }
}

void Recurring::end(Ledger& ledger) {
    const Incident* incident = ledger.find(now_.incident);
    if (incident != nullptr && incident->end_ns) {
        const int64_t end_ns = std::max(*incident->end_ns, now_.start_ns);
        now_.length_s = static_cast<double>(end_ns - now_.start_ns) / 1e9;
        now_.lowest_ratio = incident->lowest_ratio;
        episodes_.push_back(now_);
        if (episodes_.size() > kEpisodesKept) {
            episodes_.pop_front();
        }
        if (Series* series = series_of(now_.incident)) {
            series->last_end_ns = end_ns;
            series->longest_s = std::max(series->longest_s, now_.length_s);
            series->lowest_ratio = std::min(series->lowest_ratio, now_.lowest_ratio);
            series->alarmed = false;
            ledger.find(now_.incident)->kind = IncidentKind::kRecurring;
            ledger.reopen(now_.incident);
        }
    }
    now_ = {};
}

void Recurring::end_series(int64_t now_ns, Ledger& ledger) {
    std::erase_if(series_, [&](const Series& each) {
        Incident* incident = ledger.find(each.incident);
        if (incident == nullptr) {
            return true;  // forgotten
        }
        incident->last_verified_ns = now_ns;
        const int64_t pause_ns = std::min(
            kWithin_ns, std::max(kLeastPause_ns, 2 * std::min(each.longest_gap_ns, kWithin_ns)));
        const int64_t last_ns = std::max(each.last_start_ns, each.last_end_ns);
        if (now_.incident == each.incident || now_ns - last_ns <= pause_ns) {
            return false;
        }
        Ledger::note(*incident, fmt::format("the series is over: none for {:.0f} days",
                                            static_cast<double>(pause_ns) / 1e9 / kDay_s));
        ledger.close(each.incident, each.last_end_ns);
        return true;
    });
}

}  // namespace lull
