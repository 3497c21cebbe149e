// A MaxMind DB of any bytes: refused with a reason, or disjoint well-formed prefixes. The library
// reads files only, so the bytes go into one that lives in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "control/origins/mmdb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const int fd = ::memfd_create("mmdb", MFD_CLOEXEC);
    if (fd < 0 || ::write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
    const auto read = lull::read_mmdb("/proc/self/fd/" + std::to_string(fd));
    ::close(fd);
    if (!read) {
        if (read.error().message.empty()) std::abort();
        return 0;
    }
    if (read->prefixes.empty()) std::abort();
    for (const lull::PrefixRecord& record : read->prefixes) {
        if (lull::shortened(record.prefix, record.prefix.length) != record.prefix) std::abort();
        if (!record.country) std::abort();
    }
    return 0;
}
