// What a device string says (a PCI address, or a vdev with its arguments), and the device behind
// it.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/error.h"

namespace lull {

/// The device name inside a device string: everything before the first comma.
std::string device_name(const std::string& device);
/// What a vdev string says of `key` ("queues"); empty if nothing.
std::string device_argument_of(const std::string& device, const std::string& key);
/// How many queues each way a vdev string asks for ("queues=2", "qpairs=2", two
/// tx_pcap), 1 without a word.
uint16_t device_queues(const std::string& device);
/// Attaches a device to EAL and returns its port id; finds one that is attached already.
Result<uint16_t> attach_device(const std::string& device);

}  // namespace lull
