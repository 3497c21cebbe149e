// Starting EAL: picks hugepages or normal pages by looking, says which, and turns EAL's log into
// lines for the caller.
#include "dataplane/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_version.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lull {

namespace {

struct EalState {
    std::mutex mutex;
    bool started = false;
    std::string manner;
    std::function<void(std::string_view)> log;
    std::string partial_line;
};

EalState& state() {
    static EalState instance;
    return instance;
}

// fopencookie's write hook: hands over whole lines.
ssize_t write_log(void*, const char* text, size_t length) {
    auto& eal = state();
    eal.partial_line.append(text, length);
    std::size_t end = 0;
    while ((end = eal.partial_line.find('\n')) != std::string::npos) {
        if (eal.log && end > 0) {
            eal.log(std::string_view(eal.partial_line).substr(0, end));
        }
        eal.partial_line.erase(0, end + 1);
    }
    return static_cast<ssize_t>(length);
}

void open_log() {
    cookie_io_functions_t hooks{};
    hooks.write = write_log;
    std::FILE* stream = fopencookie(nullptr, "w", hooks);
    if (stream != nullptr) {
        std::setvbuf(stream, nullptr, _IOLBF, 0);
        rte_openlog_stream(stream);
    }
}

// The one asked for, or the first there is, if this process may run on it.
std::optional<uint32_t> allowed_core(std::optional<uint32_t> wanted) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        return std::nullopt;
    }
    const uint32_t last = std::min<uint32_t>(wanted.value_or(CPU_SETSIZE - 1), CPU_SETSIZE - 1);
    for (uint32_t core = wanted.value_or(0); core <= last; ++core) {
        if (CPU_ISSET(core, &set)) {
            return core;
        }
    }
    return std::nullopt;
}

std::vector<std::string> arguments(const EalConfig& config, bool hugepages, uint32_t main_core) {
    std::vector<std::string> args{"lull", "--no-telemetry", "-l", std::to_string(main_core)};
    if (hugepages) {
        // A file a page would be more files than vhost-user and memif hand to their peer: eight.
        args.insert(args.end(), {"--in-memory", "--single-file-segments"});
    } else {
        // --in-memory dies without hugepages; --no-shconf gives the same privacy.
        args.insert(args.end(),
                    {"--no-huge", "--no-shconf", "-m", std::to_string(config.memory_mb)});
    }
    if (!config.probe_pci) {
        args.emplace_back("--no-pci");
    }
    args.emplace_back("--log-level=warning");
    args.insert(args.end(), config.extra_args.begin(), config.extra_args.end());
    return args;
}

}  // namespace

std::string dpdk_version() {
    return rte_version();
}

uint64_t free_hugepages_mb() {
    constexpr std::string_view kPrefix = "hugepages-";  // hugepages-2048kB
    uint64_t free_kb = 0;
    std::error_code error;
    for (const auto& folder :
         std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", error)) {
        std::ifstream file(folder.path() / "free_hugepages");
        const std::string name = folder.path().filename();
        uint64_t count = 0, page_kb = 0;
        if (file >> count && name.starts_with(kPrefix)) {
            std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), page_kb);
            free_kb += count * page_kb;
        }
    }
    return free_kb / 1024;
}

Result<std::string> start_eal(const EalConfig& config) {
    auto& eal = state();
    const std::scoped_lock lock(eal.mutex);
    if (eal.started) {
        return eal.manner;
    }
    eal.log = config.log;
    open_log();

    const std::optional<uint32_t> main_core = allowed_core(config.main_core);
    if (!main_core) {
        return refused(
            "dpdk.main_core: core {} is not there or not allowed for this process; "
            "`lscpu -e` and `taskset -cp $$` show which are",
            config.main_core.value_or(0));
    }
    bool hugepages = false;
    std::string reason;
    if (config.hugepages == EalConfig::Hugepages::kOff) {
        reason = "dpdk.hugepages is off";
    } else if (const uint64_t free_mb = free_hugepages_mb(); free_mb < config.memory_mb) {
        reason = fmt::format(
            "{} MB of hugepages are free, {} MB are needed (mend: sysctl -w vm.nr_hugepages={})",
            free_mb, config.memory_mb, (config.memory_mb + 1) / 2);
    } else {
        // In memory they are anonymous: no mount, and so no rights, are needed.
        hugepages = true;
    }
    if (!hugepages && config.hugepages == EalConfig::Hugepages::kOn) {
        return refused("dpdk.hugepages: on, but {}", reason);
    }

    // EAL pins the calling thread to the main core; control's threads inherit that on purpose, so
    // that they leave the polling cores alone.
    auto args = arguments(config, hugepages, *main_core);
    std::vector<char*> argv;
    argv.reserve(args.size());
    for (auto& arg : args) {
        argv.push_back(arg.data());
    }
    if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
        return failed("DPDK's EAL does not start: {} (arguments: {})", rte_strerror(rte_errno),
                      fmt::join(args, " "));
    }
    eal.started = true;
    eal.manner = hugepages ? "hugepages, memory as it is needed"
                           : fmt::format("normal pages, {} MB: {}", config.memory_mb, reason);
    return eal.manner;
}

}  // namespace lull
