// A terminal in full-screen mode. The only file that names the terminal library is terminal.cpp.
#pragma once

#include <chrono>
#include <optional>

#include "control/top/browser.h"
#include "control/top/screen.h"
#include "dataplane/error.h"

namespace lull {

/// Colours by the terminal's own palette; kNone for NO_COLOR: bold and reverse alone.
enum class Colours : uint8_t { kTerminals, kNone };

/// There may be one. The terminal is as it was when this is gone.
class Terminal {
  public:
    /// On standard output, keys from standard input. Error: kFailed when $TERM names no terminal
    /// that is known here.
    static Result<Terminal> open(Charset charset, Colours colours);
    Terminal(Terminal&& other) noexcept;
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    Terminal& operator=(Terminal&&) = delete;
    ~Terminal();

    [[nodiscard]] ScreenSize size() const;
    /// Only what differs from what is shown is written.
    void show(const Screen& screen);
    /// All of it is written at the next show().
    void redraw();
    /// The next key; nothing when none came, or the size changed. kGone is the terminal's end.
    struct Event {
        std::optional<TopKey> key{};
        bool resized = false;
        bool redraw = false;  // Ctrl-L
        bool gone = false;
    };
    Event wait(std::chrono::milliseconds most);

  private:
    Terminal(void* screen, Charset charset) : screen_(screen), charset_(charset) {}
    void* screen_;  // SCREEN
    Charset charset_;
};

/// What the environment's locale can show; also lets the terminal library know it.
Charset terminal_charset();

}  // namespace lull
