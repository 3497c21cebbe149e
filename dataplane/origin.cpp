// See origin.h. Hot: no allocation, lock, log or system call below.
#include "dataplane/origin.h"

#include <array>

#include "dataplane/limits.h"

namespace lull {

void look_up(const TableSet& table, std::span<const PacketView> views,
             std::span<const uint8_t> index, std::span<OriginPair> origins) {
    std::array<uint32_t, 2 * kBurstPackets> addresses4;
    std::array<Ipv6Bytes, 2 * kBurstPackets> addresses6;
    std::array<OriginId, 2 * kBurstPackets> found;
    std::array<uint8_t, kBurstPackets> place4, place6;
    uint32_t n4 = 0, n6 = 0;
    for (uint32_t n = 0; n < index.size(); ++n) {
        const PacketView& view = views[index[n]];
        if (view.family == Family::kIpv4) {
            addresses4[2 * n4] = view.source4;
            addresses4[2 * n4 + 1] = view.destination4;
            place4[n4++] = static_cast<uint8_t>(n);
        } else {
            addresses6[2 * n6] = view.source6;
            addresses6[2 * n6 + 1] = view.destination6;
            place6[n6++] = static_cast<uint8_t>(n);
        }
    }
    if (n4 != 0) {
        table.lookup4({addresses4.data(), 2 * n4}, found);
        for (uint32_t n = 0; n < n4; ++n) {
            origins[place4[n]] = {found[2 * n], found[2 * n + 1]};
        }
    }
    if (n6 != 0) {
        table.lookup6({addresses6.data(), 2 * n6}, found);
        for (uint32_t n = 0; n < n6; ++n) {
            origins[place6[n]] = {found[2 * n], found[2 * n + 1]};
        }
    }
}

}  // namespace lull
