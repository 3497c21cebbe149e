#include "control/text_table.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(TextTable, columns_are_aligned_by_characters_not_bytes) {
    TextTable table({{"CC"}, {"NAME"}, {"N", Align::kRight}});
    table.row({"CI", "Côte d'Ivoire", "7"});
    table.row({"FR", "France", "1234"});
    EXPECT_EQ(table.text(),
              "CC  NAME              N\n"
              "CI  Côte d'Ivoire     7\n"
              "FR  France         1234\n");
}

TEST(TextTable, control_characters_cannot_reach_the_terminal) {
    EXPECT_EQ(printable_text("a\x1b[2Jb\r\n\x7f"), "a?[2Jb???");
    EXPECT_EQ(printable_text("\xc2\x9b"
                             "31m"),
              "?31m");
    EXPECT_EQ(printable_text("Côte"), "Côte");
}

TEST(TextTable, short_rows_are_filled_and_long_ones_cut) {
    TextTable table({{"A"}, {"B"}});
    table.row({"1"});
    table.row({"1", "2", "3"});
    EXPECT_EQ(table.text(), "A  B\n1\n1  2\n");
}

}  // namespace
}  // namespace lull
