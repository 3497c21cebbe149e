#include "control/origins/disagreements.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "control/origins/resolve.h"

namespace lull {

AddressSpace& AddressSpace::operator+=(const AddressSpace& other) {
    addresses4 += other.addresses4;
    networks6 += other.networks6;
    return *this;
}

AddressSpace space_of(const IpPrefix& prefix) {
    if (prefix.family == Family::kIpv4) return {uint64_t{1} << (32 - prefix.length), 0};
    if (prefix.length > 64) return {};
    // Of ::/0, which no table holds, one /64 is missing: 2^64 has no place in 64 bits.
    return {0, prefix.length == 0 ? ~uint64_t{0} : uint64_t{1} << (64 - prefix.length)};
}

std::vector<std::size_t> widest_first(const std::vector<CountryPair>& pairs) {
    // All of IPv4 weighs as much as the eighth of IPv6 that is in use (2000::/3): 2^32 to 2^61.
    const auto weight = [&pairs](std::size_t i) {
        return pairs[i].space.addresses4 + (pairs[i].space.networks6 >> 29);
    };
    std::vector<std::size_t> order(pairs.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&weight](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
    return order;
}

void DisagreementCounter::add(const Statements& heard, const AddressSpace& own) {
    struct Said {
        SourceKind kind;
        CountryId country;
    };
    std::array<Said, kEndCountrySources> said{};
    std::size_t count = 0;
    for (std::size_t i = kFirstCountrySource; i < kEndCountrySources; ++i) {
        const auto kind = static_cast<SourceKind>(i);
        if (const auto country = heard.country_of(kind)) said[count++] = {kind, *country};
    }
    for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = a + 1; b < count; ++b) {
            SourcePair& pair = sources_[{said[a].kind, said[b].kind}];
            pair.both += own;
            if (said[a].country == said[b].country) continue;
            pair.differing += own;
            ++pair.prefixes;
            CountryPair& way =
                countries_[{said[a].kind, said[b].kind, said[a].country, said[b].country}];
            way.space += own;
            ++way.prefixes;
        }
    }
}

Disagreements DisagreementCounter::result() const {
    Disagreements result;
    for (const auto& [kinds, pair] : sources_) {
        result.sources.push_back(pair);
        result.sources.back().stronger = kinds.first;
        result.sources.back().weaker = kinds.second;
    }
    std::vector<CountryPair> all;
    all.reserve(countries_.size());
    for (const auto& [key, way] : countries_) {
        const auto& [stronger, weaker, says_stronger, says_weaker] = key;
        all.push_back({stronger, weaker, says_stronger, says_weaker, way.space, way.prefixes});
    }
    if (all.size() > kMaxCountryPairs) {
        std::vector<std::size_t> kept = widest_first(all);
        kept.resize(kMaxCountryPairs);
        std::sort(kept.begin(), kept.end());
        for (const std::size_t i : kept) result.countries.push_back(all[i]);
    } else {
        result.countries = std::move(all);
    }
    return result;
}

}  // namespace lull
