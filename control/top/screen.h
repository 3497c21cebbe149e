// `lull top` as lines of styled text, for a terminal of any size and for none. Pure: what is drawn
// follows from what it is given.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "control/top/board.h"
#include "control/top/browser.h"
#include "control/top/text.h"

namespace lull {

enum class Style : uint8_t { kPlain, kDim, kBold, kHeader, kGood, kNote, kWarning, kGrave };

struct StyledText {
    std::size_t x = 0;
    std::string text{};  // clean
    Style style = Style::kPlain;
};
struct ScreenLine {
    std::vector<StyledText> parts{};
    bool selected = false;  // the whole line is
};
struct Screen {
    std::vector<ScreenLine> lines{};
    std::optional<StyledText> cursor{};  // where text is typed: behind it, on the last line
};

/// What is known besides the board.
struct Situation {
    int64_t now_ns = 0;          // wall time
    bool frozen = false;         // by "p"
    std::string trouble{};       // why the monitor does not answer; "" when it does
    std::string country_text{};  // of the open country; "" until it has come
};

struct ScreenSize {
    std::size_t width = 80;
    std::size_t height = 24;
    Charset charset = Charset::kUtf8;
};

/// Never wider or higher than `size`.
Screen draw(const Board& board, const Browser& browser, const Situation& situation,
            const ScreenSize& size);
/// Lines that draw() has for rows, or for a text: a page.
std::size_t page_of(const Board& board, const Browser& browser, const Situation& situation,
                    const ScreenSize& size);

/// Sentence, trust and all columns of the chosen rows, each line ended: for pipes and dumb
/// terminals.
std::string plain_text(const Board& board, const Choice& choice, int64_t now_ns, Charset charset);

}  // namespace lull
