#include "control/day_volumes.h"

namespace lull {
namespace {

constexpr int64_t kSpan_ns = 86'400'000'000'000;
constexpr int64_t kEvery_ns = kSpan_ns / 6;

uint64_t bytes_of(const OriginTotals& origin) {
    return origin.traffic.sent_bytes + origin.traffic.received_bytes;
}

}  // namespace

void DayVolumes::note(std::span<const OriginTotals> origins, int64_t now_ns) {
    if (standings_.empty()) {
        standings_.push_back({now_ns, {}});  // counters began at 0 with the process
    }
    if (now_ns - standings_.back().at_ns >= kEvery_ns) {
        Standing& standing = standings_.emplace_back();
        standing.at_ns = now_ns;
        for (const OriginTotals& origin : origins) {
            standing.bytes.push_back(bytes_of(origin));
        }
    }
    while (standings_.size() > 1 && now_ns - standings_.front().at_ns > kSpan_ns) {
        standings_.pop_front();
    }
}

std::vector<uint64_t> DayVolumes::of(std::span<const OriginTotals> origins) const {
    std::vector<uint64_t> volumes;
    volumes.reserve(origins.size());
    for (std::size_t i = 0; i < origins.size(); ++i) {
        const bool knows = !standings_.empty() && i < standings_.front().bytes.size();
        volumes.push_back(bytes_of(origins[i]) - (knows ? standings_.front().bytes[i] : 0));
    }
    return volumes;
}

}  // namespace lull
