// The last kRecentAddresses distinct addresses that were seen, and whether the table had them: what
// a new table is tried on. Private space is left out; it is in no table. Pure, bounded.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "dataplane/limits.h"
#include "dataplane/snapshot.h"

namespace lull {

class RecentAddresses {
  public:
    /// Takes note of addresses, the newest last. One that is there already keeps its place and
    /// takes the newer origin; a new one takes the place of the oldest once the ring is full.
    void add(std::span<const SeenAddress> seen);
    /// In no order. Of an origin only unmatched or not is worth reading: ids are of the generation
    /// that was in use when the address was seen.
    [[nodiscard]] const std::vector<SeenAddress>& addresses() const { return ring_; }

  private:
    using Key = std::tuple<Family, uint32_t, Ipv6Bytes>;

    std::vector<SeenAddress> ring_;
    std::size_t oldest_ = 0;  // the place that is taken next, once the ring is full
    // A tree and not a hash table: senders choose the keys.
    std::map<Key, std::size_t> places_;
};

}  // namespace lull
