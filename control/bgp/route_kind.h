// What a source of routes says of one of them, whether it is a dump or a router that speaks.
#pragma once

#include <cstdint>

namespace lull {

enum class RouteKind : uint8_t {
    kTable,     // the peer has it at the time of the dump
    kAnnounce,  // the peer has it from now on
    kWithdraw,  // the peer no longer has it; there is no path
};

}  // namespace lull
