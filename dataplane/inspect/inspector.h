// The stage that looks into the first payloads of a new flow: which context, which label, which
// site. One worker's. No allocation, lock, log or system call; nothing it finds or fails at keeps a
// packet from being counted.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/inspect/inspect_counts.h"
#include "dataplane/inspect/inspect_set.h"
#include "dataplane/inspect/surge.h"
#include "dataplane/packet_view.h"

namespace lull {

/// What a look has found.
struct Finding {
    LabelId label = kLabelNone;
    SiteId site = kSiteNone;
    /// The flow's people say nothing: an attack, a scan, malware.
    bool hostile = false;
    /// The label falls when somebody follows the flow up: it was given by numbers, not by content.
    bool provisional = false;
    /// Nothing more is to be learned from later packets.
    bool done = false;
};

class Inspector {
  public:
    explicit Inspector(uint32_t worker) : worker_(worker) {}

    /// Of the first packet of a new flow: what its headers tell. `frame` is its head in memory.
    Finding open(const InspectSet& set, std::span<const uint8_t> frame, const PacketView& view,
                 uint32_t beat);
    /// Of a packet with payload.
    Finding look(const InspectSet& set, std::span<const uint8_t> frame, const PacketView& view,
                 InspectCounts& counts) const;
    /// A SYN of a flow that is known came again.
    void repeated(const PacketView& view, uint32_t beat) { surge_.repeated(view, beat); }
    /// A flow has become an answered one.
    void followed_up(const PacketView& view, uint32_t beat) { surge_.followed_up(view, beat); }

  private:
    uint32_t worker_;
    Surge surge_;
};

}  // namespace lull
