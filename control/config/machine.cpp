// The machine lull runs on, asked through /sys, /proc and the calls that `lull run` will make.
#include "control/config/machine.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <rte_build_config.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "control/config/cross_check.h"
#include "control/config/listen.h"
#include "control/files.h"

namespace lull {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxProcBytes = 64 * 1024;
constexpr uint64_t kKibPerMib = 1024;

/// The number behind `label` in a text such as /proc/meminfo; 0 if it is not there.
uint64_t number_behind(const std::string& text, std::string_view label, int base = 10) {
    std::size_t at = text.find(label);
    if (at == std::string::npos) return 0;
    at = text.find_first_not_of(" \t", at + label.size());
    if (at == std::string::npos) return 0;
    uint64_t number = 0;
    std::from_chars(text.data() + at, text.data() + text.size(), number, base);
    return number;
}

uint64_t hugepages_free_mb() {
    uint64_t total_mb = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/sys/kernel/mm/hugepages", error)) {
        const uint64_t page_kb = number_behind(entry.path().filename().string(), "hugepages-");
        const auto free = read_file(entry.path() / "free_hugepages", kMaxProcBytes);
        if (free) total_mb += number_behind("=" + *free, "=") * page_kb / kKibPerMib;
    }
    return total_mb;
}

uint64_t memory_available_mb() {
    const auto info = read_file("/proc/meminfo", kMaxProcBytes);
    return info ? number_behind(*info, "MemAvailable:") / kKibPerMib : 0;
}

std::optional<std::string> pci_driver(const std::string& address) {
    const fs::path device = fs::path("/sys/bus/pci/devices") / address;
    std::error_code error;
    if (!fs::exists(device, error)) return std::nullopt;
    const fs::path driver = fs::read_symlink(device / "driver", error);
    return error ? std::string() : driver.filename().string();
}

std::vector<std::string> vdev_drivers() {
    constexpr std::string_view kBegin = "librte_net_";
    constexpr std::string_view kEnd = ".so";
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(RTE_EAL_PMD_PATH, error)) {
        const std::string file = entry.path().filename().string();
        if (!file.starts_with(kBegin) || !file.ends_with(kEnd)) continue;
        const std::string name =
            file.substr(kBegin.size(), file.size() - kBegin.size() - kEnd.size());
        names.push_back("net_" + name);
        // Libraries whose devices have other names than the file.
        if (name == "bond") names.emplace_back("net_bonding");
        if (name == "tap") names.emplace_back("net_tun");
        if (name == "virtio") names.insert(names.end(), {"net_virtio_user", "virtio_user"});
    }
    return names;
}

std::vector<uint32_t> allowed_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<uint32_t> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
    for (uint32_t core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(core, &set)) cores.push_back(core);
    }
    return cores;
}

std::optional<uint32_t> node_of_core(uint32_t core) {
    std::error_code error;
    const fs::path folder = fmt::format("/sys/devices/system/cpu/cpu{}", core);
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        uint32_t node = 0;
        if (name.starts_with("node") &&
            std::from_chars(name.data() + 4, name.data() + name.size(), node).ec == std::errc{}) {
            return node;
        }
    }
    return std::nullopt;
}

std::optional<uint32_t> node_of_device(const std::string& device) {
    const std::string iface = device_argument(device, "iface");
    const fs::path folder =
        iface.empty() ? fs::path("/sys/bus/pci/devices") / device.substr(0, device.find(','))
                      : fs::path("/sys/class/net") / iface / "device";
    const auto text = read_file(folder / "numa_node", kMaxProcBytes);
    // The kernel writes -1 where there is but one node.
    uint32_t node = 0;
    if (!text ||
        std::from_chars(text->data(), text->data() + text->size(), node).ec != std::errc{}) {
        return std::nullopt;
    }
    return node;
}

bool has_net_raw() {
    const auto status = read_file("/proc/self/status", kMaxProcBytes);
    if (!status) return false;
    return (number_behind(*status, "CapEff:", 16) >> CAP_NET_RAW & 1U) != 0;
}

std::optional<std::string> listen_error(const std::string& listen) {
    const auto address = parse_listen(listen);
    if (!address) return "not an address";
    const int fd = ::socket(address->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return std::generic_category().message(errno);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->family() == AF_INET6) {
        ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    const int result = ::bind(fd, address->socket_address(), address->socket_bytes);
    const int error_number = errno;
    ::close(fd);
    if (result == 0) return std::nullopt;
    return std::generic_category().message(error_number);
}

}  // namespace

Machine this_machine() {
    Machine machine;
    machine.hugepages_free_mb = hugepages_free_mb;
    machine.memory_available_mb = memory_available_mb;
    machine.pci_driver = pci_driver;
    machine.vdev_drivers = vdev_drivers;
    machine.has_interface = [](const std::string& name) {
        std::error_code error;
        return fs::exists(fs::path("/sys/class/net") / name, error);
    };
    machine.has_folder = [](const std::string& path) {
        std::error_code error;
        return fs::is_directory(path, error);
    };
    machine.can_read = [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; };
    machine.others_can_read = [](const std::string& path) {
        std::error_code error;
        const fs::perms mode = fs::status(path, error).permissions();
        return !error && (mode & fs::perms::others_read) != fs::perms::none;
    };
    machine.allowed_cores = allowed_cores;
    machine.node_of_core = node_of_core;
    machine.node_of_device = node_of_device;
    machine.has_net_raw = has_net_raw;
    machine.listen_error = listen_error;
    machine.now_s = [] {
        return std::chrono::duration_cast<std::chrono::seconds>(
                   std::chrono::system_clock::now().time_since_epoch())
            .count();
    };
    return machine;
}

}  // namespace lull
