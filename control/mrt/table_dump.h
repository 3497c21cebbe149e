// RIB dumps: TABLE_DUMP (RFC 6396 §4.2), TABLE_DUMP_V2 (§4.3) and its ADD-PATH records (RFC 8050).
#pragma once

#include <vector>

#include "control/bgp/attributes.h"
#include "control/mrt/route.h"
#include "control/mrt/stream.h"

namespace lull {

/// Subtypes of TABLE_DUMP_V2.
enum class Rib : uint16_t {
    kPeerIndexTable = 1,
    kIpv4Unicast = 2,
    kIpv6Unicast = 4,
    kGeneric = 6,
    kIpv4UnicastAddPath = 8,
    kIpv6UnicastAddPath = 10,
    kGenericAddPath = 12,
};

class TableDumpReader {
  public:
    explicit TableDumpReader(RouteSink& sink) : sink_(sink) {}

    /// One TABLE_DUMP record: one route of one peer.
    RouteProblem read_table_dump(const MrtRecord& record);

    /// PEER_INDEX_TABLE. What stands before a problem is kept: entries name peers by position.
    RouteProblem read_peers(const MrtRecord& record);
    /// RIB_IPV4_UNICAST, RIB_IPV6_UNICAST and their ADD-PATH twins: one prefix, all its peers. An
    /// entry that cannot be used is left out; the first problem is returned.
    RouteProblem read_rib(const MrtRecord& record, Family family, AddPath add_path);
    /// RIB_GENERIC and its ADD-PATH twin; `other_family` says that it was neither IPv4 nor IPv6
    /// unicast, and nothing is wrong with that.
    RouteProblem read_generic(const MrtRecord& record, AddPath add_path, bool& other_family);

  private:
    enum class Mode : uint8_t { kTry, kHandOut };
    RouteProblem read_entries(Octets& in, const MrtRecord& record, Nlri nlri, AddPath add_path,
                              Mode mode);
    RouteProblem read_generic_as(Bytes body, const MrtRecord& record, AddPath in_prefix,
                                 AddPath in_entry, Mode mode);

    RouteSink& sink_;
    std::vector<MrtPeer> peers_;
    bool has_peers_ = false;
    Attributes attributes_;  // kept for its memory
};

}  // namespace lull
