// UTF-8 at the edge: what comes from a file or a peer is well formed and printable, or it is not
// taken. JSON cannot carry anything else, and terminals obey control characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace lull {

/// Bytes of the well-formed UTF-8 sequence (RFC 3629) at the front of `text`; 0 if there is none.
std::size_t utf8_size(std::string_view text);

/// The same, and 0 for control characters (C0, DEL, C1) and U+2028, U+2029, which end lines.
std::size_t printable_size(std::string_view text);

/// Whether all of `text` is printable.
bool is_printable(std::string_view text);

}  // namespace lull
