// A small engine on vdevs for tests: one EAL per process, a table of three countries' prefixes, and
// ring ports whose frames a test sends itself.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/engine.h"
#include "dataplane/tables.h"
#include "tests/support/packet_builder.h"

namespace lull::testing {

/// Starts EAL once. Throws std::runtime_error when it does not start.
void need_eal();

/// 198.51.0.0/16 -> origin 2 (area 1), 203.0.0.0/16 -> origin 3 (area 2), 2a00::/16 -> origin 4
/// (area 2, bears no life).
std::unique_ptr<TableSet> small_table(uint64_t generation);

/// A device name that no other test of this process has used.
std::string ring_device();

EngineConfig ring_config(const std::string& device, EngineConfig::Drive drive);

}  // namespace lull::testing
