// The pcapng mend must stay inside its bytes, and mending twice must change nothing.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "control/pcapng.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::vector<uint8_t> bytes(data, data + size);
    const uint32_t interfaces = lull::equalise_snapshot_lengths(bytes);
    const std::vector<uint8_t> once = bytes;
    if (lull::equalise_snapshot_lengths(bytes) != interfaces || bytes != once) {
        std::abort();
    }
    return 0;
}
