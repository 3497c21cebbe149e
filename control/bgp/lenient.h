// UPDATEs that are not as they should be. Whether they carry path identifiers (ADD-PATH, RFC 7911)
// and how wide their AS numbers are no message says of itself: MRT had no name for the first before
// RFC 8050, and routers that speak BMP differ in what they repeat (FRR has VPN routes with two
// octets where it promises four). Where the octets contradict what was agreed, the other reading is
// tried.
#pragma once

#include <cstdint>

#include "control/bgp/update.h"

namespace lull {

class LenientReader {
  public:
    /// Reads an UPDATE's body into update(). The other reading is taken only if it is sound from
    /// end to end; otherwise the problem is the agreed one's, and so is what stands before it.
    RouteProblem read(Bytes body, const UpdateFormat& agreed);
    [[nodiscard]] const BgpUpdate& update() const { return update_; }
    /// UPDATEs so far that were not as agreed.
    [[nodiscard]] uint64_t add_path_guessed() const { return add_path_guessed_; }
    [[nodiscard]] uint64_t as_width_guessed() const { return as_width_guessed_; }

  private:
    bool try_as(Bytes body, const UpdateFormat& format);

    BgpUpdate update_;  // kept for its memory
    BgpUpdate guess_;
    uint64_t add_path_guessed_ = 0;
    uint64_t as_width_guessed_ = 0;
};

}  // namespace lull
