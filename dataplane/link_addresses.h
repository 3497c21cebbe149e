// Who sends a frame and who takes it, by its Ethernet header. Internal to the dataplane.
#pragma once

#include "dataplane/cursor.h"
#include "dataplane/headers.h"
#include "dataplane/members.h"

namespace lull {

/// What an Ethernet header says of who sends and who takes.
struct LinkAddresses {
    MacNumber from = 0;
    MacNumber to = 0;
    uint16_t vlan = 0;  // of the first tag
};
/// Of the header that `frame` stands on; zeros where that is not whole.
inline LinkAddresses link_addresses(Cursor frame) {
    const uint8_t* header = frame.take(kEthernetBytes);
    if (header == nullptr) {
        return {};
    }
    LinkAddresses link{mac_number(header + 6), mac_number(header), 0};
    const uint16_t type = load_be16(header + kEthernetTypeOffset);
    if ((type == kEtherTypeVlan || type == kEtherTypeProviderVlan) && frame.has(kVlanTagBytes)) {
        link.vlan = load_be16(frame.data()) & kVlanIdMask;
    }
    return link;
}

}  // namespace lull
