// What a BMP session has seen, for metrics: if it is not counted it does not exist.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "control/bgp/problem.h"
#include "control/bmp/framer.h"

namespace lull {

/// One place for each BmpType, and one for types that lull does not know.
inline constexpr std::size_t kBmpTypes = static_cast<std::size_t>(BmpType::kRouteMirroring) + 2;
constexpr std::size_t type_index(BmpType type) {
    const auto index = static_cast<std::size_t>(type);
    return index < kBmpTypes - 1 ? index : kBmpTypes - 1;
}
std::string_view bmp_type_name(std::size_t index);  // "route_monitoring"; the last: "unknown"

struct BmpCounts {
    uint64_t bytes = 0;
    std::array<uint64_t, kBmpTypes> messages{};
    ProblemCounts problems{};  // messages, each by the first thing wrong with it
    uint64_t announced = 0;    // routes that were handed on
    uint64_t withdrawn = 0;
    uint64_t ends_of_rib = 0;
    uint64_t other_families = 0;  // attributes with routes of other families: VPN, flow rules, …
    uint64_t add_path_guessed = 0;  // UPDATEs that were not as the Peer Up said
    uint64_t as_width_guessed = 0;  // UPDATEs that were not as their header says
    uint64_t without_peer_up = 0;   // peers that had routes and no Peer Up
    uint64_t said_again = 0;        // Peer Ups of a BGP session that was up: one for each table
    uint64_t up_again = 0;          // Peer Ups of another BGP session with a peer that was up
    uint64_t unknown_down = 0;      // Peer Downs of a peer that was not

    BmpCounts& operator+=(const BmpCounts& other);
    [[nodiscard]] uint64_t problems_total() const;
};

}  // namespace lull
