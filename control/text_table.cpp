#include "control/text_table.h"

#include <algorithm>
#include <string_view>

namespace lull {
namespace {

/// Characters of UTF-8 text: bytes that do not continue one. Country names need no more.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

std::string printable_text(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        // U+0080 to U+009F, the other control characters, are 0xC2 and one of 0x80 to 0x9F.
        const bool c1 =
            byte == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
        if (byte < 0x20 || byte == 0x7F || c1) {
            out[i] = '?';
            if (c1) {
                out.erase(i + 1, 1);
            }
        }
    }
    return out;
}

void TextTable::row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    for (std::string& cell : cells) {
        cell = printable_text(cell);
    }
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        std::size_t width = width_of(columns_[c].title);
        for (const auto& cells : rows_) {
            width = std::max(width, width_of(cells[c]));
        }
        widths.push_back(width);
    }
    std::string out;
    const auto line = [&](const auto& cell_of) {
        std::string text;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const std::string& cell = cell_of(c);
            const std::string pad(widths[c] - width_of(cell), ' ');
            text += c == 0 ? "" : "  ";
            text += columns_[c].align == Align::kRight ? pad + cell : cell + pad;
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out += text + "\n";
    };
    line([&](std::size_t c) -> const std::string& { return columns_[c].title; });
    for (const auto& cells : rows_) {
        line([&](std::size_t c) -> const std::string& { return cells[c]; });
    }
    return out;
}

}  // namespace lull
