// See count.h. Hot: no allocation, lock, log or system call below.
#include "dataplane/count.h"

#include <array>
#include <cstring>

namespace lull {

namespace {

constexpr uint8_t kProtocolTcp = 6, kProtocolUdp = 17, kProtocolGre = 47, kProtocolEsp = 50,
                  kProtocolSctp = 132;
constexpr uint8_t kTcpSyn = 0x02, kTcpRst = 0x04, kTcpAck = 0x10;

// UDP services that are abused as reflectors (CISA TA14-017A): what comes from these ports may be
// an attack on its destination and proves no life. DNS (53) is left in: answers of a country's own
// servers are life, and reflection toward one victim is one pair.
constexpr std::array<uint16_t, 15> kReflectionPorts{17,  19,   69,   111,  123,  137,   161,  389,
                                                    520, 1900, 3283, 3702, 5353, 10001, 11211};

struct PortSet {
    std::array<uint64_t, 1024> bits{};
    constexpr PortSet() {
        for (const uint16_t port : kReflectionPorts) {
            bits[port / 64] |= 1ull << (port % 64);
        }
    }
    [[nodiscard]] bool has(uint16_t port) const { return (bits[port / 64] >> (port % 64)) & 1; }
};
constexpr PortSet kReflectors;

// A network is what one subscriber site or one routed unit has: a /24, or a /48.
uint64_t network4(uint32_t address) {
    return uint64_t{address >> 8} | 1ull << 63;
}

uint64_t network6(const Ipv6Bytes& address) {
    uint64_t high = 0;
    std::memcpy(&high, address.data(), sizeof(high));
    return __builtin_bswap64(high) >> 16;
}

}  // namespace

bool bears_life(const PacketView& view) {
    if (view.later_fragment) {
        return false;
    }
    switch (view.protocol) {
        case kProtocolTcp:
            return view.payload_bytes > 0 && (view.tcp_flags & (kTcpSyn | kTcpRst)) == 0;
        case kProtocolUdp:
            return view.payload_bytes > 0 && !kReflectors.has(view.source_port);
        default:
            return view.protocol == kProtocolEsp || view.protocol == kProtocolGre ||
                   view.protocol == kProtocolSctp;
    }
}

bool is_request(const PacketView& view) {
    if (view.later_fragment) {
        return false;
    }
    if (view.protocol == kProtocolTcp) {
        return (view.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn;
    }
    return view.protocol == kProtocolUdp && view.destination_port < view.source_port &&
           !kReflectors.has(view.source_port);
}

void count_origins(std::span<const PacketView> views, std::span<const OriginPair> origins,
                   Bank& bank) {
    OriginCounts* const counts = bank.origins.data();
    uint8_t* const marks = bank.origin_marks.data();
    for (const OriginPair& pair : origins) {
        __builtin_prefetch(&counts[index_of(pair.source)], 1);
        __builtin_prefetch(&counts[index_of(pair.destination)], 1);
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
        const uint32_t source = index_of(origins[i].source);
        const uint32_t destination = index_of(origins[i].destination);
        counts[source].sent_bytes += views[i].ip_bytes;
        counts[source].sent_packets += 1;
        marks[source / kOriginsPerMark] = 1;
        counts[destination].received_bytes += views[i].ip_bytes;
        counts[destination].received_packets += 1;
        marks[destination / kOriginsPerMark] = 1;
    }
}

void count_areas(std::span<const PacketView> views, std::span<const OriginPair> origins,
                 std::span<const OriginTraits> traits, uint64_t seed, Bank& bank) {
    AreaCounts* const areas = bank.areas.data();
    for (std::size_t i = 0; i < views.size(); ++i) {
        const PacketView& view = views[i];
        const OriginTraits from = traits[index_of(origins[i].source)];
        const OriginTraits to = traits[index_of(origins[i].destination)];
        const bool v4 = view.family == Family::kIpv4;
        const uint64_t source = v4 ? network4(view.source4) : network6(view.source6);
        const uint64_t destination = v4 ? network4(view.destination4) : network6(view.destination6);
        if (from.area != kAreaNone) {
            AreaCounts& area = areas[index_of(from.area)];
            bank.area_marks[index_of(from.area)] = 1;
            area.sources.add(mix(source, seed));
            // Domestic conversations say nothing about the way to the world.
            if (from.bears_life && from.area != to.area && bears_life(view)) {
                area.life.add(mix(source * 0x9E3779B97F4A7C15ull + destination, seed));
                area.life_packets += 1;
            }
        }
        if (to.bears_life && to.area != kAreaNone && from.area != to.area && is_request(view)) {
            AreaCounts& area = areas[index_of(to.area)];
            bank.area_marks[index_of(to.area)] = 1;
            area.demand.add(mix(source * 0x9E3779B97F4A7C15ull + destination, seed));
        }
    }
}

}  // namespace lull
