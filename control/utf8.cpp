// See utf8.h.
#include "control/utf8.h"

#include <cstdint>

namespace lull {

std::size_t utf8_size(std::string_view text) {
    if (text.empty()) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
    return overlong || outside ? 0 : size;
}

std::size_t printable_size(std::string_view text) {
    const std::size_t size = utf8_size(text);
    if (size == 0) return 0;
    const auto byte = [&](std::size_t i) { return static_cast<uint8_t>(text[i]); };
    if (size == 1) return byte(0) >= 0x20 && byte(0) != 0x7f ? 1 : 0;
    if (size == 2) return byte(0) == 0xc2 && byte(1) < 0xa0 ? 0 : 2;  // C1 drives terminals as ESC
    const bool line_end =
        byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9);
    return line_end ? 0 : size;
}

bool is_printable(std::string_view text) {
    while (!text.empty()) {
        const std::size_t size = printable_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace lull
