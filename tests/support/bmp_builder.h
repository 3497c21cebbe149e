// BMP messages for tests, written as they read:
//
//   bmp_initiation("edge1") + bmp_peer_up(peer, bgp_open(64500), bgp_open(64501)) +
//       bmp_routes(peer, update({}, path_attribute(sequence({64501})), nlri("10.0.0.0/8")))
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/mrt_builder.h"

namespace lull::testing {

/// Any message: header and body.
Octetstring bmp(unsigned type, const Octetstring& body, unsigned version = 3);

struct BuiltBmpPeer {
    std::string address = "192.0.2.1";
    uint32_t asn = 64501;
    unsigned type = 0;   // 3: Loc-RIB
    unsigned flags = 0;  // V is added
    uint32_t distinguisher = 0;
    uint32_t time_s = 1'419'264'900;
};
inline constexpr unsigned kBmpPost = 0x40, kBmpTwoOctetAs = 0x20, kBmpOut = 0x10;

Octetstring bmp_tlv(unsigned type, std::string_view value);
Octetstring bmp_initiation(std::string_view name, std::string_view description = "");
Octetstring bmp_termination(unsigned reason);
/// `sent` and `received` are whole OPEN messages.
Octetstring bmp_peer_up(const BuiltBmpPeer& peer, const Octetstring& sent,
                        const Octetstring& received, const Octetstring& tlvs = {});
Octetstring bmp_peer_down(const BuiltBmpPeer& peer, unsigned reason, const Octetstring& data = {});
/// Route Monitoring with the body of an UPDATE.
Octetstring bmp_routes(const BuiltBmpPeer& peer, const Octetstring& update_body);
/// Gauges of eight octets.
Octetstring bmp_statistics(const BuiltBmpPeer& peer,
                           const std::vector<std::pair<unsigned, uint32_t>>& gauges);

/// A capability for one family: `offer` 1 receives, 2 sends, 3 does both.
Octetstring add_path_capability(unsigned afi, unsigned offer);
/// An OPEN, whole, with the capability of four-octet AS numbers and those given.
Octetstring bgp_open(uint32_t asn, const Octetstring& capabilities = {});

/// A short stream with a message of every type.
Octetstring one_bmp_message_of_each();

}  // namespace lull::testing
