#include "control/bmp/counts.h"

#include <numeric>

namespace lull {
namespace {

constexpr std::array<std::string_view, kBmpTypes> kTypeNames{
    "route_monitoring", "statistics",  "peer_down",       "peer_up",
    "initiation",       "termination", "route_mirroring", "unknown"};

}  // namespace

std::string_view bmp_type_name(std::size_t index) {
    return kTypeNames[index];
}

BmpCounts& BmpCounts::operator+=(const BmpCounts& other) {
    for (std::size_t i = 0; i < kBmpTypes; ++i) messages[i] += other.messages[i];
    for (std::size_t i = 0; i < kRouteProblems; ++i) problems[i] += other.problems[i];
    bytes += other.bytes;
    announced += other.announced;
    withdrawn += other.withdrawn;
    ends_of_rib += other.ends_of_rib;
    other_families += other.other_families;
    add_path_guessed += other.add_path_guessed;
    as_width_guessed += other.as_width_guessed;
    without_peer_up += other.without_peer_up;
    said_again += other.said_again;
    up_again += other.up_again;
    unknown_down += other.unknown_down;
    return *this;
}

uint64_t BmpCounts::problems_total() const {
    return std::accumulate(problems.begin(), problems.end(), uint64_t{0});
}

}  // namespace lull
