// What peers said to a collector, message by message: BGP4MP and BGP4MP_ET (RFC 6396 §4.4, RFC 8050
// §3), and their ancestor of 1999, type BGP (appendix B.2).
#pragma once

#include "control/bgp/lenient.h"
#include "control/mrt/route.h"
#include "control/mrt/stream.h"

namespace lull {

/// What a record was, whether it was sound or not.
enum class MessageKind : uint8_t { kUpdate, kOther, kStateChange, kTableEntry, kUnknown };

class Bgp4mpReader {
  public:
    explicit Bgp4mpReader(RouteSink& sink) : sink_(sink) {}

    RouteProblem read_bgp4mp(const MrtRecord& record, MessageKind& kind);
    RouteProblem read_bgp(const MrtRecord& record, MessageKind& kind);
    /// Multiprotocol attributes passed over so far: VPN, flow rules, …
    [[nodiscard]] uint64_t other_families() const { return other_families_; }
    /// Messages read as ADD-PATH although their record does not say so.
    [[nodiscard]] uint64_t add_path_guessed() const { return updates_.add_path_guessed(); }

  private:
    RouteProblem read_message_record(const MrtRecord& record, Octets& in,
                                     const UpdateFormat& format, MessageKind& kind);
    RouteProblem read_state_change(const MrtRecord& record, Octets& in, AsWidth width);
    RouteProblem read_table_entry(const MrtRecord& record, Octets& in);
    RouteProblem hand_out(const MrtRecord& record, const MrtPeer& peer, Bytes body,
                          const UpdateFormat& format);

    RouteSink& sink_;
    LenientReader updates_;
    uint64_t other_families_ = 0;
};

}  // namespace lull
