// A country of few networks is watched network by network: each of them gets an OriginId of its
// own, although they share AS, country and class, so that the dataplane tells them apart at no
// cost.
#pragma once

#include <vector>

#include "control/origins/prefix.h"
#include "control/origins/table_file.h"

namespace lull {

/// A country of more networks than this is told apart by origin AS (detection.md §1).
inline constexpr uint32_t kFewNetworks = 10;

struct NetworkOrigin {
    OriginId id{};
    IpPrefix prefix;
};

/// Adds the ids to `table`, as many as there is room for; what it returns is sorted by id.
std::vector<NetworkOrigin> tell_networks_apart(OriginTable& table);

}  // namespace lull
