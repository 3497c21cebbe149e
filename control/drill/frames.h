// Writes Ethernet frames: IPv4 and IPv6 with TCP, UDP and ICMP, all lengths and checksums right,
// and the ARP and LLDP that every exchange point's wire carries. Payloads are the first bytes of
// fixed texts whose sums are known beforehand, so a checksum costs no walk over the payload.
#pragma once

#include <cstdint>
#include <span>

#include "control/drill/endpoint.h"

namespace lull {

inline constexpr uint32_t kMinFrameBytes = 60;      // Ethernet without FCS
inline constexpr uint32_t kMaxPayloadBytes = 1440;  // TCP over IPv6 fills 1,500 bytes with it
inline constexpr uint32_t kMaxFrameBytes = 14 + 4 + 40 + 20 + kMaxPayloadBytes;

/// How a payload begins. kHello: a TLS ClientHello of its whole length that names www.drill.kp, or
/// whatever country it is sent to; at least kMinHelloBytes.
enum class Payload : uint8_t {
    kTls,
    kHello,
    kDnsQuery,
    kDnsAnswer,
    kDnsAny,
    kQuic,
    kNtp,
    kSsdp,
    kNoise
};
inline constexpr uint32_t kMinHelloBytes = 96;
inline constexpr std::size_t kPayloadCount = static_cast<std::size_t>(Payload::kNoise) + 1;

inline constexpr uint8_t kProtocolIcmp = 1;
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolIcmp6 = 58;

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpPsh = 0x08;
inline constexpr uint8_t kTcpAck = 0x10;

/// One packet. Both ends are of one family.
struct PacketSpec {
    const Endpoint* from = nullptr;
    const Endpoint* to = nullptr;
    uint8_t protocol = kProtocolTcp;  // ICMP: of IPv4; IPv6 writes ICMPv6 in its place
    uint16_t from_port = 0;           // ICMP echo: the identifier, of request and reply
    uint16_t to_port = 0;             // ICMP echo: the sequence number
    uint32_t sequence = 0;
    uint32_t acknowledged = 0;
    uint8_t flags = 0;  // TCP; ICMP: 1 for a reply
    uint8_t ttl = 57;
    uint16_t ip_id = 0;
    uint16_t vlan = 0;           // 0: no tag
    uint16_t payload_bytes = 0;  // at most kMaxPayloadBytes
    Payload payload = Payload::kNoise;
};

/// Bytes of the packet as contract.md counts them: the IP header and what follows.
[[nodiscard]] uint32_t ip_bytes(const PacketSpec& packet);
/// Bytes of the frame without FCS, padding included.
[[nodiscard]] uint32_t frame_bytes(const PacketSpec& packet);
/// Fills `frame`, which has frame_bytes(packet) bytes.
void write_frame(const PacketSpec& packet, std::span<uint8_t> frame);

/// A gratuitous-looking ARP request of a peering LAN, and an LLDP frame of a switch; 60 bytes.
void write_arp(uint32_t sender, std::span<uint8_t> frame);
void write_lldp(std::span<uint8_t> frame);

}  // namespace lull
