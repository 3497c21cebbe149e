// What `lull check` asks the machine. Each question is a function, so that tests can put any
// machine in the place of this one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/http/web_access.h"
#include "dataplane/error.h"

namespace lull {

/// What check says of an origin table that could be read.
struct TableFacts {
    uint64_t prefixes4 = 0;
    uint64_t prefixes6 = 0;
    int64_t built_at_s = 0;  // unix
};

struct Machine {
    std::function<uint64_t()> hugepages_free_mb;
    std::function<uint64_t()> memory_available_mb;
    /// The kernel driver a PCI device is bound to, "" for none; nullopt: no such device.
    std::function<std::optional<std::string>(const std::string& address)> pci_driver;
    /// Names of DPDK's net drivers ("net_memif"); empty when the plug-ins cannot be listed.
    std::function<std::vector<std::string>()> vdev_drivers;
    std::function<bool(const std::string& name)> has_interface;
    std::function<bool(const std::string& path)> has_folder;
    std::function<bool(const std::string& path)> can_read;
    std::function<bool(const std::string& path)> others_can_read{};  // by its mode
    std::function<std::vector<uint32_t>()> allowed_cores;  // those this process may run on
    /// The NUMA node (socket) of a core, and of a port's device: a PCI address, or the interface
    /// named; nullopt where the kernel knows none.
    std::function<std::optional<uint32_t>(uint32_t core)> node_of_core;
    std::function<std::optional<uint32_t>(const std::string& device)> node_of_device;
    std::function<bool()> has_net_raw;  // CAP_NET_RAW
    std::function<Result<TableFacts>(const std::string& path)> read_table;
    /// Why one cannot listen on "127.0.0.1:9464"; nullopt when one can.
    std::function<std::optional<std::string>(const std::string& listen)> listen_error;
    /// What http.web_config says, with its certificates; not set: it is not looked at.
    std::function<Result<WebState>(const std::string& path)> read_web_config;
    std::function<int64_t()> now_s;  // unix
};

/// The machine lull runs on, but for read_table, which its caller sets: this file knows no tables.
Machine this_machine();

}  // namespace lull
