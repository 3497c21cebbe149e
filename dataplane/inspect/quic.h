// The server name in a QUIC client's first packet. Initial packets are encrypted with keys that
// follow from the packet itself (RFC 9001 §5.2), so that anybody on the way can read them; this
// does so without allocation, and without checking the tag: a damaged one gives no name.
#pragma once

#include <cstdint>

#include "dataplane/cursor.h"
#include "dataplane/inspect/fields.h"

namespace lull {

/// Whether a UDP payload begins as an Initial packet of a version that is known here: 1, 2 and the
/// drafts from 23 on.
bool is_quic_initial(Cursor payload);

/// Its CRYPTO frames (RFC 9000 §19.6), as far as they follow on one another from the start of the
/// ClientHello. 0 when it is no client's, or the name is in a later packet.
uint32_t read_quic_name(Cursor payload, NameBuffer& name);

}  // namespace lull
