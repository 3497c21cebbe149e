// A route as an MRT file states it, or a recorded BMP stream, what it says of its peers' sessions,
// and who takes it.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

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

/// A collector may record what it told a peer itself: that is no word of the peer's.
enum class Speaker : uint8_t { kPeer, kCollector };

/// Valid while RouteSink::route() runs.
struct MrtRoute {
    RouteKind kind = RouteKind::kTable;
    MrtFormat format = MrtFormat::kTableDump;
    uint32_t time_s = 0;
    uint32_t time_us = 0;
    const MrtPeer& peer;
    const Nlri& nlri;
    const AsPath& path;
    Speaker speaker = Speaker::kPeer;
};

/// Whose tables follow, as a TABLE_DUMP_V2 begins: from dump to dump the same name.
struct MrtTable {
    uint32_t collector = 0;  // its BGP identifier; 0: it gives none
    std::string_view view;   // valid while RouteSink::table() runs
};

/// The collector's session with a peer: into Established, or out of it.
enum class SessionChange : uint8_t { kUp, kDown };
struct MrtSession {
    SessionChange change = SessionChange::kUp;
    uint32_t time_s = 0;
    const MrtPeer& peer;
};

class RouteSink {
  public:
    virtual ~RouteSink() = default;
    virtual void route(const MrtRoute& route) = 0;
    // ---- for those who go by whether a peer can be heard ----
    virtual void table(const MrtTable&) {}
    virtual void session(const MrtSession&) {}
    /// The peer has told its table of a family since its session came up (RFC 4724).
    virtual void end_of_rib(const MrtPeer&, Family, uint32_t /*time_s*/) {}
};

}  // namespace lull
