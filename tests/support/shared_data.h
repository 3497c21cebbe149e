// Real captures with independently computed truth stand beside the project, not in it. Tests find
// them here, and skip loudly where they are absent.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lull::testing {

/// The folder of shared test data: $LULL_SHARED_DATA, else beside the source tree.
std::filesystem::path shared_data();

/// The rows of a tab-separated file, gzipped or plain, header included; empty cells are kept.
/// Throws std::runtime_error when the file cannot be read to its end.
std::vector<std::vector<std::string>> read_tsv(const std::filesystem::path& path);

}  // namespace lull::testing
