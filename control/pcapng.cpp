#include "control/pcapng.h"

#include <cstring>

namespace lull {

namespace {

constexpr uint32_t kSectionHeader = 0x0A0D0D0A, kInterfaceDescription = 1;
constexpr uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr uint32_t kSnapshotBytes = 262144;  // libpcap's MAXIMUM_SNAPLEN: no frame is longer
constexpr std::size_t kSmallestBlock = 12, kInterfaceBlock = 20, kSnapshotOffset = 12;

uint32_t read32(std::span<const uint8_t> bytes, std::size_t at, bool swapped) {
    uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return swapped ? __builtin_bswap32(value) : value;
}

}  // namespace

uint32_t equalise_snapshot_lengths(std::span<uint8_t> bytes) {
    uint32_t interfaces = 0;
    bool swapped = false;
    for (std::size_t at = 0; bytes.size() - at >= kSmallestBlock;) {
        const std::span<uint8_t> rest = bytes.subspan(at);
        const uint32_t type = read32(rest, 0, false);  // reads the same in both byte orders
        if (type == kSectionHeader) {
            const uint32_t magic = read32(rest, 8, false);
            if (magic != kByteOrderMagic && magic != __builtin_bswap32(kByteOrderMagic)) {
                return interfaces;
            }
            swapped = magic != kByteOrderMagic;
        } else if (at == 0) {
            return 0;
        }
        const uint32_t length = read32(rest, 4, swapped);
        if (length < kSmallestBlock || length % 4 != 0 || length > rest.size()) {
            return interfaces;
        }
        if (read32(rest, 0, swapped) == kInterfaceDescription && length >= kInterfaceBlock) {
            const uint32_t snapshot = swapped ? __builtin_bswap32(kSnapshotBytes) : kSnapshotBytes;
            std::memcpy(rest.data() + kSnapshotOffset, &snapshot, sizeof(snapshot));
            ++interfaces;
        }
        at += length;
    }
    return interfaces;
}

}  // namespace lull
