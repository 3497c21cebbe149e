// One mend for pcapng files that libpcap turns down: interfaces of one file with different snapshot
// lengths. Each Interface Description Block is given the same one (draft-ietf-opsawg-pcapng §4.2);
// frames are not touched.
#pragma once

#include <cstdint>
#include <span>

namespace lull {

/// Patches `bytes`, a whole pcapng file, in place. Returns how many interfaces it found before the
/// end or the first block that is not well-formed; 0 when it is no pcapng file.
uint32_t equalise_snapshot_lengths(std::span<uint8_t> bytes);

}  // namespace lull
