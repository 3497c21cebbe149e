#include "control/table_sanity.h"

#include <algorithm>

namespace lull {

namespace {

constexpr double kSmallestShare = 0.8;
constexpr std::size_t kMostTimesUnmatched = 2;
// Twice nothing is nothing, and a few addresses are always news: one network that was withdrawn can
// hold some of 4,096. What this is for moves hundreds: an address family (of which the sample has
// as much as the traffic, at most half), a registry, a country of note. 16 of 4,096 are 0.4 %; and
// before 16 addresses have been seen there is too little to refuse on.
constexpr std::size_t kSlackAddresses = 16;

}  // namespace

Result<void> check_shrinkage(const Directory& now, const Directory& next) {
    const auto before = static_cast<double>(now.prefixes4 + now.prefixes6);
    const auto after = static_cast<double>(next.prefixes4 + next.prefixes6);
    if (after < kSmallestShare * before) {
        return refused(
            "{}: has {:.0f} prefixes, the loaded table {:.0f}: below {:.0f} % it is "
            "taken for an accident; mend: build it again, or restart lull to take it "
            "as it is",
            next.path, after, before, 100 * kSmallestShare);
    }
    return {};
}

std::vector<SeenAddress> looked_up(std::span<const SeenAddress> addresses, const TableSet& table) {
    std::vector<SeenAddress> found(addresses.begin(), addresses.end());
    const auto first6 = std::partition(found.begin(), found.end(), [](const SeenAddress& seen) {
        return seen.family == Family::kIpv4;
    });
    std::vector<uint32_t> addresses4;
    std::vector<Ipv6Bytes> addresses6;
    for (auto seen = found.begin(); seen != found.end(); ++seen) {
        if (seen < first6) {
            addresses4.push_back(seen->address4);
        } else {
            addresses6.push_back(seen->address6);
        }
    }
    std::vector<OriginId> origins(found.size());
    table.lookup4(addresses4, std::span(origins).first(addresses4.size()));
    table.lookup6(addresses6, std::span(origins).subspan(addresses4.size()));
    for (std::size_t i = 0; i < found.size(); ++i) {
        found[i].origin = origins[i];
    }
    return found;
}

std::size_t unmatched_of(std::span<const SeenAddress> addresses) {
    return static_cast<std::size_t>(
        std::count_if(addresses.begin(), addresses.end(),
                      [](const SeenAddress& seen) { return seen.origin == kOriginUnmatched; }));
}

Result<void> check_unmatched(const std::string& path, std::span<const SeenAddress> now,
                             std::span<const SeenAddress> next) {
    const std::size_t before = unmatched_of(now), after = unmatched_of(next);
    if (after > kMostTimesUnmatched * before + kSlackAddresses) {
        return refused(
            "{}: of {} addresses seen lately it has no prefix for {}, the loaded table for {}: "
            "more "
            "than {} times as many (and {}) is taken for an accident; mend: see what is missing "
            "with "
            "`lull table diff`, build it again, or restart lull to take it as it is",
            path, now.size(), after, before, kMostTimesUnmatched, kSlackAddresses);
    }
    return {};
}

}  // namespace lull
