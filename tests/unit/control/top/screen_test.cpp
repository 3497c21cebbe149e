#include "control/top/screen.h"

#include <gtest/gtest.h>

#include "control/top/columns.h"
#include "control/top/values.h"
#include "tests/unit/control/top/boards.h"

namespace lull {
namespace {

std::string text_of(const ScreenLine& line, std::size_t width) {
    std::string cells(width, ' ');  // of ASCII screens
    for (const StyledText& part : line.parts) {
        cells.replace(part.x, part.text.size(), part.text);
    }
    cells.erase(cells.find_last_not_of(' ') + 1);
    return cells;
}

std::string text_of(const Screen& screen, const ScreenSize& size) {
    std::string text;
    for (const ScreenLine& line : screen.lines) {
        text += text_of(line, size.width) + "\n";
    }
    return text;
}

Situation looked(std::string trouble = "") {
    return {test::kLookedAt_ns, false, std::move(trouble), ""};
}

TEST(TopScreen, eighty_columns_hold_what_matters) {
    const ScreenSize size{80, 24, Charset::kAscii};
    const Screen screen = draw(test::made_board(), Browser(Choice{}), looked(), size);
    ASSERT_EQ(screen.lines.size(), 24u);
    EXPECT_EQ(text_of(screen.lines[0], 80),
              "lull top  ix-example  2014-12-22 17:00:00 UTC  clock x720  by score");
    EXPECT_EQ(text_of(screen.lines[1], 80), "KP (Korea (North)) went quiet at 16:15 UTC.");
    EXPECT_EQ(text_of(screen.lines[3], 80),
              " CC COUNTRY           STATE          SINCE  SCOPE     SEEN/S  EXP/S RATIO  PROVE");
    EXPECT_EQ(text_of(screen.lines[4], 80),
              " KP Korea (North)     outage         16:15  lost           0   0.33    0%    30s");
    EXPECT_TRUE(screen.lines[4].selected);
    EXPECT_EQ(text_of(screen.lines[5], 80),
              " CI Cote d'Ivoire     normal         16:15  -             12     20   59%    30s");
}

TEST(TopScreen, no_size_is_overrun) {
    Board board = test::made_board();
    board.rows[0].name = std::string(300, 'x');
    board.head.summary = std::string(300, 'y') + " z";
    board.rows[0].member = "AS64500";
    board.rows[0].routed = 1e300;
    for (const Charset charset : {Charset::kUtf8, Charset::kAscii}) {
        for (std::size_t width = 0; width < 210; width += width < 4 ? 1 : 17) {
            for (const std::size_t height : {0u, 1u, 3u, 24u}) {
                const ScreenSize size{width, height, charset};
                Browser browser{Choice{}};
                for (const char* key : {"", "/", "?"}) {
                    browser.press({TopKey::Kind::kEscape, ""}, {}, 1);
                    browser.press({TopKey::Kind::kText, key}, {}, 1);
                    const Screen screen = draw(board, browser, looked("it is gone"), size);
                    EXPECT_LE(screen.lines.size(), height);
                    for (const ScreenLine& line : screen.lines) {
                        for (const StyledText& part : line.parts) {
                            EXPECT_LE(part.x + cells_of(part.text), width);
                        }
                    }
                }
            }
        }
    }
}

TEST(TopScreen, wide_ones_have_all_columns_and_routing_only_when_known) {
    Board board = test::made_board();
    const ScreenSize size{200, 24, Charset::kAscii};
    std::string text = text_of(draw(board, Browser(Choice{}), looked(), size), size);
    for (const char* title : {"COVER", "2-WAY", "NETS", "SCORE", "22 Dec 16:15"}) {
        EXPECT_NE(text.find(title), std::string::npos) << title;
    }
    EXPECT_EQ(text.find("ROUTED"), std::string::npos);
    board.rows[0].routed = 3;
    board.rows[0].usually_routed = 4;
    board.rows[0].member = "Example";
    board.rows[0].member_share = 0.83;
    text = text_of(draw(board, Browser(Choice{}), looked(), size), size);
    EXPECT_NE(text.find("ROUTED"), std::string::npos);
    EXPECT_NE(text.find("3/4"), std::string::npos);
    EXPECT_NE(text.find("83% Example"), std::string::npos);
}

TEST(TopScreen, a_monitor_that_is_gone_and_a_frozen_screen_say_how_old_they_are) {
    const ScreenSize size{80, 24, Charset::kAscii};
    Situation situation = looked("http://127.0.0.1:1: refused");
    situation.now_ns += 60'000'000'000;
    situation.frozen = true;
    const std::string text =
        text_of(draw(test::made_board(), Browser(Choice{}), situation, size), size);
    EXPECT_NE(text.find("data 64s OLD"), std::string::npos) << text;
    EXPECT_NE(text.find("NO ANSWER; what is shown is 64s old: http://127.0.0.1:1: refused"),
              std::string::npos);
    EXPECT_NE(text.find("FROZEN, 64s old"), std::string::npos);
    EXPECT_NE(text.find("Korea"), std::string::npos);
}

TEST(TopScreen, marks_are_arrows_or_letters) {
    Board board = test::made_board();
    board.rows.resize(1);
    board.rows[0].mark = RowMark::kFell;
    for (const auto& [charset, mark] :
         {std::pair(Charset::kUtf8, "▼"), std::pair(Charset::kAscii, "v")}) {
        const Screen screen = draw(board, Browser(Choice{}), looked(), {80, 24, charset});
        EXPECT_EQ(screen.lines[4].parts[0].text, mark);
    }
}

TEST(TopScreen, an_open_country_is_its_text_whatever_it_holds) {
    Browser browser{Choice{}};
    const Board board = test::made_board();
    browser.press({TopKey::Kind::kEnter, ""}, chosen_rows(board, {}), 10);
    const ScreenSize size{40, 12, Charset::kAscii};
    Situation situation = looked();
    EXPECT_NE(text_of(draw(board, browser, situation, size), size).find("asking"),
              std::string::npos);
    situation.country_text = "KP: outage\n\x1b[2J\n" + std::string(100, 'w') + "\n";
    const std::string text = text_of(draw(board, browser, situation, size), size);
    EXPECT_NE(text.find("KP: outage\n?[2J\nwww"), std::string::npos) << text;
}

TEST(TopScreen, plain_text_is_a_table_without_a_terminals_codes) {
    Board board = test::made_board();
    board.head.summary = "all\x1b[31m red";
    const std::string text = plain_text(board, {}, test::kLookedAt_ns, Charset::kUtf8);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_NE(text.find("\nKP  Korea (North)  outage  22 Dec 16:15  lost"), std::string::npos)
        << text;
    EXPECT_NE(text.find("Côte d’Ivoire"), std::string::npos);
}

TEST(TopValues, fit_their_columns_whatever_they_are) {
    EXPECT_EQ(short_duration(45), "45s");
    EXPECT_EQ(short_duration(34'260), "9h31m");
    EXPECT_EQ(short_rate(20'400), "20.4k");
    EXPECT_EQ(short_rate(0.33), "0.33");
    EXPECT_EQ(short_ratio(0.004), "0.4%");
    EXPECT_EQ(short_ratio(1e9), ">999%");
    EXPECT_EQ(short_since(0, std::nullopt), "01 Jan");
    for (double value = 1e-9; value < 1e300; value *= 3) {
        EXPECT_LE(short_rate(value).size(), 6u) << value;
        EXPECT_LE(short_ratio(value).size(), 5u) << value;
        EXPECT_LE(short_duration(value).size(), value < 1e9 ? 6u : 8u) << value;
    }
}

}  // namespace
}  // namespace lull
