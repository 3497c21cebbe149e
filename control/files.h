// Whole files in and out: reading bounded by the caller, writing so that a kill at any moment
// leaves either the old file or the new one, never half of either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dataplane/error.h"

namespace lull {

/// Reads all of `path`, a regular file or a pipe. Refused: missing, unreadable, a folder, more than
/// `max_bytes`. The message names the path and the mend.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

/// Replaces `path` by `bytes`: temporary file in the same folder, fsync, rename, fsync of the
/// folder; mode 0644 whatever the umask. On any error the old file stays and the temporary one is
/// removed. A device, a folder or a pipe in the place of `path` is refused: a rename would take it
/// away.
Result<void> write_file_atomically(const std::string& path, std::span<const uint8_t> bytes);

}  // namespace lull
