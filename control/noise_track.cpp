#include "control/noise_track.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "control/country.h"
#include "control/time_text.h"

namespace lull {

namespace {

constexpr int64_t kHour_ns = int64_t{3600} * 1'000'000'000;
constexpr std::size_t kToldLabels = 3, kToldSenders = 3;  // in a sentence
constexpr double kLeastShare = 0.05;

void add_bounded(std::map<std::string, double>& into, const std::string& key, double bytes,
                 std::size_t most) {
    const auto at = into.find(key);
    if (at != into.end()) {
        at->second += bytes;
    } else if (into.size() < most) {
        into.emplace(key, bytes);
    }
}

std::vector<std::pair<std::string, double>> largest(const std::map<std::string, double>& all,
                                                    std::size_t count) {
    std::vector<std::pair<std::string, double>> sorted(all.begin(), all.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    sorted.resize(std::min(sorted.size(), count));
    return sorted;
}

std::string bytes_text(double bytes) {
    return bytes >= 1e9   ? fmt::format("{:.1f} GB", bytes / 1e9)
           : bytes >= 1e6 ? fmt::format("{:.1f} MB", bytes / 1e6)
                          : fmt::format("{:.0f} KB", bytes / 1e3);
}

}  // namespace

void NoiseTrack::add(const CountryNoise& noise, int64_t end_ns) {
    const int64_t start_ns = end_ns - 1 - (end_ns - 1) % kHour_ns;
    if (hours_.empty() || hours_.back().start_ns != start_ns) {
        hours_.emplace_back().start_ns = start_ns;
        hours_.back().first_ns = end_ns;
    }
    if (hours_.size() > kMostHours) {
        hours_.pop_front();
    }
    Hour& hour = hours_.back();
    hour.last_ns = end_ns;
    hour.received += noise.received_bytes;
    for (const LabelledFacts& each : noise.labelled) {
        add_bounded(hour.labels, each.label, each.bytes, kMostLabels);
        if (each.from != kCountryUnknown) {
            add_bounded(hour.senders, std::string(country(each.from).code), each.bytes,
                        kMostSenders);
        }
    }
}

std::string NoiseTrack::sentence(int64_t from_ns, int64_t until_ns, const char* when) const {
    Hour sum;
    double bytes = 0;
    for (const Hour& hour : hours_) {
        if (hour.last_ns <= from_ns || hour.first_ns > until_ns) {
            continue;
        }
        sum.first_ns = sum.first_ns == 0 ? hour.first_ns : sum.first_ns;
        sum.last_ns = hour.last_ns;
        sum.received += hour.received;
        for (const auto& [label, each] : hour.labels) {
            sum.labels[label] += each;
            bytes += each;
        }
        for (const auto& [sender, each] : hour.senders) {
            sum.senders[sender] += each;
        }
    }
    if (bytes <= 0 || bytes < kLeastShare * sum.received) {
        return "";
    }
    std::string labels, senders;
    for (const auto& [label, each] : largest(sum.labels, kToldLabels)) {
        labels += fmt::format("{}{} {}", labels.empty() ? "" : ", ", label, bytes_text(each));
    }
    for (const auto& [sender, each] : largest(sum.senders, kToldSenders)) {
        senders +=
            fmt::format("{}{} {:.0f} %", senders.empty() ? "" : ", ", sender, 100 * each / bytes);
    }
    return fmt::format(
        "consistent with a flood {}: {} ({:.0f} % of the bytes it received meanwhile), from {} to "
        "{}{}",
        when, labels, std::min(100.0, 100 * bytes / std::max(sum.received, 1.0)),
        format_time(sum.first_ns), format_time(sum.last_ns),
        senders.empty() ? "" : "; sent by addresses of " + senders);
}

}  // namespace lull
