// See screen.h.
#include "control/top/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "control/text_table.h"
#include "control/top/columns.h"
#include "control/top/trust.h"
#include "control/top/values.h"

namespace lull {
namespace {

constexpr std::size_t kRoomyHeight = 30;
constexpr std::string_view kHints =
    "q quit  Enter open  / filter  p freeze  s r o e d t n g sort  ? help";

ScreenLine line_of(std::string text, Style style) {
    return {{{0, std::move(text), style}}, false};
}

/// Lines of at most `width` cells, broken between words; of more than `most` the last is cut, and
/// so is a word that is wider.
std::vector<std::string> wrapped(const std::string& text, std::size_t width, std::size_t most,
                                 Charset charset) {
    std::vector<std::string> lines(1);
    std::size_t used = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(' ', begin + 1), text.size());
        const std::string word = text.substr(begin, end - begin);  // with the blank before it
        begin = end;
        const std::size_t cells = cells_of(word);
        if (used + cells <= width || used == 0 || lines.size() == most) {
            lines.back() += word;
            used += cells;
        } else {
            lines.push_back(word.substr(word.front() == ' ' ? 1 : 0));
            used = cells_of(lines.back());
        }
    }
    for (std::string& line : lines) {
        line = fit_text(line, width, charset);
    }
    return lines;
}

std::string title_of(const Board& board, const Choice& choice) {
    std::string text =
        fmt::format("lull top  {}  {}", board.head.site, full_time(board.head.time_ns));
    if (board.head.clock_scale != 1) {
        text += fmt::format("  clock x{:.4g}", board.head.clock_scale);
    }
    text += fmt::format("  by {}{}", sort_name(choice.sort),
                        choice.direction == Direction::kInverted ? ", inverted" : "");
    return text;
}

Style mood_of(const TopHead& head) {
    if (head.incidents_open > 0) return Style::kGrave;
    return head.blind || head.ports_healthy < head.ports ? Style::kWarning : Style::kGood;
}

/// Everything above the rows but the columns' titles.
std::vector<ScreenLine> head_lines(const Board& board, const Browser& browser,
                                   const Situation& situation, const ScreenSize& size) {
    const auto fit = [&](const std::string& text) {
        return fit_text(clean_text(text, size.charset), size.width, size.charset);
    };
    std::vector<ScreenLine> lines{line_of(fit(title_of(board, browser.choice())), Style::kBold)};
    for (const std::string& text : wrapped(clean_text(board.head.summary, size.charset), size.width,
                                           size.height >= kRoomyHeight ? 4 : 2, size.charset)) {
        lines.push_back(line_of(text, mood_of(board.head)));
    }
    const bool stale = is_stale(board.head, situation.now_ns);
    lines.push_back(
        line_of(fit(trust_text(board.head, situation.now_ns)),
                stale || mood_of(board.head) == Style::kWarning ? Style::kWarning : Style::kPlain));
    if (!situation.trouble.empty()) {
        lines.push_back(
            line_of(fit("NO ANSWER; what is shown is " + age_text(board.head, situation.now_ns) +
                        " old: " + situation.trouble),
                    Style::kGrave));
    }
    if (situation.frozen) {
        lines.push_back(
            line_of(fit("FROZEN, " + age_text(board.head, situation.now_ns) + " old: p goes on"),
                    Style::kNote));
    }
    return lines;
}

Style style_of(const TopRow& row, TopColumn column) {
    if (column == TopColumn::kState || column == TopColumn::kName || column == TopColumn::kScope) {
        if (row.state == "outage" || row.state == "partial_outage") return Style::kGrave;
        if (row.state == "unstable" || row.state == "suspect") return Style::kWarning;
        if (row.state == "probation") return Style::kNote;
        if (!row.kind.empty() && column == TopColumn::kScope) return Style::kWarning;
        return row.state == "normal" ? Style::kPlain : Style::kDim;
    }
    if (column == TopColumn::kCoverage && row.coverage.value_or(1) < 0.9) return Style::kWarning;
    return Style::kPlain;
}

StyledText mark_of(const TopRow& row, Charset charset) {
    const bool ascii = charset == Charset::kAscii;
    switch (row.mark) {
        case RowMark::kChanged:
            return {0, "*", Style::kBold};
        case RowMark::kFell:
            return {0, ascii ? "v" : "▼", Style::kWarning};
        case RowMark::kRose:
            return {0, ascii ? "^" : "▲", Style::kNote};
        case RowMark::kNone:
            break;
    }
    return {0, " ", Style::kPlain};
}

StyledText cell_at(const PlacedColumn& placed, const std::string& raw, Style style,
                   const ScreenSize& size, std::size_t indent) {
    const std::size_t width = placed.width - indent;
    const std::string text = fit_text(clean_text(raw, size.charset), width, size.charset);
    const std::size_t pad = placed.align == Align::kRight ? width - cells_of(text) : 0;
    return {placed.x + indent + pad, text, style};
}

ScreenLine row_line(const TopRow& row, const Board& board, const std::vector<PlacedColumn>& columns,
                    const ScreenSize& size) {
    ScreenLine line{{mark_of(row, size.charset)}, false};
    for (const PlacedColumn& placed : columns) {
        if (placed.x + placed.width > size.width) continue;
        line.parts.push_back(cell_at(placed, cell_text(row, board.head, placed),
                                     style_of(row, placed.column), size,
                                     placed.column == TopColumn::kCode ? 1 : 0));
    }
    return line;
}

ScreenLine titles_line(const std::vector<PlacedColumn>& columns, const ScreenSize& size) {
    ScreenLine line = line_of(std::string(size.width, ' '), Style::kHeader);
    for (const PlacedColumn& placed : columns) {
        if (placed.x + placed.width > size.width) continue;
        line.parts.push_back(cell_at(placed, placed.title, Style::kHeader, size,
                                     placed.column == TopColumn::kCode ? 1 : 0));
    }
    return line;
}

/// Of the country or of the help.
std::vector<std::string> text_lines(const Browser& browser, const Situation& situation) {
    if (browser.place() == Browser::Place::kHelp) return help_lines();
    if (situation.country_text.empty()) return {"asking the monitor ..."};
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < situation.country_text.size()) {
        const std::size_t end =
            std::min(situation.country_text.find('\n', begin), situation.country_text.size());
        lines.push_back(situation.country_text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

bool shows_text(const Browser& browser) {
    return browser.place() == Browser::Place::kCountry || browser.place() == Browser::Place::kHelp;
}

/// The text, broken where it is wider than the screen.
std::vector<std::string> broken_text(const Browser& browser, const Situation& situation,
                                     const ScreenSize& size) {
    std::vector<std::string> lines;
    for (const std::string& line : text_lines(browser, situation)) {
        const std::string clean = clean_text(line, size.charset);
        for (std::string& each : wrapped(clean, size.width, 8, size.charset)) {
            lines.push_back(std::move(each));
        }
    }
    return lines;
}

void draw_text(Screen& screen, const Browser& browser, const Situation& situation,
               const ScreenSize& size, std::size_t page) {
    const std::vector<std::string> lines = broken_text(browser, situation, size);
    const std::size_t top = browser.top_of_text(lines.size(), page);
    for (std::size_t i = top; i < std::min(lines.size(), top + page); ++i) {
        screen.lines.push_back(line_of(lines[i], i == 0 ? Style::kBold : Style::kPlain));
    }
    screen.lines.resize(std::max(screen.lines.size(), size.height - 1));
    screen.lines.push_back(
        line_of(fit_text(fmt::format("q back  arrows scroll  p freeze   lines {}-{} of {}", top + 1,
                                     std::min(lines.size(), top + page), lines.size()),
                         size.width, size.charset),
                Style::kDim));
}

void draw_rows(Screen& screen, const Board& board, const Browser& browser, const ScreenSize& size,
               std::size_t page) {
    const std::vector<PlacedColumn> columns = place_columns(board, size.width);
    const std::vector<const TopRow*> rows = chosen_rows(board, browser.choice());
    const std::size_t top = browser.top_of_rows(rows, page);
    screen.lines.push_back(titles_line(columns, size));
    for (std::size_t i = top; i < std::min(rows.size(), top + page); ++i) {
        screen.lines.push_back(row_line(*rows[i], board, columns, size));
        screen.lines.back().selected = i == browser.selected(rows);
    }
    if (rows.empty()) {
        screen.lines.push_back(line_of(
            fit_text(board.rows.empty() ? "No country has been seen yet."
                                        : "No country is like the filter: Esc takes it off.",
                     size.width, size.charset),
            Style::kDim));
    }
    screen.lines.resize(std::max(screen.lines.size(), size.height - 1));
    const std::string filter = clean_text(browser.choice().filter, size.charset);
    const bool typing = browser.place() == Browser::Place::kFilter;
    const std::string where =
        rows.empty()
            ? "0 rows"
            : fmt::format("{}-{} of {}", top + 1, std::min(rows.size(), top + page), rows.size());
    const std::string prompt = typing || !filter.empty() ? "/" + filter : std::string(kHints);
    ScreenLine last = line_of(fit_text(prompt, size.width, size.charset),
                              typing || !filter.empty() ? Style::kNote : Style::kDim);
    if (cells_of(prompt) + where.size() + 2 <= size.width) {
        last.parts.push_back({size.width - where.size(), where, Style::kDim});
    }
    screen.lines.push_back(std::move(last));
    if (typing) screen.cursor = StyledText{std::min(cells_of(prompt), size.width - 1), "", {}};
}

}  // namespace

std::size_t page_of(const Board& board, const Browser& browser, const Situation& situation,
                    const ScreenSize& size) {
    const std::size_t around =
        head_lines(board, browser, situation, size).size() + (shows_text(browser) ? 1 : 2);
    return size.height - std::min(size.height, around);
}

Screen draw(const Board& board, const Browser& browser, const Situation& situation,
            const ScreenSize& size) {
    Screen screen;
    if (size.width == 0 || size.height == 0) return screen;
    screen.lines = head_lines(board, browser, situation, size);
    const std::size_t page = page_of(board, browser, situation, size);
    if (shows_text(browser)) {
        draw_text(screen, browser, situation, size, page);
    } else {
        draw_rows(screen, board, browser, size, page);
    }
    // Of a terminal that is too low for all of it, the head stays.
    if (screen.lines.size() > size.height) screen.lines.resize(size.height);
    return screen;
}

std::string plain_text(const Board& board, const Choice& choice, int64_t now_ns, Charset charset) {
    std::string out = clean_text(title_of(board, choice), charset) + "\n" +
                      clean_text(board.head.summary, charset) + "\n" +
                      clean_text(trust_text(board.head, now_ns), charset) + "\n\n";
    const std::vector<PlacedColumn> columns = all_columns(board);
    std::vector<TextTable::Column> titles;
    for (const PlacedColumn& placed : columns) {
        titles.push_back({placed.title, placed.align});
    }
    TextTable table(std::move(titles));
    for (const TopRow* row : chosen_rows(board, choice)) {
        std::vector<std::string> cells;
        for (const PlacedColumn& placed : columns) {
            cells.push_back(clean_text(cell_text(*row, board.head, placed), charset));
        }
        table.row(std::move(cells));
    }
    return out + table.text();
}

}  // namespace lull
