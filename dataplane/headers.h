// The headers the parser knows: sizes, type numbers, and the wire diagram of each where an offset
// is not obvious. One row of a diagram is four bytes. Nothing here reads memory.
#pragma once

#include <cstdint>

namespace lull {

// ---- Ethernet (IEEE 802.3 §3.2): destination 6, source 6, type or length 2 ----
inline constexpr uint32_t kEthernetBytes = 14;
inline constexpr uint32_t kEthernetTypeOffset = 12;
inline constexpr uint16_t kEtherTypeMin = 0x0600;     // from here on the field is a type
inline constexpr uint16_t kEthernetLengthMax = 1500;  // up to here a length; between: undefined

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;           // IEEE 802.1Q
inline constexpr uint16_t kEtherTypeProviderVlan = 0x88a8;   // IEEE 802.1ad
inline constexpr uint16_t kEtherTypeOldQinq = 0x9100;        // before 802.1ad, still seen
inline constexpr uint16_t kEtherTypeMpls = 0x8847;           // RFC 3032 §5
inline constexpr uint16_t kEtherTypeMplsMulticast = 0x8848;  // RFC 5332
inline constexpr uint16_t kEtherTypePppoeSession = 0x8864;   // RFC 2516; 0x8863 is never IP
inline constexpr uint16_t kEtherTypeETag = 0x893f;           // IEEE 802.1BR
inline constexpr uint16_t kEtherTypeVnTag = 0x8926;          // Cisco VN-Tag
inline constexpr uint16_t kEtherTypeFabricPath = 0x8903;     // Cisco FabricPath
inline constexpr uint16_t kEtherTypeBridging = 0x6558;       // Ethernet inside GRE
inline constexpr uint16_t kEtherTypeErspan = 0x88be;         // ERSPAN types I and II inside GRE
inline constexpr uint16_t kEtherTypeErspan3 = 0x22eb;        // ERSPAN type III inside GRE

// ---- Tags, counted from behind their TPID to the end of the type that follows ----
// 802.1Q:  | priority 3, DEI 1, VLAN id 12 | next type 16 |
inline constexpr uint32_t kVlanTagBytes = 4;
inline constexpr uint16_t kVlanIdMask = 0x0fff;
// 802.1BR: | E-PCP, E-DEI, ingress 16 | GRP, E-CID 16 | extensions 16 | next type 16 |
inline constexpr uint32_t kETagBytes = 8;
// VN-Tag:  | direction, pointer, destination 16 | looped, version, source 16 | next type 16 |
inline constexpr uint32_t kVnTagBytes = 6;
// FabricPath: | forwarding tag 10, TTL 6 |, then a whole Ethernet frame
inline constexpr uint32_t kFabricPathTagBytes = 2;

// ---- IEEE 802.2 LLC and SNAP (RFC 1042) ----
// | DSAP 8 | SSAP 8 | control 8 | SNAP: OUI 24 | type 16 |
inline constexpr uint32_t kLlcBytes = 3;
inline constexpr uint32_t kSnapBytes = 5;
inline constexpr uint32_t kLlcSnap = 0xaaaa03;
inline constexpr uint32_t kLlcIpv4 = 0x060603;      // the SAP of IP, unnumbered information
inline constexpr uint32_t kOuiEncapsulated = 0;     // RFC 1042: an EtherType follows
inline constexpr uint32_t kOuiBridgeTunnel = 0xf8;  // IEEE 802.1H: an EtherType follows

// ---- MPLS (RFC 3032 §2.1): | label 20 | traffic class 3 | bottom 1 | TTL 8 | ----
inline constexpr uint32_t kMplsLabelBytes = 4;
inline constexpr uint8_t kMplsBottomBit = 0x01;             // of the third byte
inline constexpr uint32_t kPseudowireControlWordBytes = 4;  // RFC 4385: first nibble 0

// ---- PPPoE (RFC 2516 §4): | version, type 8 | code 8 | session 16 | length 16 | PPP 8 or 16 |
// ----
inline constexpr uint32_t kPppoeBytes = 6;
inline constexpr uint16_t kPppIpv4 = 0x0021;
inline constexpr uint16_t kPppIpv6 = 0x0057;

// ---- IPv4 (RFC 791 §3.1) ----
// | version 4, IHL 4 | TOS 8 | total length 16 |
// | identification 16 | flags 3, fragment offset 13 |
// | TTL 8 | protocol 8 | checksum 16 |
// | source | destination | options …
inline constexpr uint32_t kIpv4Bytes = 20;
inline constexpr uint16_t kIpv4OffsetMask = 0x1fff;

// ---- IPv6 (RFC 8200 §3) ----
// | version 4, traffic class 8, flow label 20 |
// | payload length 16 | next header 8 | hop limit 8 |
// | source 16 bytes | destination 16 bytes |
inline constexpr uint32_t kIpv6Bytes = 40;
// Every extension header: | next header 8 | length 8 | …, in all at least eight bytes.
inline constexpr uint32_t kExtensionBytesMin = 8;
inline constexpr uint8_t kJumboOption = 0xc2;  // RFC 2675 §2, four bytes of value
inline constexpr uint8_t kJumboOptionLength = 4;

// ---- IP protocol and next-header numbers ----
inline constexpr uint8_t kProtocolHopByHop = 0;
inline constexpr uint8_t kProtocolIcmp = 1;
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolRouting = 43;
inline constexpr uint8_t kProtocolFragment = 44;
inline constexpr uint8_t kProtocolGre = 47;
inline constexpr uint8_t kProtocolEsp = 50;             // RFC 4303
inline constexpr uint8_t kProtocolAuthentication = 51;  // RFC 4302: length in words of four, less 2
inline constexpr uint8_t kProtocolIcmpv6 = 58;
inline constexpr uint8_t kProtocolNone = 59;
inline constexpr uint8_t kProtocolDestinationOptions = 60;
inline constexpr uint8_t kProtocolSctp = 132;
inline constexpr uint8_t kProtocolMobility = 135;  // RFC 6275
inline constexpr uint8_t kProtocolHip = 139;       // RFC 7401
inline constexpr uint8_t kProtocolShim6 = 140;     // RFC 5533

// ---- Layer 4: the fixed part; source and destination port are the first four bytes ----
inline constexpr uint32_t kPortsBytes = 4;
inline constexpr uint8_t kTcpFin = 0x01, kTcpSyn = 0x02, kTcpRst = 0x04, kTcpAck = 0x10;
inline constexpr uint32_t kTcpBytes = 20;   // RFC 9293: data offset in byte 12, flags in 13
inline constexpr uint32_t kUdpBytes = 8;    // RFC 768: length in bytes 4 and 5
inline constexpr uint32_t kIcmpBytes = 8;   // RFC 792, RFC 4443
inline constexpr uint32_t kSctpBytes = 12;  // RFC 9260

// ---- GRE (RFC 2784, RFC 2890) ----
// | C R K S and reserved 13, version 3 | protocol type 16 | [checksum 32] [key 32] [sequence 32]
inline constexpr uint32_t kGreBytes = 4;
inline constexpr uint16_t kGreChecksum = 0x8000;
inline constexpr uint16_t kGreRouting = 0x4000;  // RFC 1701 only; long deprecated
inline constexpr uint16_t kGreKey = 0x2000;
inline constexpr uint16_t kGreSequence = 0x1000;
inline constexpr uint16_t kGreVersionMask = 0x0007;
inline constexpr uint32_t kGreOptionBytes = 4;

// ---- ERSPAN (draft-foschiano-erspan-03 §4) ----
// II:  | version 4 = 1, VLAN 12 | … | index 32 |; present when GRE carries a sequence number
// III: | version 4 = 2, VLAN 12 | … | time 32 | SGT 16 | P 1, frame type 5, …, O 1 |
inline constexpr uint32_t kErspan2Bytes = 8;
inline constexpr uint32_t kErspan3Bytes = 12;
inline constexpr uint32_t kErspan3SubheaderBytes = 8;  // when O is set
inline constexpr uint8_t kErspan2Version = 1;
inline constexpr uint8_t kErspan3Version = 2;

// ---- VXLAN (RFC 7348 §5): | flags 8 | reserved 24 | VNI 24 | reserved 8 |, then Ethernet ----
inline constexpr uint32_t kVxlanBytes = 8;
inline constexpr uint8_t kVxlanValid = 0x08;  // the I flag
inline constexpr uint16_t kVxlanPort = 4789;
inline constexpr uint16_t kVxlanOldPort = 8472;  // Linux before IANA chose

}  // namespace lull
