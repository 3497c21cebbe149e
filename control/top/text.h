// Text from elsewhere made fit for a terminal's cells: what could drive it, or cannot be shown, is
// '?'. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lull {

enum class Charset : uint8_t { kUtf8, kAscii };

/// At most `kLongestText` characters of `text`, of which no byte is a control character: anything
/// malformed, C0, C1, DEL, a line's end, and what is invisible or turns the writing direction
/// becomes '?'. In ASCII letters lose their accents and the rest becomes '?'.
std::string clean_text(std::string_view text, Charset charset);
inline constexpr std::size_t kLongestText = 4096;

/// Cells that clean text takes: two for East Asian wide characters and emoji.
std::size_t cells_of(std::string_view clean);

/// The first `cells` cells of clean text; what was cut ends with '…', in ASCII with '~'.
std::string fit_text(std::string_view clean, std::size_t cells, Charset charset);

/// Lower case and without accents, to look for one text in another.
std::string folded(std::string_view text);

}  // namespace lull
