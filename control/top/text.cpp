// See text.h.
#include "control/top/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "control/utf8.h"

namespace lull {
namespace {

/// Of one well-formed sequence.
uint32_t code_point(std::string_view sequence) {
    const auto byte = [&](std::size_t i) {
        return static_cast<uint32_t>(static_cast<uint8_t>(sequence[i]));
    };
    if (sequence.size() == 1) return byte(0);
    uint32_t point = byte(0) & (0xffu >> (sequence.size() + 1));
    for (std::size_t i = 1; i < sequence.size(); ++i) {
        point = point << 6 | (byte(i) & 0x3f);
    }
    return point;
}

using Range = std::pair<uint32_t, uint32_t>;

bool within(uint32_t point, const auto& ranges) {
    return std::any_of(ranges.begin(), ranges.end(), [point](const Range& range) {
        return point >= range.first && point <= range.second;
    });
}

/// Takes no cell, joins its neighbours, or turns the direction of what follows.
bool is_invisible(uint32_t point) {
    static constexpr std::array<Range, 11> kRanges{{{0xad, 0xad},
                                                    {0x300, 0x36f},
                                                    {0x61c, 0x61c},
                                                    {0x115f, 0x1160},
                                                    {0x200b, 0x200f},
                                                    {0x202a, 0x202e},
                                                    {0x2060, 0x206f},
                                                    {0xfe00, 0xfe0f},
                                                    {0xfeff, 0xfeff},
                                                    {0xfff0, 0xfffb},
                                                    {0xe0000, 0x10ffff}}};
    return within(point, kRanges);
}

bool is_wide(uint32_t point) {
    static constexpr std::array<Range, 9> kRanges{{{0x1100, 0x115e},
                                                   {0x2e80, 0x303e},
                                                   {0x3041, 0xa4cf},
                                                   {0xac00, 0xd7a3},
                                                   {0xf900, 0xfaff},
                                                   {0xfe30, 0xfe6f},
                                                   {0xff00, 0xff60},
                                                   {0x1f300, 0x1faff},
                                                   {0x20000, 0x3fffd}}};
    return within(point, kRanges);
}

/// The ASCII letter nearest to a letter of Latin-1; '?' for the rest.
char ascii_of(uint32_t point) {
    constexpr std::string_view kLatin =
        "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
    if (point < 0x80) return static_cast<char>(point);
    if (point >= 0xc0 && point <= 0xff) return kLatin[point - 0xc0];
    if (point == 0x2018 || point == 0x2019) return '\'';
    return point == 0x2013 || point == 0x2014 ? '-' : '?';
}

/// Calls `take(sequence)` for each character; a byte that begins none is taken alone.
template <typename Take>
void each_character(std::string_view text, Take take) {
    while (!text.empty()) {
        const std::size_t size = std::max<std::size_t>(utf8_size(text), 1);
        take(text.substr(0, size));
        text.remove_prefix(size);
    }
}

}  // namespace

std::string clean_text(std::string_view text, Charset charset) {
    std::string out;
    std::size_t taken = 0;
    each_character(text.substr(0, kLongestText * 4), [&](std::string_view sequence) {
        if (++taken > kLongestText) return;
        if (printable_size(sequence) == 0 || is_invisible(code_point(sequence))) {
            out += '?';
        } else if (charset == Charset::kAscii) {
            out += ascii_of(code_point(sequence));
        } else {
            out += sequence;
        }
    });
    return out;
}

std::size_t cells_of(std::string_view clean) {
    std::size_t cells = 0;
    each_character(
        clean, [&](std::string_view sequence) { cells += is_wide(code_point(sequence)) ? 2 : 1; });
    return cells;
}

std::string fit_text(std::string_view clean, std::size_t cells, Charset charset) {
    if (cells_of(clean) <= cells) return std::string(clean);
    if (cells == 0) return "";
    std::string out;
    std::size_t used = 1;  // the mark's
    bool full = false;
    each_character(clean, [&](std::string_view sequence) {
        used += is_wide(code_point(sequence)) ? 2 : 1;
        full = full || used > cells;
        if (!full) out += sequence;
    });
    return out + (charset == Charset::kUtf8 ? "…" : "~");
}

std::string folded(std::string_view text) {
    std::string out = clean_text(text, Charset::kAscii);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

}  // namespace lull
