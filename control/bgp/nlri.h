// Prefixes as BGP writes them (RFC 4271 §4.3): a length in bits, then as many octets as it needs;
// with ADD-PATH (RFC 7911 §3) four octets of path identifier before them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "control/bgp/octets.h"
#include "control/bgp/problem.h"
#include "control/origins/prefix.h"

namespace lull {

enum class AddPath : uint8_t { kNo, kYes };

/// Subsequent address families: what the routes are for (RFC 4760 §6).
inline constexpr uint8_t kSafiUnicast = 1, kSafiMulticast = 2;

struct Nlri {
    IpPrefix prefix;
    std::optional<uint32_t> path_id;  // with ADD-PATH
    uint8_t safi = kSafiUnicast;      // multicast: where its sources are looked for, not traffic
    bool operator==(const Nlri&) const = default;
};

/// The first `length` bits of `octets` (at most 16 are looked at, missing ones are zero); bits
/// beyond are dropped, as RFC 4271 says.
IpPrefix prefix_of(Family family, Bytes octets, uint8_t length);
/// A whole address of 4 or 16 octets as a /32 or /128.
IpPrefix address_of(Family family, Bytes octets);

/// Reads one length and prefix.
RouteProblem read_prefix(Octets& in, Family family, IpPrefix& prefix);
/// Reads all of `in`, appending to `out`: what stands before a problem is there.
RouteProblem read_nlri(Octets in, Family family, uint8_t safi, AddPath add_path,
                       std::vector<Nlri>& out);

/// AFI of IANA's Address Family Numbers: 1 and 2; nullopt for any other.
std::optional<Family> family_of(uint16_t afi);

}  // namespace lull
