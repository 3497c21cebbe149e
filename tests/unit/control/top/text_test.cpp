#include "control/top/text.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

TEST(TopText, nothing_that_drives_a_terminal_gets_through) {
    EXPECT_EQ(clean_text("a\x1b[2Jb\r\n\x7f", Charset::kUtf8), "a?[2Jb???");
    EXPECT_EQ(clean_text("\xc2\x9b"
                         "31m",
                         Charset::kUtf8),
              "?31m");
    EXPECT_EQ(clean_text("\x9b"
                         "31m\xff",
                         Charset::kUtf8),
              "?31m?");
    EXPECT_EQ(clean_text("a\u202eb\u200bc\u2028d", Charset::kUtf8), "a?b?c?d");
    EXPECT_EQ(clean_text(std::string_view("a\0b", 3), Charset::kUtf8), "a?b");
    EXPECT_EQ(clean_text(std::string(10'000, 'x'), Charset::kUtf8).size(), kLongestText);
}

TEST(TopText, ascii_keeps_letters_without_their_accents) {
    EXPECT_EQ(clean_text("Côte d’Ivoire", Charset::kUtf8), "Côte d’Ivoire");
    EXPECT_EQ(clean_text("Côte d’Ivoire", Charset::kAscii), "Cote d'Ivoire");
    EXPECT_EQ(clean_text("Åland 中", Charset::kAscii), "Aland ?");
}

TEST(TopText, cells_are_counted_not_bytes) {
    EXPECT_EQ(cells_of("Côte"), 4u);
    EXPECT_EQ(cells_of("中文"), 4u);
    EXPECT_EQ(fit_text("Côte d’Ivoire", 5, Charset::kUtf8), "Côte…");
    EXPECT_EQ(fit_text("中文中文", 4, Charset::kUtf8), "中…");
    EXPECT_EQ(fit_text("Cote", 3, Charset::kAscii), "Co~");
    EXPECT_EQ(fit_text("Cote", 4, Charset::kAscii), "Cote");
    EXPECT_EQ(fit_text("Cote", 0, Charset::kAscii), "");
}

TEST(TopText, case_and_accents_do_not_matter_when_looking) {
    EXPECT_EQ(folded("CÔTE"), folded("cote"));
}

}  // namespace
}  // namespace lull
