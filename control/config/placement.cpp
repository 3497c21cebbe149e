#include "control/config/placement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "control/config/cross_check.h"

namespace lull {
namespace {

/// Receive queues of a vdev that has as many as its string says; 0: not known from the string.
uint32_t queues_of(const std::string& device) {
    struct Driver {
        std::string_view name;
        std::string_view key;
    };
    constexpr std::array<Driver, 5> kDrivers{{{"net_af_packet", "qpairs"},
                                              {"net_af_xdp", "queue_count"},
                                              {"net_vhost", "queues"},
                                              {"net_virtio_user", "queues"},
                                              {"net_pcap", ""}}};
    const auto driver = std::find_if(kDrivers.begin(), kDrivers.end(), [&](const Driver& each) {
        return device.starts_with(each.name);
    });
    if (driver == kDrivers.end()) return 0;
    if (driver->key.empty()) {
        uint32_t files = 0;
        for (std::size_t at = device.find(",rx_pcap="); at != std::string::npos;
             at = device.find(",rx_pcap=", at + 1)) {
            ++files;
        }
        return std::max(files, 1u);
    }
    const std::string text = device_argument(device, driver->key);
    uint32_t queues = 1;
    std::from_chars(text.data(), text.data() + text.size(), queues);
    return queues;
}

void check_node(const Config& config, const Machine& machine, std::size_t index,
                std::vector<Finding>& found) {
    const PortSection& port = config.ports[index];
    const auto node = machine.node_of_device(port.device);
    if (!node) return;
    std::vector<uint32_t> far;
    for (const uint32_t core : port.cores) {
        const auto core_node = machine.node_of_core(core);
        if (core_node && *core_node != *node) far.push_back(core);
    }
    if (far.empty()) return;
    const std::string key = fmt::format("ports[{}].cores", index);
    found.push_back({Severity::kWarning, where(config, key),
                     fmt::format("{}: {} {} on another socket than the device, which is on node "
                                 "{}: every packet crosses between them",
                                 key, fmt::join(far, ", "), far.size() == 1 ? "is" : "are", *node),
                     fmt::format("cores of /sys/devices/system/node/node{}/cpulist", *node)});
}

void check_queues(const Config& config, std::size_t index, std::vector<Finding>& found) {
    const PortSection& port = config.ports[index];
    const uint32_t queues = queues_of(port.device);
    if (queues == 0 || queues >= port.cores.size()) return;
    const std::string key = fmt::format("ports[{}].cores", index);
    found.push_back(
        {Severity::kWarning, where(config, key),
         fmt::format(
             "{}: the device has {} receive queue{} for {} cores: core {} takes all packets "
             "and hands over what belongs to the others, which costs more than most packets' "
             "work",
             key, queues, queues == 1 ? "" : "s", port.cores.size(), port.cores[0]),
         "one core for this port, or a device of as many queues"});
}

}  // namespace

std::vector<Finding> placement_findings(const Config& config, const Machine& machine) {
    std::vector<Finding> found;
    for (std::size_t i = 0; i < config.ports.size(); ++i) {
        check_node(config, machine, i, found);
        check_queues(config, i, found);
    }
    if (config.dpdk.power == Power::kSleep) {
        found.push_back({Severity::kNote, where(config, "dpdk.power"),
                         "dpdk.power: idle workers sleep up to 0.1 ms: a port that wakes to more "
                         "than 10 million packets a second can miss the first ones, and counts "
                         "them as missed",
                         ""});
    }
    return found;
}

}  // namespace lull
