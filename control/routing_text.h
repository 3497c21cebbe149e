// What routing says of a country, in words. Wording only; nothing here decides.
#pragma once

#include <cstdint>
#include <string>

#include "control/routing_track.h"

namespace lull {

/// `fell_ns`: when the traffic fell; 0: it has not. One of "routing: 4 of 4 networks withdrawn,
/// first seen 2014-12-22T16:16:10Z: both, volume first by 20 s", "routing stands: 4 of 4 networks
/// announced, via AS4837", "routing: not known (no peer can be heard)".
std::string routing_evidence(const RoutingVerdict& routing, int64_t fell_ns);
/// "routing: 4 of 4 networks announced again, first seen …"
std::string routing_return(const RoutingVerdict& routing);
/// "4 of 4 networks withdrawn, first seen …"
std::string routing_gone(const RoutingVerdict& routing);
/// "4 of 4 networks announced by AS4134 of CN, first seen …"; "0 of 4 networks announced by another
/// country's AS".
std::string routing_moved(const RoutingVerdict& routing);
/// "moved, by routing: yes: 4 of 4 …", "no: …" or "not checkable: …"
std::string moved_evidence(const RoutingVerdict& routing);
/// Why nothing is known; "" where something is.
std::string routing_doubt(const RoutingVerdict& routing);

}  // namespace lull
