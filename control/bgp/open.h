// OPEN (RFC 4271 §4.2): of what two ends offer each other, what decides how UPDATEs between them
// are to be read: ADD-PATH (RFC 7911 §4).
//
//   version 1 octet, AS 2, hold time 2, identifier 4, length of parameters 1 (255: RFC 9072), then
//   parameters: type 1 octet (2: capabilities of code 1, length 1, value), length 1, value
#pragma once

#include <cstdint>

#include "control/bgp/octets.h"
#include "control/bgp/problem.h"
#include "control/bgp/update.h"

namespace lull {

/// What one end would do in one address family; as RFC 7911 numbers it.
enum class AddPathOffer : uint8_t { kNone, kReceive, kSend, kBoth };

struct BgpOpen {
    uint32_t asn = 0;  // of four octets where the capability says so (RFC 6793)
    uint32_t bgp_id = 0;
    AddPathOffer add_path4 = AddPathOffer::kNone;  // IPv4 unicast
    AddPathOffer add_path6 = AddPathOffer::kNone;  // IPv6 unicast
    bool operator==(const BgpOpen&) const = default;
};

/// Reads an OPEN's body: kNotOpen when fields reach beyond it. `out` is replaced, and holds what
/// stands before a problem.
RouteProblem read_open(Bytes body, BgpOpen& out);

/// How UPDATEs from one end to the other carry prefixes: with path identifiers only where the one
/// sends them and the other wants them.
UpdateFormat format_between(const BgpOpen& sender, const BgpOpen& receiver);

}  // namespace lull
