// See terminal.h. The library's macros are off: they are called move, clear and timeout.
#include "control/top/terminal.h"

#define NCURSES_NOMACROS 1
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace lull {
namespace {

// Of a lone Esc, how long the rest of a key's sequence may take.
constexpr int kEscape_ms = 25;

attr_t look_of(Style style) {
    const bool colours = has_colors();
    const auto pair = [colours](short number) {
        return colours ? static_cast<attr_t>(COLOR_PAIR(number)) : 0;
    };
    switch (style) {
        case Style::kPlain:
            return A_NORMAL;
        case Style::kDim:
            return A_DIM;
        case Style::kBold:
            return A_BOLD;
        case Style::kHeader:
            return A_REVERSE;
        case Style::kGood:
            return pair(COLOR_GREEN);
        case Style::kNote:
            return pair(COLOR_CYAN);
        case Style::kWarning:
            return pair(COLOR_YELLOW) | A_BOLD;
        case Style::kGrave:
            return pair(COLOR_RED) | A_BOLD;
    }
    return A_NORMAL;
}

void start_colours() {
    start_color();
    const bool own = use_default_colors() == OK;
    constexpr std::array<short, 4> kUsed{COLOR_RED, COLOR_GREEN, COLOR_YELLOW, COLOR_CYAN};
    for (const short colour : kUsed) {  // a pair's number is its colour's
        init_pair(colour, colour, own ? short{-1} : short{COLOR_BLACK});
    }
}

TopKey special_key(wint_t code) {
    switch (code) {
        case KEY_UP:
            return {TopKey::Kind::kUp, ""};
        case KEY_DOWN:
            return {TopKey::Kind::kDown, ""};
        case KEY_PPAGE:
            return {TopKey::Kind::kPageUp, ""};
        case KEY_NPAGE:
            return {TopKey::Kind::kPageDown, ""};
        case KEY_HOME:
            return {TopKey::Kind::kHome, ""};
        case KEY_END:
            return {TopKey::Kind::kEnd, ""};
        case KEY_ENTER:
            return {TopKey::Kind::kEnter, ""};
        case KEY_BACKSPACE:
            return {TopKey::Kind::kBackspace, ""};
        default:
            return {};
    }
}

std::string utf8_of(wint_t code) {
    const auto tail = [code](unsigned shift) {
        return static_cast<char>(0x80 | (code >> shift & 0x3f));
    };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
    if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
    return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

TopKey typed_key(wint_t code) {
    switch (code) {
        case '\r':
        case '\n':
            return {TopKey::Kind::kEnter, ""};
        case 27:
            return {TopKey::Kind::kEscape, ""};
        case 8:
        case 127:
            return {TopKey::Kind::kBackspace, ""};
        default:
            return {TopKey::Kind::kText, utf8_of(code)};
    }
}

/// Whether nobody will ever type again: the other end of the terminal is closed.
bool input_ended() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, 0) > 0 && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace

Charset terminal_charset() {
    setlocale(LC_CTYPE, "");
    return std::string_view(nl_langinfo(CODESET)) == "UTF-8" ? Charset::kUtf8 : Charset::kAscii;
}

Result<Terminal> Terminal::open(Charset charset, Colours colours) {
    set_escdelay(kEscape_ms);
    SCREEN* const screen = newterm(nullptr, stdout, stdin);
    if (screen == nullptr) {
        return failed("TERM names no terminal that is known here");
    }
    set_term(screen);
    if (colours == Colours::kTerminals && has_colors()) start_colours();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    curs_set(0);
    return Terminal(screen, charset);
}

Terminal::Terminal(Terminal&& other) noexcept
    : screen_(std::exchange(other.screen_, nullptr)), charset_(other.charset_) {}

Terminal::~Terminal() {
    if (screen_ != nullptr) {
        endwin();
        delscreen(static_cast<SCREEN*>(screen_));
    }
}

ScreenSize Terminal::size() const {
    return {static_cast<std::size_t>(getmaxx(stdscr)), static_cast<std::size_t>(getmaxy(stdscr)),
            charset_};
}

void Terminal::show(const Screen& screen) {
    werase(stdscr);
    for (std::size_t y = 0; y < screen.lines.size(); ++y) {
        const ScreenLine& line = screen.lines[y];
        const attr_t whole = line.selected ? A_REVERSE : A_NORMAL;
        for (const StyledText& part : line.parts) {
            wattrset(stdscr, static_cast<int>(look_of(part.style) | whole));
            mvwaddstr(stdscr, static_cast<int>(y), static_cast<int>(part.x), part.text.c_str());
        }
        if (line.selected) {
            mvwchgat(stdscr, static_cast<int>(y), 0, -1, A_REVERSE, 0, nullptr);
        }
    }
    wattrset(stdscr, A_NORMAL);
    curs_set(screen.cursor ? 1 : 0);
    if (screen.cursor) {
        wmove(stdscr, getmaxy(stdscr) - 1, static_cast<int>(screen.cursor->x));
    }
    wrefresh(stdscr);
}

void Terminal::redraw() {
    clearok(curscr, TRUE);
}

Terminal::Event Terminal::wait(std::chrono::milliseconds most) {
    wtimeout(stdscr, static_cast<int>(most.count()));
    wint_t code = 0;
    const int kind = wget_wch(stdscr, &code);
    if (kind == ERR) return {.gone = input_ended()};
    if (kind == KEY_CODE_YES && code == KEY_RESIZE) return {.resized = true};
    if (kind == KEY_CODE_YES) return {.key = special_key(code)};
    if (code == 12) return {.redraw = true};
    return {.key = typed_key(code)};
}

}  // namespace lull
