#include "control/mrt/compressed.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>

#include <array>
#include <sstream>

namespace lull {
namespace {

using Packer = std::string (*)(const std::string&);

/// Compressible, and longer than one buffer of the reader.
std::string sample() {
    std::string text;
    for (uint64_t i = 0; text.size() < 700'000; ++i) text += std::to_string(i * i) + " ";
    return text;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    return packed;
}

std::string bzip2(const std::string& text) {
    std::string packed(text.size() + text.size() / 100 + 600, '\0');
    auto size = static_cast<unsigned>(packed.size());
    EXPECT_EQ(BZ2_bzBuffToBuffCompress(packed.data(), &size, const_cast<char*>(text.data()),
                                       static_cast<unsigned>(text.size()), 1, 0, 0),
              BZ_OK);
    packed.resize(size);
    return packed;
}

std::string xz(const std::string& text) {
    std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
    std::size_t size = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(
                  0, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const uint8_t*>(text.data()),
                  text.size(), reinterpret_cast<uint8_t*>(packed.data()), &size, packed.size()),
              LZMA_OK);
    packed.resize(size);
    return packed;
}

constexpr std::array<Packer, 3> kPackers{gzip, bzip2, xz};

struct Unpacked {
    std::string text;
    std::string problem;
    std::string sha256;
};

Unpacked unpack(const std::string& packed) {
    std::istringstream raw(packed);
    CompressedInput input(raw);
    Unpacked done;
    std::array<uint8_t, 10'007> part{};
    while (true) {
        const std::size_t got = input.read(part);
        done.text.append(reinterpret_cast<const char*>(part.data()), got);
        if (got < part.size()) break;
    }
    done.problem = input.problem();
    done.sha256 = input.sha256();
    return done;
}

TEST(CompressedInput, plain_bytes_pass_as_they_are) {
    for (const std::string& text : {std::string(), std::string("x"), sample()}) {
        EXPECT_EQ(unpack(text).text, text);
        EXPECT_EQ(unpack(text).problem, "");
    }
}

TEST(CompressedInput, gzip_bzip2_and_xz_are_told_by_their_first_bytes) {
    const std::string text = sample();
    for (const Packer pack : kPackers) {
        const Unpacked done = unpack(pack(text));
        EXPECT_TRUE(done.text == text);
        EXPECT_EQ(done.problem, "");
        EXPECT_EQ(unpack(pack("")).text, "");
        EXPECT_EQ(unpack(pack("")).problem, "");
    }
}

TEST(CompressedInput, members_in_a_row_are_one_file_and_zeros_behind_it_nothing) {
    for (const Packer pack : kPackers) {
        const Unpacked done = unpack(pack("first ") + pack("second") + std::string(8, '\0'));
        EXPECT_EQ(done.text, "first second");
        EXPECT_EQ(done.problem, "");
    }
}

TEST(CompressedInput, every_truncation_says_so_and_gives_what_came_before) {
    for (const Packer pack : kPackers) {
        const std::string packed = pack("175.45.176.0/24 175.45.177.0/24 175.45.178.0/24");
        for (std::size_t size = 6; size < packed.size(); ++size) {
            const Unpacked done = unpack(packed.substr(0, size));
            EXPECT_NE(done.problem.find("cut short"), std::string::npos) << size << done.problem;
        }
    }
}

TEST(CompressedInput, damage_and_strangers_behind_the_end_are_named) {
    EXPECT_EQ(unpack(gzip("text") + "garbage").problem,
              "the gzip data are followed by something else");
    for (const Packer pack : kPackers) {
        std::string packed = pack(sample());
        for (std::size_t i = packed.size() / 2; i < packed.size() / 2 + 50; ++i) packed[i] = 'x';
        EXPECT_NE(unpack(packed).problem.find("are damaged"), std::string::npos);
    }
}

TEST(CompressedInput, the_digest_is_of_the_file_even_behind_an_early_end) {
    const std::string packed = gzip("text") + std::string(600'000, 'x');
    std::istringstream raw(packed);
    CompressedInput whole(raw);
    Sha256 expected;
    expected.add({reinterpret_cast<const uint8_t*>(packed.data()), packed.size()});
    EXPECT_EQ(unpack(packed).sha256, to_hex(expected.finish()));
}

}  // namespace
}  // namespace lull
