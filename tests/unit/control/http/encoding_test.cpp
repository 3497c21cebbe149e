#include "control/http/encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace lull {
namespace {

TEST(Encoding, gzip_is_taken_where_a_client_names_it_and_does_not_refuse_it) {
    for (const char* header : {"gzip", "GZIP", "deflate, gzip", "br;q=1.0, gzip;q=0.8, *;q=0.1",
                               "*", "x-gzip", " gzip ; q=0.5 "}) {
        EXPECT_TRUE(accepts_gzip(header)) << header;
    }
    for (const char* header : {"", "identity", "gzip;q=0", "gzip; q=0.000, deflate", "*;q=0",
                               "gzipped", ",,,;;;", "gzip;q=0, *"}) {
        EXPECT_FALSE(accepts_gzip(header)) << header;
    }
}

TEST(Encoding, gzipped_is_the_same_text_again) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += "lull_country_sent_packets_total " + std::to_string(i);
    const auto packed = gzipped(text);
    ASSERT_TRUE(packed);
    EXPECT_LT(packed->size(), text.size() / 4);
    std::string back(text.size(), '\0');
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed->data()));
    stream.avail_in = static_cast<uInt>(packed->size());
    stream.next_out = reinterpret_cast<Bytef*>(back.data());
    stream.avail_out = static_cast<uInt>(back.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    EXPECT_EQ(back, text);
    EXPECT_TRUE(gzipped(""));
}

TEST(Encoding, tag_is_of_the_body_and_found_in_any_place_of_the_header) {
    const std::string tag = entity_tag("body");
    EXPECT_EQ(tag.size(), 18u);
    EXPECT_EQ(tag, entity_tag("body"));
    EXPECT_NE(tag, entity_tag("bodY"));
    for (const std::string& header :
         {tag, "W/" + tag, "\"x\", " + tag, tag + ",\"y\"", std::string("*")}) {
        EXPECT_TRUE(names_tag(header, tag)) << header;
    }
    for (const std::string& header : {std::string(), std::string("\"x\""), tag.substr(1)}) {
        EXPECT_FALSE(names_tag(header, tag)) << header;
    }
}

}  // namespace
}  // namespace lull
