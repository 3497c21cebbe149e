// Special space: what no country sends over a border. RFC 6890 and its registries (IANA
// special-purpose addresses), multicast, and what was withdrawn (fec0::/10, RFC 3879). Globally
// reachable entries of those registries (Teredo, AS112, NAT64's 64:ff9b::/96) are ordinary routes.
// Both lists are sorted and no range holds another.
#include <array>

#include "dataplane/tables.h"

namespace lull {
namespace {

constexpr Route4 special4(uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint8_t length) {
    return {a << 24 | b << 16 | c << 8 | d, length, kOriginPrivate};
}

constexpr Route6 special6(std::array<uint16_t, 8> groups, uint8_t length) {
    Route6 route{{}, length, kOriginPrivate};
    for (std::size_t i = 0; i < groups.size(); ++i) {
        route.address[2 * i] = static_cast<uint8_t>(groups[i] >> 8);
        route.address[2 * i + 1] = static_cast<uint8_t>(groups[i] & 0xff);
    }
    return route;
}

constexpr std::array kSpecial4{
    special4(0, 0, 0, 0, 8),        // this network, RFC 791
    special4(10, 0, 0, 0, 8),       // private use, RFC 1918
    special4(100, 64, 0, 0, 10),    // shared, RFC 6598
    special4(127, 0, 0, 0, 8),      // loopback, RFC 1122
    special4(169, 254, 0, 0, 16),   // link-local, RFC 3927
    special4(172, 16, 0, 0, 12),    // private use, RFC 1918
    special4(192, 0, 0, 0, 24),     // IETF protocol assignments, RFC 6890
    special4(192, 0, 2, 0, 24),     // documentation, RFC 5737
    special4(192, 168, 0, 0, 16),   // private use, RFC 1918
    special4(198, 18, 0, 0, 15),    // benchmarking, RFC 2544
    special4(198, 51, 100, 0, 24),  // documentation, RFC 5737
    special4(203, 0, 113, 0, 24),   // documentation, RFC 5737
    special4(224, 0, 0, 0, 4),      // multicast, RFC 5771
    special4(240, 0, 0, 0, 4),      // reserved and limited broadcast, RFC 1112, RFC 919
};

constexpr std::array kSpecial6{
    special6({}, 128),                        // unspecified, RFC 4291
    special6({0, 0, 0, 0, 0, 0, 0, 1}, 128),  // loopback, RFC 4291
    special6({0, 0, 0, 0, 0, 0xffff}, 96),    // IPv4-mapped, RFC 4291
    special6({0x64, 0xff9b, 1}, 48),          // local-use NAT64, RFC 8215
    special6({0x100}, 64),                    // discard-only, RFC 6666
    special6({0x2001, 2}, 48),                // benchmarking, RFC 5180
    special6({0x2001, 0x10}, 28),             // ORCHID, RFC 4843
    special6({0x2001, 0xdb8}, 32),            // documentation, RFC 3849
    special6({0x3fff}, 20),                   // documentation, RFC 9637
    special6({0x5f00}, 16),                   // segment routing SIDs, RFC 9602
    special6({0xfc00}, 7),                    // unique local, RFC 4193
    special6({0xfe80}, 10),                   // link-local, RFC 4291
    special6({0xfec0}, 10),                   // site-local, RFC 3879
    special6({0xff00}, 8),                    // multicast, RFC 4291
};

}  // namespace

std::span<const Route4> special_routes4() {
    return kSpecial4;
}
std::span<const Route6> special_routes6() {
    return kSpecial6;
}

}  // namespace lull
