#include "control/routes/path_store.h"

#include <algorithm>
#include <random>

#include "dataplane/sources.h"

namespace lull {

PathStore::PathStore() {
    std::random_device device;
    seed_ = uint64_t{device()} << 32 | device();
}

uint64_t PathStore::hash_of(std::span<const uint32_t> hops) const {
    uint64_t hash = mix(hops.size(), seed_);
    for (const uint32_t asn : hops) hash = mix(hash ^ asn, seed_);
    return hash;
}

PathId PathStore::take(std::span<const uint32_t> hops) {
    if (hops.size() > kMaxKeptHops) hops = hops.last(kMaxKeptHops);
    const uint64_t hash = hash_of(hops);
    const auto [first, last] = index_.equal_range(hash);
    for (auto at = first; at != last; ++at) {
        if (std::ranges::equal(this->hops(PathId{at->second}), hops)) {
            ++paths_[at->second].users;
            return PathId{at->second};
        }
    }
    if (unused_.empty()) {
        unused_.push_back(static_cast<uint32_t>(paths_.size()));
        paths_.emplace_back();
    }
    const uint32_t number = unused_.back();
    unused_.pop_back();
    Path& path = paths_[number];
    path.users = 1;
    path.count = static_cast<uint32_t>(hops.size());
    std::ranges::copy(hops, path.hops);
    index_.emplace(hash, number);
    return PathId{number};
}

void PathStore::release(PathId id) {
    const auto number = static_cast<uint32_t>(id);
    if (--paths_[number].users > 0) return;
    const auto [first, last] = index_.equal_range(hash_of(hops(id)));
    for (auto at = first; at != last; ++at) {
        if (at->second != number) continue;
        index_.erase(at);
        break;
    }
    unused_.push_back(number);
}

std::span<const uint32_t> PathStore::hops(PathId id) const {
    const Path& path = paths_[static_cast<uint32_t>(id)];
    return {path.hops, path.count};
}

}  // namespace lull
