// What the kernel says of this process, for the process_* metrics that every Prometheus client
// exports. Read from /proc/self; what cannot be read is 0.
#pragma once

#include <cstdint>

namespace lull {

struct ProcessStats {
    double cpu_seconds = 0;
    double start_time_seconds = 0;  // unix
    uint64_t resident_bytes = 0;
    uint64_t virtual_bytes = 0;
    uint64_t open_fds = 0;
    uint64_t max_fds = 0;
};
ProcessStats read_process_stats();

}  // namespace lull
