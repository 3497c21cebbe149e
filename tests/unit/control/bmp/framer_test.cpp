// Messages come out whole however the stream is cut, and a stream that is not BMP is given up.
#include "control/bmp/framer.h"

#include <gtest/gtest.h>

#include "tests/support/bmp_builder.h"

namespace lull::testing {
namespace {

using Messages = std::vector<std::pair<BmpType, Octetstring>>;

void take_all(BmpFramer& framer, Messages& out) {
    BmpMessage message;
    while (framer.next(message)) {
        out.emplace_back(message.type, Octetstring(message.body.begin(), message.body.end()));
    }
}

Messages in_pieces_of(const Octetstring& stream, std::size_t piece) {
    BmpFramer framer;
    Messages out;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        // A copy of its own, so that a view kept beyond its chunk is seen.
        const auto end = std::min(stream.size(), at + piece);
        const Octetstring chunk(stream.begin() + static_cast<std::ptrdiff_t>(at),
                                stream.begin() + static_cast<std::ptrdiff_t>(end));
        framer.feed(chunk);
        take_all(framer, out);
    }
    EXPECT_EQ(framer.problem(), RouteProblem::kNone);
    EXPECT_FALSE(framer.inside_message());
    return out;
}

RouteProblem problem_of(const Octetstring& stream) {
    BmpFramer framer;
    framer.feed(stream);
    Messages out;
    take_all(framer, out);
    return framer.problem();
}

TEST(BmpFramer, pieces_of_any_size_give_the_same_messages) {
    const Octetstring stream = one_bmp_message_of_each() + bmp(4, Octetstring(5000, 7));
    const Messages whole = in_pieces_of(stream, stream.size());
    ASSERT_EQ(whole.size(), 10U);
    EXPECT_EQ(whole.front().first, BmpType::kInitiation);
    EXPECT_EQ(whole.back().second, Octetstring(5000, 7));
    for (std::size_t piece = 1; piece < 300; ++piece) {
        EXPECT_EQ(in_pieces_of(stream, piece), whole) << piece;
    }
}

TEST(BmpFramer, another_version_or_an_impossible_length_loses_the_stream) {
    EXPECT_EQ(problem_of(bmp(4, {}, 1)), RouteProblem::kBmpVersion);
    EXPECT_EQ(problem_of(bmp(4, {}, 4)), RouteProblem::kBmpVersion);
    const auto header = [](uint32_t length) {
        return OctetWriter().u8(3).u32(length).u8(0).bytes();
    };
    EXPECT_EQ(problem_of(header(0)), RouteProblem::kBmpLength);
    EXPECT_EQ(problem_of(header(5)), RouteProblem::kBmpLength);
    EXPECT_EQ(problem_of(header(6)), RouteProblem::kNone);
    EXPECT_EQ(problem_of(header(kMaxBmpMessageBytes)), RouteProblem::kNone);
    EXPECT_EQ(problem_of(header(kMaxBmpMessageBytes + 1)), RouteProblem::kBmpLength);
    EXPECT_EQ(problem_of(header(0xffffffff)), RouteProblem::kBmpLength);
}

TEST(BmpFramer, nothing_comes_out_of_a_lost_stream) {
    BmpFramer framer;
    Messages out;
    const Octetstring bad = bmp(4, {}) + bmp(4, {}, 2) + bmp(4, {});
    framer.feed(bad);
    take_all(framer, out);
    const Octetstring good = bmp(4, {});
    framer.feed(good);
    take_all(framer, out);
    EXPECT_EQ(out.size(), 1U);
    EXPECT_EQ(framer.problem(), RouteProblem::kBmpVersion);
}

TEST(BmpFramer, a_stream_that_stops_inside_a_message_says_so) {
    const Octetstring stream = bmp(4, Octetstring(40, 1));
    for (std::size_t size = 1; size < stream.size(); ++size) {
        BmpFramer framer;
        Messages out;
        const Octetstring cut(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(size));
        framer.feed(cut);
        take_all(framer, out);
        EXPECT_TRUE(out.empty());
        EXPECT_TRUE(framer.inside_message()) << size;
        EXPECT_EQ(framer.problem(), RouteProblem::kNone);
    }
}

}  // namespace
}  // namespace lull::testing
