// Path attributes (RFC 4271 §4.3): flags 1 octet (0x10: two octets of length), type 1 octet,
// length, content. Of all that exist only those are read that say who announced what.
#pragma once

#include <cstdint>
#include <optional>

#include "control/bgp/as_path.h"
#include "control/bgp/octets.h"
#include "control/bgp/problem.h"
#include "dataplane/types.h"

namespace lull {

/// Routes inside MP_REACH_NLRI or MP_UNREACH_NLRI (RFC 4760), not decoded yet.
struct MultiprotocolRoutes {
    uint16_t afi = 0;
    uint8_t safi = 0;
    Bytes nlri;
};

struct Attributes {
    bool has_path = false;
    AsPath path;  // AS4_PATH merged in
    std::optional<MultiprotocolRoutes> reach;
    std::optional<MultiprotocolRoutes> unreach;
};

/// In a RIB dump the prefix stands beside the attributes, and MP_REACH_NLRI is cut down to the next
/// hop (RFC 6396 §4.3.4): it is passed over there.
enum class Multiprotocol : uint8_t { kRead, kSkip };

/// Reads all of `bytes`; `out` is replaced. Of an attribute that comes twice the first counts (RFC
/// 7606 §3). A malformed AS4_PATH is ignored (RFC 6793 §6), anything else malformed is a problem.
RouteProblem read_attributes(Bytes bytes, AsWidth width, Multiprotocol multiprotocol,
                             Attributes& out);

}  // namespace lull
