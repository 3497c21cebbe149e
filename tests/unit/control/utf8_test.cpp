// Well-formed and printable UTF-8, against a decoder written the slow way.
#include "control/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace lull {
namespace {

/// RFC 3629: the sequence of a scalar value, or "" for surrogates and what is beyond Unicode.
std::string encode(uint32_t value) {
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) return "";
    const auto byte = [](uint32_t b) { return static_cast<char>(static_cast<uint8_t>(b)); };
    if (value < 0x80) return {byte(value)};
    if (value < 0x800) return {byte(0xc0 | value >> 6), byte(0x80 | (value & 0x3f))};
    if (value < 0x10000) {
        return {byte(0xe0 | value >> 12), byte(0x80 | (value >> 6 & 0x3f)),
                byte(0x80 | (value & 0x3f))};
    }
    return {byte(0xf0 | value >> 18), byte(0x80 | (value >> 12 & 0x3f)),
            byte(0x80 | (value >> 6 & 0x3f)), byte(0x80 | (value & 0x3f))};
}

TEST(Utf8, every_scalar_value_is_one_sequence_of_its_size) {
    for (uint32_t value = 0; value <= 0x10ffff; ++value) {
        const std::string text = encode(value);
        if (text.empty()) continue;
        ASSERT_EQ(utf8_size(text + "x"), text.size()) << value;
        const bool control =
            value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029;
        ASSERT_EQ(printable_size(text), control ? 0 : text.size()) << value;
        for (std::size_t cut = 0; cut < text.size(); ++cut) {
            ASSERT_EQ(utf8_size(text.substr(0, cut)), 0U) << value;
        }
    }
}

TEST(Utf8, three_bytes_are_well_formed_exactly_when_a_scalar_value_encodes_to_them) {
    for (uint32_t bytes = 0x800000; bytes <= 0xffffff; ++bytes) {
        const std::string text{static_cast<char>(bytes >> 16), static_cast<char>(bytes >> 8 & 0xff),
                               static_cast<char>(bytes & 0xff)};
        if (utf8_size(text) != 3) continue;
        const uint32_t value =
            (bytes >> 16 & 0xf) << 12 | (bytes >> 8 & 0x3f) << 6 | (bytes & 0x3f);
        ASSERT_EQ(encode(value), text) << bytes;
    }
}

TEST(Utf8, a_text_is_printable_when_all_of_it_is) {
    EXPECT_TRUE(is_printable(""));
    EXPECT_TRUE(is_printable("Z\xc3\xbcrich \xf0\x9f\x8c\x8d"));
    EXPECT_FALSE(is_printable("a\nb"));
    EXPECT_FALSE(is_printable("a\xc2\x9b"));
    EXPECT_FALSE(is_printable("a\xf0\x9f\x8c"));
    EXPECT_FALSE(is_printable("\xf0\x80\x80\x80")) << "overlong";
    EXPECT_FALSE(is_printable("\xf4\x90\x80\x80")) << "beyond Unicode";
}

}  // namespace
}  // namespace lull
