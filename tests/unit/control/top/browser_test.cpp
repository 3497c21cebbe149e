#include "control/top/browser.h"

#include <gtest/gtest.h>

#include "tests/unit/control/top/boards.h"

namespace lull {
namespace {

using Kind = TopKey::Kind;
using Wish = Browser::Wish;
using Place = Browser::Place;

class TopBrowser : public ::testing::Test {
  protected:
    Wish press(Kind kind) { return browser_.press({kind, ""}, rows(), 2); }
    Wish type(const std::string& text) {
        Wish last = Wish::kNothing;
        for (const char c : text) {
            last = browser_.press({Kind::kText, std::string(1, c)}, rows(), 2);
        }
        return last;
    }
    [[nodiscard]] std::vector<const TopRow*> rows() const {
        return chosen_rows(board_, browser_.choice());
    }
    [[nodiscard]] std::string selected() const { return rows()[browser_.selected(rows())]->code; }

    Board board_ = test::made_board();
    Browser browser_{Choice{}};
};

TEST_F(TopBrowser, q_and_escape_end_and_escape_takes_a_filter_off_first) {
    EXPECT_EQ(type("q"), Wish::kQuit);
    EXPECT_EQ(press(Kind::kEscape), Wish::kQuit);
    type("/kor");
    press(Kind::kEnter);
    EXPECT_EQ(rows().size(), 1u);
    EXPECT_EQ(press(Kind::kEscape), Wish::kNothing);
    EXPECT_EQ(rows().size(), 3u);
}

TEST_F(TopBrowser, what_is_typed_into_a_filter_is_no_command) {
    EXPECT_EQ(type("/qpis"), Wish::kNothing);
    EXPECT_EQ(browser_.place(), Place::kFilter);
    EXPECT_EQ(browser_.choice().filter, "qpis");
    press(Kind::kBackspace);
    EXPECT_EQ(browser_.choice().filter, "qpi");
    browser_.press({Kind::kText, "\x03"}, rows(), 2);
    browser_.press({Kind::kText, "ô"}, rows(), 2);
    EXPECT_EQ(browser_.choice().filter, "qpiô");
    press(Kind::kBackspace);
    EXPECT_EQ(browser_.choice().filter, "qpi");
    type(std::string(500, 'x'));
    EXPECT_LE(browser_.choice().filter.size(), 64u);
    EXPECT_EQ(press(Kind::kEscape), Wish::kNothing);
    EXPECT_EQ(browser_.choice().filter, "");
    EXPECT_EQ(browser_.place(), Place::kList);
}

TEST_F(TopBrowser, the_selection_follows_the_country_not_the_line) {
    EXPECT_EQ(selected(), "KP");
    press(Kind::kDown);
    EXPECT_EQ(selected(), "CI");
    board_.rows[0].score = 99;  // CI goes first
    EXPECT_EQ(board_.rows[0].code, "CI");
    EXPECT_EQ(selected(), "CI");
    press(Kind::kHome);
    press(Kind::kEnd);
    EXPECT_EQ(selected(), "FR");
    press(Kind::kDown);
    EXPECT_EQ(selected(), "FR");
    type("kk");
    press(Kind::kUp);
    press(Kind::kUp);
    EXPECT_EQ(browser_.selected(rows()), 0u);
}

TEST_F(TopBrowser, a_sort_key_sorts_and_begins_at_the_first_row) {
    press(Kind::kDown);
    type("n");
    EXPECT_EQ(browser_.choice().sort, SortKey::kName);
    EXPECT_EQ(browser_.selected(rows()), 0u);
    type("i");
    EXPECT_EQ(selected(), "KP");
    type("n");
    EXPECT_EQ(selected(), "CI");
}

TEST_F(TopBrowser, enter_opens_the_selected_country_and_q_goes_back) {
    press(Kind::kDown);
    EXPECT_EQ(press(Kind::kEnter), Wish::kOpen);
    EXPECT_EQ(browser_.place(), Place::kCountry);
    EXPECT_EQ(browser_.code(), "CI");
    press(Kind::kPageDown);
    EXPECT_EQ(browser_.top_of_text(10, 2), 2u);
    press(Kind::kEnd);
    EXPECT_EQ(browser_.top_of_text(10, 2), 8u);
    EXPECT_EQ(type("p"), Wish::kFreeze);
    EXPECT_EQ(type("q"), Wish::kClose);
    EXPECT_EQ(browser_.place(), Place::kList);
}

TEST_F(TopBrowser, without_a_row_there_is_nothing_to_open) {
    board_.rows.clear();
    EXPECT_EQ(press(Kind::kEnter), Wish::kNothing);
    press(Kind::kEnd);
    EXPECT_EQ(browser_.place(), Place::kList);
    EXPECT_EQ(browser_.top_of_rows(rows(), 5), 0u);
}

TEST_F(TopBrowser, help_comes_and_goes) {
    type("?");
    EXPECT_EQ(browser_.place(), Place::kHelp);
    EXPECT_EQ(type("?"), Wish::kNothing);
    EXPECT_EQ(browser_.place(), Place::kList);
}

}  // namespace
}  // namespace lull
