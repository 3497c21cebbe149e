#include "control/origins/prefix.h"

#include <gtest/gtest.h>

#include "control/origins/record.h"
#include "control/origins/text.h"

namespace lull {
namespace {

TEST(Prefix, text_survives_a_round_trip) {
    for (const char* text : {"1.0.0.0/24", "0.0.0.0/0", "::/0", "255.255.255.255/32",
                             "2001:db8::/32", "2a00:1450:4001:800::/64", "::1/128"}) {
        const auto prefix = parse_prefix(text);
        ASSERT_TRUE(prefix.has_value()) << text;
        EXPECT_EQ(format_prefix(*prefix), text);
    }
}

TEST(Prefix, wrong_text_is_refused_with_a_reason) {
    const struct {
        const char *text, *reason;
    } cases[] = {
        {"1.0.0.0", "no prefix length"},
        {"", "no prefix length"},
        {"/24", "not an IP prefix"},
        {"1.0.0/24", "not an IP prefix"},
        {"1.0.0.0/33", "not 0 to 32"},
        {"::/129", "not 0 to 128"},
        {"1.0.0.0/", "not 0 to 32"},
        {"1.0.0.0/-1", "not 0 to 32"},
        {"1.0.0.0/+8", "not 0 to 32"},
        {"1.0.0.0/8 ", "not 0 to 32"},
        {"1.0.0.0/4294967304", "not 0 to 32"},
        {"1.0.0.0/264", "not 0 to 32"},
        {"1.0.0.1/24", "did you mean 1.0.0.0/24"},
        {"2001:db8::1/64", "did you mean 2001:db8::/64"},
        {"1.0.0.0/0008", "not 0 to 32"},
    };
    for (const auto& each : cases) {
        const auto prefix = parse_prefix(each.text);
        ASSERT_FALSE(prefix.has_value()) << each.text;
        EXPECT_NE(prefix.error().message.find(each.reason), std::string::npos)
            << each.text << ": " << prefix.error().message;
    }
}

TEST(Prefix, an_address_with_a_zero_byte_inside_is_refused) {
    EXPECT_FALSE(parse_address(std::string_view("1.0.0.1\0x", 9)).has_value());
    EXPECT_FALSE(parse_address(std::string(1000, '1')).has_value());
}

TEST(Prefix, containment_matches_bit_by_bit_comparison_at_every_length) {
    const IpPrefix address = *parse_address("2a00:1450:4001:81b::200e");
    for (uint8_t length = 0; length <= 128; ++length) {
        const IpPrefix cut = shortened(address, length);
        EXPECT_TRUE(contains(cut, address)) << int{length};
        if (length == 0) continue;
        IpPrefix other = cut;  // its last bit flipped: a sibling
        if (length <= 64) {
            other.high ^= uint64_t{1} << (64 - length);
        } else {
            other.low ^= uint64_t{1} << (128 - length);
        }
        EXPECT_FALSE(contains(other, address)) << int{length};
        EXPECT_FALSE(contains(cut, other)) << int{length};
        EXPECT_TRUE(contains(shortened(cut, static_cast<uint8_t>(length - 1)), other));
    }
}

TEST(Prefix, families_never_contain_each_other) {
    EXPECT_FALSE(contains(*parse_prefix("::/0"), *parse_prefix("1.0.0.0/8")));
    EXPECT_FALSE(contains(*parse_prefix("0.0.0.0/0"), *parse_prefix("2a00::/16")));
}

TEST(Prefix, as_numbers_are_read_with_and_without_their_letters) {
    EXPECT_EQ(parse_asn("AS131279"), 131279U);
    EXPECT_EQ(parse_asn("4294967295"), 4294967295U);
    for (const char* wrong :
         {"", "AS", "0", "AS0", "4294967296", "1x", "-1", "+1", " 1", "ASAS1"}) {
        EXPECT_EQ(parse_asn(wrong), std::nullopt) << wrong;
    }
}

TEST(Text, invalid_utf8_and_control_characters_become_question_marks) {
    EXPECT_EQ(clean_text("Société \xc3\xa9", 99), "Société \xc3\xa9");
    EXPECT_EQ(clean_text("a\x1b[31m\n\x7f", 99), "a?[31m??");
    EXPECT_EQ(clean_text("\xff\xc0\x80\xed\xa0\x80", 99), "??????");
    EXPECT_EQ(clean_text("\xc2\x85", 99), "??");            // C1: next line
    EXPECT_EQ(clean_text("\xf4\x90\x80\x80", 99), "????");  // above U+10FFFF
    EXPECT_EQ(clean_text("\xc3", 99), "?");
    EXPECT_TRUE(is_clean_text(clean_text("\xe2\x82", 99)));
}

TEST(Text, a_cut_never_splits_a_character) {
    EXPECT_EQ(clean_text("ab\xc3\xa9", 3), "ab");
    EXPECT_EQ(clean_text("ab\xc3\xa9", 4), "ab\xc3\xa9");
}

}  // namespace
}  // namespace lull
