#include "control/exported_origins.h"

#include <algorithm>

namespace lull {

void ExportedOrigins::choose(std::span<const uint64_t> bytes, std::size_t most, int64_t now_ns) {
    constexpr int64_t kDay_ns = 86'400'000'000'000, kAgain_ns = 600'000'000'000;
    if (chosen_at_ns_ != 0 && now_ns - chosen_at_ns_ < kAgain_ns) {
        return;
    }
    chosen_at_ns_ = now_ns;
    std::vector<uint32_t> ranked;
    for (uint32_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] > 0) {
            ranked.push_back(i);
        }
    }
    std::sort(ranked.begin(), ranked.end(),
              [&](uint32_t a, uint32_t b) { return bytes[a] > bytes[b]; });
    const std::size_t top = std::min<std::size_t>(ranked.size(), most);
    std::erase_if(chosen_, [&](const auto& entry) {
        return now_ns - entry.second > kDay_ns &&
               std::find(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(top),
                         entry.first) == ranked.begin() + static_cast<std::ptrdiff_t>(top);
    });
    for (std::size_t i = 0; i < top && chosen_.size() < most; ++i) {
        chosen_.try_emplace(ranked[i], now_ns);
    }
}

std::vector<OriginTotals> ExportedOrigins::of(std::span<const OriginTotals> origins,
                                              std::span<const CountryView> countries) const {
    constexpr uint32_t kFewOrigins = 10;
    std::vector<OriginTotals> exported;
    for (uint32_t i = 0; i < origins.size(); ++i) {
        const bool few = origins[i].country != kCountryUnknown &&
                         countries[index_of(origins[i].country)].origins <= kFewOrigins;
        if (origins[i].asn != 0 && origins[i].traffic != Traffic{} &&
            (few || chosen_.contains(i))) {
            exported.push_back(origins[i]);
        }
    }
    return exported;
}

}  // namespace lull
