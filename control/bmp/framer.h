// BMP messages out of a stream of octets that arrives in any pieces (RFC 7854 §4.1):
//
//   version 1 octet (3), length 4 (all of the message), type 1, then the rest
//
// Every octet is looked at once and copied at most once, and no more than one message is held. A
// header that cannot be believed loses the stream: where the next message begins nobody says.
#pragma once

#include <cstdint>
#include <vector>

#include "control/bgp/octets.h"
#include "control/bgp/problem.h"

namespace lull {

inline constexpr uint8_t kBmpVersion = 3;
inline constexpr uint32_t kBmpHeaderBytes = 6;
/// Longest message: a BGP message has at most 65,535 octets (RFC 8654), as have the TLVs that Route
/// Mirroring stacks; sixteen of them are more than any router is known to send at once.
inline constexpr uint32_t kMaxBmpMessageBytes = 16 * (65'535 + 4) + 48;

/// IANA's BMP message types; a router may send others.
enum class BmpType : uint8_t {
    kRouteMonitoring,
    kStatistics,
    kPeerDown,
    kPeerUp,
    kInitiation,
    kTermination,
    kRouteMirroring,
};

struct BmpMessage {
    BmpType type = BmpType::kRouteMonitoring;
    Bytes body;  // behind the header
};

class BmpFramer {
  public:
    /// Takes the next octets, which stay where they are until next() has said false.
    void feed(Bytes octets) { in_ = octets; }
    /// The next whole message, valid until the next call; false: what was fed is used up, or the
    /// stream is lost, see problem().
    bool next(BmpMessage& out);
    /// kBmpVersion or kBmpLength once the stream is lost.
    [[nodiscard]] RouteProblem problem() const { return problem_; }
    /// The stream has stopped inside a message, for now or for good.
    [[nodiscard]] bool inside_message() const { return !held_.empty(); }

  private:
    bool fill_held(std::size_t bytes);

    Bytes in_;                   // of what was fed, what is not used yet
    std::vector<uint8_t> held_;  // the beginning of a message whose end has not come
    bool handed_out_ = false;    // held_ is the message that the last call returned
    RouteProblem problem_ = RouteProblem::kNone;
};

}  // namespace lull
