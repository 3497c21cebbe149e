// Text from outside (AS names, paths) before it reaches a terminal, a log line or a JSON document:
// valid UTF-8 without control characters, of bounded length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lull {

/// Longest AS name kept: the registries' longest is 192 bytes.
inline constexpr std::size_t kMaxNameBytes = 255;
/// Longest path of a source kept: PATH_MAX.
inline constexpr std::size_t kMaxPathBytes = 4096;

/// Valid UTF-8 (RFC 3629: no overlong forms, no surrogates), no C0, DEL or C1 control character.
bool is_clean_text(std::string_view text);
/// The same text with every offending byte replaced by '?', cut at a character's edge to at most
/// `max_bytes`.
std::string clean_text(std::string_view text, std::size_t max_bytes);
/// Without the spaces, tabs and carriage returns around it.
std::string_view trimmed(std::string_view text);

}  // namespace lull
