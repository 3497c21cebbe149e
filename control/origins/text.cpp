#include "control/origins/text.h"

#include <cstdint>

namespace lull {
namespace {

constexpr uint8_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<uint8_t>(text[i]);
}

/// Length in bytes of the clean character that starts at `i`; 0 when there is none.
std::size_t clean_character(std::string_view text, std::size_t i) {
    const uint8_t lead = byte_at(text, i);
    if (lead < 0x80) return lead >= 0x20 && lead != 0x7f ? 1 : 0;
    std::size_t length = 0;
    uint32_t value = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
        value = lead & 0x1fU;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        value = lead & 0x0fU;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        value = lead & 0x07U;
    } else {
        return 0;
    }
    if (text.size() - i < length) return 0;
    for (std::size_t k = 1; k < length; ++k) {
        const uint8_t next = byte_at(text, i + k);
        if ((next & 0xc0) != 0x80) return 0;
        value = value << 6 | (next & 0x3fU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    const bool control = value >= 0x80 && value < 0xa0;
    return overlong || surrogate || control || value > 0x10ffff ? 0 : length;
}

}  // namespace

bool is_clean_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = clean_character(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

std::string clean_text(std::string_view text, std::size_t max_bytes) {
    std::string clean;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = clean_character(text, i);
        const std::size_t step = length == 0 ? 1 : length;
        if (clean.size() + step > max_bytes) break;
        if (length == 0) {
            clean += '?';
        } else {
            clean.append(text.substr(i, length));
        }
        i += step;
    }
    return clean;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace lull
