// See top.h.
#include "control/top/top.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "control/signals.h"
#include "control/top/document.h"
#include "control/top/fetch.h"
#include "control/top/screen.h"
#include "control/top/terminal.h"

namespace lull {
namespace {

using std::chrono::milliseconds;

// How late a new answer is drawn.
constexpr milliseconds kGlance_ms{100};

int64_t wall_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string_view environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool can_be_watched() {
    const std::string_view terminal = environment("TERM");
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && !terminal.empty() &&
           terminal != "dumb";
}

/// What a person has before them.
class Session {
  public:
    Session(Terminal& terminal, Fetcher& fetcher, const Choice& choice)
        : terminal_(terminal), fetcher_(fetcher), browser_(choice), shown_(fetcher.answer()) {}

    /// Until they want no more.
    void run() {
        const Signals& asked = signals();
        while (!asked.stop.load() && !asked.reload.load()) {  // SIGHUP: the terminal is gone
            take_answer();
            const ScreenSize size = terminal_.size();
            terminal_.show(draw(*shown_.board, browser_, situation(), size));
            const Terminal::Event event = terminal_.wait(kGlance_ms);
            if (event.gone) return;
            if (event.redraw) terminal_.redraw();
            if (event.key && !take_key(*event.key, size)) return;
        }
    }

  private:
    [[nodiscard]] Situation situation() const {
        return {wall_ns(), frozen_, trouble_,
                shown_.country == browser_.code() ? shown_.country_text : ""};
    }

    void take_answer() {
        TopAnswer answer = fetcher_.answer();
        trouble_ = answer.trouble;
        if (!frozen_) {
            shown_ = std::move(answer);
        } else if (shown_.country != browser_.code() && answer.country == browser_.code()) {
            // A country opened while frozen comes as it is now; there is no other.
            shown_.country = answer.country;
            shown_.country_text = answer.country_text;
        }
    }

    bool take_key(const TopKey& key, const ScreenSize& size) {
        const auto rows = chosen_rows(*shown_.board, browser_.choice());
        const std::size_t page = page_of(*shown_.board, browser_, situation(), size);
        switch (browser_.press(key, rows, page)) {
            case Browser::Wish::kQuit:
                return false;
            case Browser::Wish::kFreeze:
                frozen_ = !frozen_;
                break;
            case Browser::Wish::kOpen:
                fetcher_.open(browser_.code());
                break;
            case Browser::Wish::kClose:
                fetcher_.open("");
                break;
            case Browser::Wish::kNothing:
                break;
        }
        return true;
    }

    Terminal& terminal_;
    Fetcher& fetcher_;
    Browser browser_;
    TopAnswer shown_;
    std::string trouble_{};
    bool frozen_ = false;
};

void watch(const TopOptions& options, Terminal terminal, Board first) {
    Fetcher fetcher(options.client, options.every, std::move(first));
    {
        Terminal restored(std::move(terminal));
        Session(restored, fetcher, options.choice).run();
    }
    if (!fetcher.stop()) {
        // A monitor that hangs is not waited for; there is nothing here to put in order.
        std::fflush(stdout);
        std::_Exit(0);
    }
}

}  // namespace

Result<void> run_top(const TopOptions& options) {
    const Charset charset = options.charset.value_or(terminal_charset());
    auto board = fetch_board(options.client);
    if (!board) return tl::unexpected(board.error());
    if (options.output == TopOptions::Output::kLive && can_be_watched()) {
        install_signals();
        auto terminal = Terminal::open(
            charset, environment("NO_COLOR").empty() ? Colours::kTerminals : Colours::kNone);
        if (terminal) {
            watch(options, *std::move(terminal), *std::move(board));
            return {};
        }
    }
    const std::string text = options.output == TopOptions::Output::kJson
                                 ? board_document(*board, options.choice, wall_ns())
                                 : plain_text(*board, options.choice, wall_ns(), charset);
    std::fputs(text.c_str(), stdout);
    return {};
}

}  // namespace lull
