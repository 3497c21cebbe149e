// A file that is either the old one or the new one whole, whatever happens in between.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "dataplane/error.h"

namespace lull {

/// Writes a temporary file beside `path`, syncs it, renames it over `path`, syncs the folder. Mode
/// 0644. On any error `path` is what it was and nothing is left behind.
Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes);

}  // namespace lull
