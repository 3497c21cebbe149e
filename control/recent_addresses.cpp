#include "control/recent_addresses.h"

namespace lull {

void RecentAddresses::add(std::span<const SeenAddress> seen) {
    for (const SeenAddress& address : seen) {
        if (address.origin == kOriginPrivate) {
            continue;
        }
        const Key key{address.family, address.address4, address.address6};
        if (const auto known = places_.find(key); known != places_.end()) {
            ring_[known->second].origin = address.origin;
        } else if (ring_.size() < kRecentAddresses) {
            places_.emplace(key, ring_.size());
            ring_.push_back(address);
        } else {
            const SeenAddress& leaving = ring_[oldest_];
            places_.erase({leaving.family, leaving.address4, leaving.address6});
            places_.emplace(key, oldest_);
            ring_[oldest_] = address;
            oldest_ = (oldest_ + 1) % kRecentAddresses;
        }
    }
}

}  // namespace lull
