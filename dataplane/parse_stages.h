// The two stages of parse_frame that a plain packet never enters: what lies before its IP header
// (tags, labels, PPPoE, LLC) and, on ports that say decap, a tunnel behind it. Internal to the
// parser; everyone else calls parse_frame.
#pragma once

#include "dataplane/cursor.h"
#include "dataplane/parse.h"

namespace lull {

/// Steps `frame`, which stands on an Ethernet header, to its IP header and says which family it
/// claims to be. Terminates for any bytes: tags and labels are counted, all else moves inwards.
Reject strip_link(Cursor& frame, const ParseRules& rules, Family& family);

/// What a port that says decap found behind an IP header.
enum class Tunnel : uint8_t { kNone, kTruncated, kEthernet, kIpv4, kIpv6 };

/// Steps `layer4`, which stands behind the IP headers of `view`, to the frame or packet inside if
/// it is a tunnel that the rules take off.
Tunnel strip_tunnel(Cursor& layer4, const ParseRules& rules, const PacketView& view);

}  // namespace lull
