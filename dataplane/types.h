// The words of the packet path: addresses, ids, and the closed list of reasons why a frame is not
// counted. No country is named here: the dataplane knows origins and areas by number only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lull {

/// A dense number for one (AS, country, class) of the loaded table; below kMaxOrigins. Its meaning
/// belongs to one table generation.
enum class OriginId : uint32_t {};
inline constexpr OriginId kOriginUnmatched{0};  // routable, in no prefix of the table
inline constexpr OriginId kOriginPrivate{1};    // RFC 1918, loopback, multicast, documentation …
inline constexpr uint32_t kFirstTableOrigin = 2;

constexpr uint32_t index_of(OriginId id) {
    return static_cast<uint32_t>(id);
}

/// A number for the set of origins whose sources are counted together (control: a country).
enum class AreaId : uint16_t {};
inline constexpr AreaId kAreaNone{0};  // unmatched and private space: no distinct counting

constexpr uint16_t index_of(AreaId id) {
    return static_cast<uint16_t>(id);
}

/// What the dataplane knows of an origin.
struct OriginTraits {
    AreaId area = kAreaNone;
    /// Whether its traffic is people's (eyeball, satellite, unknown): only then it bears life and
    /// demand. Content, anycast, vpn and hosting are counted and feed no verdict.
    bool bears_life = false;
};

enum class Family : uint8_t { kIpv4, kIpv6 };

/// One IPv4 route. `address` is in host order, host bits are zero.
struct Route4 {
    uint32_t address = 0;
    uint8_t length = 0;
    OriginId origin = kOriginUnmatched;
};

using Ipv6Bytes = std::array<uint8_t, 16>;

/// One IPv6 route. `address` is in network order, host bits are zero.
struct Route6 {
    Ipv6Bytes address{};
    uint8_t length = 0;
    OriginId origin = kOriginUnmatched;
};

/// An address that a counted packet bore, and what the worker's table said of it.
struct SeenAddress {
    Family family = Family::kIpv4;
    uint32_t address4 = 0;               // family kIpv4 only, host order
    Ipv6Bytes address6{};                // family kIpv6 only, network order
    OriginId origin = kOriginUnmatched;  // of that table's generation
};

/// A network as one number: an IPv4 /24 as its address' upper 24 bits and the top bit, an IPv6 /48
/// as its upper 48 bits. 0 is none.
using NetworkNumber = uint64_t;
inline constexpr NetworkNumber kNetwork4 = NetworkNumber{1} << 63;

/// How many packets the receives of a queue returned, as a histogram: at most 1, 2, 4, 8, 16, 32.
/// Full bursts mean that packets wait: the cheapest sign of a worker near its limit.
inline constexpr std::array<uint32_t, 6> kBurstBounds{1, 2, 4, 8, 16, 32};
using BurstCounts = std::array<uint64_t, kBurstBounds.size()>;

/// Why a frame is not counted. One counter each per port; the list is closed and exported as
/// lull_packets_rejected_total{reason}. A frame whose outermost IP header is sound is counted,
/// whatever follows it.
enum class Reject : uint8_t {
    kNone,              // not rejected
    kNotIp,             // ARP, LLDP, spanning tree, any other EtherType
    kFrameTooShort,     // ends inside the Ethernet header
    kVlanTruncated,     // ends inside a tag
    kVlanTooDeep,       // more than kMaxVlanTags tags
    kMplsTruncated,     // ends inside the label stack
    kMplsTooDeep,       // more than kMaxMplsLabels labels
    kPppoeTruncated,    // ends inside the PPPoE or PPP header
    kIpv4Truncated,     // fewer than 20 bytes of IPv4 header
    kIpv4Version,       // EtherType says IPv4, the version field does not
    kIpv4HeaderLength,  // IHL below 5, or beyond the packet
    kIpv4TotalLength,   // total length below the header's own
    kIpv6Truncated,     // fewer than 40 bytes of IPv6 header
    kIpv6Version,       // EtherType says IPv6, the version field does not
    kTunnelTruncated,   // on a port that says decap: ends inside the tunnel's headers
    kTunnelTooDeep,     // on a port that says decap: more than kMaxTunnels nested
    kExcluded,          // the port's `exclude` names its MAC, VLAN or prefix
};
inline constexpr std::size_t kRejectCount = static_cast<std::size_t>(Reject::kExcluded) + 1;

/// What a device's driver tells of itself while it runs.
enum class PortEvent : uint8_t {
    kLink,            // the link went down or came back
    kReset,           // it must be reset to go on (a VF whose PF was reset)
    kRemoved,         // unplugged, or its kernel interface deleted
    kRecovering,      // an error was met; the driver mends it by itself
    kRecovered,       // and has
    kRecoveryFailed,  // and could not
};
inline constexpr std::size_t kPortEventCount =
    static_cast<std::size_t>(PortEvent::kRecoveryFailed) + 1;
using PortEventCounts = std::array<uint64_t, kPortEventCount>;

/// "link", "reset" … as lull_port_events_total{event} has it.
std::string_view port_event_name(PortEvent event);

/// Whether a port's device can be used.
enum class DeviceState : uint8_t { kWorking, kRecovering, kFailed, kRemoved };

/// The reason's name as metrics and JSON print it; "none" for Reject::kNone.
std::string_view reject_name(Reject reason);

}  // namespace lull
