#include "control/top/order.h"

#include <gtest/gtest.h>

#include "tests/unit/control/top/boards.h"

namespace lull {
namespace {

std::string codes(const Board& board, const Choice& choice) {
    std::string text;
    for (const TopRow* row : chosen_rows(board, choice)) {
        text += (text.empty() ? "" : " ") + row->code;
    }
    return text;
}

TEST(TopOrder, the_likeliest_lost_is_first) {
    EXPECT_EQ(codes(test::made_board(), {}), "KP CI FR");
}

TEST(TopOrder, each_key_sorts_and_inverts) {
    const Board board = test::made_board();
    EXPECT_EQ(codes(board, {.sort = SortKey::kRatio}), "KP CI FR");
    EXPECT_EQ(codes(board, {.sort = SortKey::kObserved}), "FR CI KP");
    EXPECT_EQ(codes(board, {.sort = SortKey::kExpected}), "FR CI KP");
    EXPECT_EQ(codes(board, {.sort = SortKey::kName}), "CI FR KP");
    EXPECT_EQ(codes(board, {.sort = SortKey::kState}), "FR CI KP");
    EXPECT_EQ(codes(board, {.sort = SortKey::kName, .direction = Direction::kInverted}),
              "KP FR CI");
    EXPECT_EQ(codes(board, {.sort = SortKey::kSince}), "FR CI KP");  // equals: by expected flows
}

TEST(TopOrder, what_is_not_known_is_last_either_way) {
    Board board = test::made_board();
    board.rows[1].ratio.reset();  // FR: after CI, before KP
    EXPECT_EQ(board.rows[1].code, "FR");
    EXPECT_EQ(codes(board, {.sort = SortKey::kRatio}), "KP CI FR");
    EXPECT_EQ(codes(board, {.sort = SortKey::kRatio, .direction = Direction::kInverted}),
              "CI KP FR");
}

TEST(TopOrder, a_filter_looks_everywhere_and_minds_no_accents) {
    const Board board = test::made_board();
    EXPECT_EQ(codes(board, {.filter = "COTE"}), "CI");
    EXPECT_EQ(codes(board, {.filter = "lost"}), "KP");
    EXPECT_EQ(codes(board, {.filter = "normal"}), "CI FR");
    EXPECT_EQ(codes(board, {.filter = "nowhere"}), "");
}

TEST(TopOrder, sort_keys_have_names) {
    EXPECT_EQ(sort_key_of("ratio"), SortKey::kRatio);
    EXPECT_EQ(sort_name(SortKey::kProvable), "provable");
    EXPECT_FALSE(sort_key_of("luck"));
}

}  // namespace
}  // namespace lull
