#include "control/export/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace lull {
namespace {

/// Seconds since 1970 at which the machine booted ("btime" of /proc/stat); it never changes.
double boot_time_s() {
    std::ifstream file("/proc/stat");
    std::string line;
    while (std::getline(file, line)) {
        if (line.starts_with("btime ")) {
            return std::strtod(line.c_str() + 6, nullptr);
        }
    }
    return 0;
}

}  // namespace

ProcessStats read_process_stats() {
    ProcessStats stats;
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    // proc(5): the name stands in brackets and may hold anything, so fields count from its end:
    // utime is the 12th behind it, stime 13th, starttime 20th, vsize 21st, rss 22nd.
    const std::size_t name_end = text.rfind(')');
    if (name_end != std::string::npos) {
        std::istringstream fields(text.substr(name_end + 1));
        std::string skipped;
        for (int i = 0; i < 11; ++i) {
            fields >> skipped;
        }
        double user = 0;
        double system = 0;
        double start = 0;
        uint64_t resident_pages = 0;
        fields >> user >> system;
        for (int i = 0; i < 6; ++i) {
            fields >> skipped;
        }
        fields >> start >> stats.virtual_bytes >> resident_pages;
        const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
        static const double kBootTime = boot_time_s();
        stats.cpu_seconds = (user + system) / ticks;
        stats.start_time_seconds = kBootTime + start / ticks;
        stats.resident_bytes = resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    }
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        ++stats.open_fds;
    }
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        stats.max_fds = limit.rlim_cur;
    }
    return stats;
}

}  // namespace lull
