// Reads an MRT file: every record is named by a kind and counted, every route goes to a sink, and
// what cannot be used is counted by a reason and told with its place. Nothing a file holds stops it
// but the loss of its framing, and then what came before counts.
#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "control/bgp/problem.h"
#include "control/mrt/route.h"
#include "control/origins/line_reader.h"
#include "control/origins/progress.h"

namespace lull {

enum class RecordKind : uint8_t {
    kPeerTable,     // PEER_INDEX_TABLE
    kTable,         // TABLE_DUMP, RIB_*, BGP4MP_ENTRY
    kUpdate,        // BGP UPDATE
    kOtherMessage,  // OPEN, KEEPALIVE, NOTIFICATION, ROUTE-REFRESH, and messages cut before a type
    kStateChange,
    kOtherFamily,  // multicast, VPN and the like: not what lull looks for
    kUnknown,      // of a type or subtype lull does not read
};
inline constexpr std::size_t kRecordKinds = static_cast<std::size_t>(RecordKind::kUnknown) + 1;
std::string_view record_kind_name(RecordKind kind);  // "peer_table"

struct MrtCounts {
    std::array<uint64_t, kRecordKinds> records{};
    ProblemCounts problems{};       // records, each by the first thing wrong with it
    uint64_t other_families = 0;    // attributes with routes of other families, inside updates
    uint64_t add_path_guessed = 0;  // updates with ADD-PATH that their records do not tell of
    [[nodiscard]] uint64_t records_total() const;
};

struct MrtReport {
    MrtCounts counts;
    Rejections rejected;  // "rib.gz: record 17 at byte 4711: a prefix length above 32 or 128"
    std::string sha256;   // of the file as it is
    std::string stream;   // what was wrong with the compressed data; "" if nothing
};

/// Reads all of `raw`, plain or compressed; `path` is used in messages, `progress` may be null.
MrtReport read_mrt(std::istream& raw, const std::string& path, RouteSink& sink,
                   Progress* progress = nullptr);

}  // namespace lull
