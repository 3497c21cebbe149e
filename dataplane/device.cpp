#include "dataplane/device.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace lull {

std::string device_name(const std::string& device) {
    return device.substr(0, device.find(','));
}

std::string device_argument_of(const std::string& device, const std::string& key) {
    const std::size_t at = device.find("," + key + "=");
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t start = at + key.size() + 2;
    return device.substr(start, device.find(',', start) - start);
}

uint16_t device_queues(const std::string& device) {
    for (const char* key : {"queues", "qpairs"}) {
        const std::string text = device_argument_of(device, key);
        uint16_t queues = 0;
        if (std::from_chars(text.data(), text.data() + text.size(), queues).ec == std::errc{} &&
            queues > 0) {
            return queues;
        }
    }
    const std::string file = ",tx_pcap=";
    uint16_t files = 0;
    for (std::size_t at = device.find(file); at != std::string::npos;
         at = device.find(file, at + 1)) {
        ++files;
    }
    return std::max<uint16_t>(files, 1);
}

// A memif server that was killed leaves its socket behind, and bind() then fails: remove a socket
// that nobody listens on.
static void remove_stale_socket(const std::string& device) {
    const std::string path = device_argument_of(device, "socket");
    if (!device.starts_with("net_memif") || device_argument_of(device, "role") != "server" ||
        path.empty()) {
        return;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return;
    }
    path.copy(address.sun_path, path.size());
    const int probe = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    if (probe >= 0 &&
        connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
        errno == ECONNREFUSED) {
        unlink(path.c_str());
    }
    close(probe);
}

Result<uint16_t> attach_device(const std::string& device) {
    const std::string name = device_name(device);
    uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) == 0) {
        return id;
    }
    remove_stale_socket(device);
    const int rc = rte_dev_probe(device.c_str());
    if (rc != 0) {
        return failed(
            "device \"{}\" cannot be opened: {}; mend: `lull check --config FILE` says "
            "what this machine has",
            device, rte_strerror(-rc));
    }
    if (rte_eth_dev_get_port_by_name(name.c_str(), &id) != 0) {
        return failed("device \"{}\" was attached but is no Ethernet port", device);
    }
    return id;
}

}  // namespace lull
