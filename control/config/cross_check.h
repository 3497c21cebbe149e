// What no single key can tell: keys that contradict each other.
#pragma once

#include "control/config/problems.h"

namespace lull {

/// Reports into `problems`; the places come from config.places.
void cross_check(const Config& config, Problems& problems);

/// The keys by which two ports would read the same packets: the device's own name, and for vdevs
/// what they attach to ("iface eth0", "memif /run/a.sock 0 client").
std::vector<std::string> device_identities(const std::string& device);

/// A vdev's argument: "socket" of "net_memif0,role=client,socket=/run/a.sock"; "" if absent.
bool is_pci(const std::string& device);
std::string device_argument(const std::string& device, std::string_view name);

}  // namespace lull
