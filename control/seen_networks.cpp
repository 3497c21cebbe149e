#include "control/seen_networks.h"

#include <algorithm>

#include "dataplane/sources.h"

namespace lull {
namespace {

constexpr int64_t kHour_ns = 3'600'000'000'000;

}  // namespace

void SeenNetworks::keep(CountryId country, NetworkNumber network, int64_t hour) {
    Hour& cell = hours_[index_of(country)][static_cast<std::size_t>(hour) % kHours];
    if (cell.number != hour) {
        cell = {hour, 0, {}};
    }
    // Reservoir sampling; what is chosen need not be secret, only even.
    cell.seen += 1;
    const uint64_t place = mix(cell.seen, static_cast<uint64_t>(hour)) % cell.seen;
    if (cell.kept.size() < kPerHour) {
        cell.kept.push_back(network);
    } else if (place < kPerHour) {
        cell.kept[place] = network;
    }
}

void SeenNetworks::add(CountryId country, std::span<const NetworkNumber> networks, int64_t now_ns) {
    now_ = std::max<int64_t>(now_ns / kHour_ns, 0);
    for (const NetworkNumber network : networks) {
        if (network != 0) {
            keep(country, network, now_);
        }
    }
}

std::vector<NetworkNumber> SeenNetworks::of(CountryId country) const {
    std::vector<NetworkNumber> all;
    for (const Hour& cell : hours_[index_of(country)]) {
        if (is_recent(cell)) {
            all.insert(all.end(), cell.kept.begin(), cell.kept.end());
        }
    }
    return all;
}

NetworkSample SeenNetworks::sample() const {
    NetworkSample sample;
    for (std::size_t i = 0; i < hours_.size(); ++i) {
        sample.push_back(of(CountryId{static_cast<uint16_t>(i)}));
    }
    return sample;
}

SeenNetworks SeenNetworks::moved(const CountryOf& country_of) const {
    SeenNetworks moved;
    moved.now_ = now_;
    for (std::size_t i = 0; i < hours_.size(); ++i) {
        const CountryId country{static_cast<uint16_t>(i)};
        for (const Hour& cell : hours_[i]) {
            if (is_recent(cell)) {
                for (const NetworkNumber network : cell.kept) {
                    moved.keep(country_of(country, network), network, cell.number);
                }
            }
        }
    }
    return moved;
}

}  // namespace lull
