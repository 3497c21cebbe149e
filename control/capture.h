// A look at a capture file before it is replayed: DPDK's pcap port neither checks the link type nor
// tells the end of a file from a cut one, so lull reads the file once itself.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/error.h"

namespace lull {

struct Capture {
    std::string path;
    uint64_t frames = 0;
    int64_t first_ns = 0;  // of the earliest frame, since 1970
    int64_t last_ns = 0;
    bool sliced = false;  // some frames were cut when captured: the IP header's length counts
};

/// Refuses, with the reason and the place: a missing file, a folder, an empty file, one that is no
/// capture, one whose link type is not Ethernet (by name), one that is cut.
Result<Capture> inspect_capture(const std::string& path);

}  // namespace lull
