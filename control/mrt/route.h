// A route as an MRT file states it, or a recorded BMP stream, and who takes it.
#pragma once

#include <compare>
#include <cstdint>

#include "control/bgp/as_path.h"
#include "control/bgp/nlri.h"
#include "control/bgp/route_kind.h"

namespace lull {

/// Who told the collector.
struct MrtPeer {
    IpPrefix address;  // a /32 or /128
    uint32_t asn = 0;
    auto operator<=>(const MrtPeer&) const = default;
};

enum class MrtFormat : uint8_t { kTableDump, kTableDump2, kBgp4mp, kBgp4mpEt, kBgp, kBmp };

/// Valid while RouteSink::route() runs.
struct MrtRoute {
    RouteKind kind = RouteKind::kTable;
    MrtFormat format = MrtFormat::kTableDump;
    uint32_t time_s = 0;
    uint32_t time_us = 0;
    const MrtPeer& peer;
    const Nlri& nlri;
    const AsPath& path;
};

class RouteSink {
  public:
    virtual ~RouteSink() = default;
    virtual void route(const MrtRoute& route) = 0;
};

}  // namespace lull
