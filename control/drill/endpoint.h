// One end of a conversation: an address, and what the drill's table says of it.
#pragma once

#include <cstdint>

#include "control/country.h"
#include "control/drill/scenario.h"
#include "dataplane/types.h"

namespace lull {

/// Stands for private space where an endpoint names its country.
inline constexpr CountryId kPrivateSpace{UINT16_MAX};

/// IPv4 addresses stand in the first four bytes of `address`.
struct Endpoint {
    Ipv6Bytes address{};
    Family family = Family::kIpv4;
    CountryId country = kCountryUnknown;
    uint32_t asn = 0;
};

/// Whether an event's target covers the endpoint. A port covers none: its events are about frames.
/// No prefix covers private space, wide as it may be: the table's networks are the targets.
[[nodiscard]] bool is_in(const DrillTarget& target, const Endpoint& endpoint);

}  // namespace lull
