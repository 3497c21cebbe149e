// One field after another of a line of comma-separated text (RFC 4180), as far as sources of
// countries need it: quotes around a field are taken off, a comma within them parts nothing.
#pragma once

#include <string_view>

#include "control/origins/text.h"

namespace lull {

/// The first field of `rest`, which loses it and the comma behind it; "" when nothing is left.
inline std::string_view next_field(std::string_view& rest) {
    rest = trimmed(rest);
    const bool quoted = rest.starts_with('"');
    std::size_t end = rest.find(quoted ? '"' : ',', quoted ? 1 : 0);
    std::string_view field = rest.substr(quoted ? 1 : 0, end - (quoted ? 1 : 0));
    if (quoted && end != std::string_view::npos) end = rest.find(',', end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return trimmed(field);
}

}  // namespace lull
