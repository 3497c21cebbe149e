#include "control/bgp/update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "control/bgp/attributes.h"
#include "tests/support/mrt_builder.h"
#include "tests/support/shared_data.h"

namespace lull {
namespace {

using testing::operator+;
using testing::attribute;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::mp_reach;
using testing::mp_unreach;
using testing::nlri;
using testing::Octetstring;
using testing::path_attribute;
using testing::sequence;
using testing::update;

const Octetstring kPath = path_attribute(sequence({64500, 131279}));

std::vector<std::string> texts(const std::vector<Nlri>& list) {
    std::vector<std::string> all;
    for (const Nlri& each : list) {
        std::string text = format_prefix(each.prefix);
        if (each.path_id) text += fmt::format(" path {}", *each.path_id);
        if (each.safi != kSafiUnicast) text += " multicast";
        all.push_back(text);
    }
    return all;
}

struct Read {
    RouteProblem problem;
    BgpUpdate update;
};

Read read(const Octetstring& body, const UpdateFormat& format = {}) {
    Read done{RouteProblem::kNone, {}};
    // An exact-size copy, so that a sanitizer sees a read one past the end.
    const std::vector<uint8_t> exact(body);
    done.problem = read_update(exact, format, done.update);
    return done;
}

TEST(BgpUpdate, announces_and_withdraws_ipv4) {
    const auto done =
        read(update(nlri("8.8.8.0/24"), kPath, nlri("175.45.176.0/22") + nlri("0.0.0.0/0")));
    EXPECT_EQ(done.problem, RouteProblem::kNone);
    EXPECT_THAT(texts(done.update.withdrawn), ElementsAre("8.8.8.0/24"));
    EXPECT_THAT(texts(done.update.announced), ElementsAre("175.45.176.0/22", "0.0.0.0/0"));
    EXPECT_EQ(done.update.path.text(), "64500 131279");
}

TEST(BgpUpdate, multiprotocol_attributes_carry_ipv6_and_ipv4) {
    const auto done = read(update(
        {}, mp_reach(2, 1, nlri("2a00:1450::/29")) + kPath + mp_unreach(1, 1, nlri("8.0.0.0/9")),
        {}));
    EXPECT_EQ(done.problem, RouteProblem::kNone);
    EXPECT_THAT(texts(done.update.announced), ElementsAre("2a00:1450::/29"));
    EXPECT_THAT(texts(done.update.withdrawn), ElementsAre("8.0.0.0/9"));
}

TEST(BgpUpdate, multicast_is_marked_and_other_families_are_counted) {
    const auto done = read(
        update({}, kPath + mp_reach(1, 2, nlri("8.8.8.0/24")) + mp_unreach(25, 70, {1, 2, 3}), {}));
    EXPECT_THAT(texts(done.update.announced), ElementsAre("8.8.8.0/24 multicast"));
    EXPECT_EQ(done.update.other_families, 1U);
}

TEST(BgpUpdate, add_path_is_per_family) {
    const UpdateFormat only4{AsWidth::kFour, AddPath::kYes, AddPath::kNo};
    const auto done = read(
        update(nlri("8.8.8.0/24", 5), kPath + mp_reach(2, 1, nlri("2a00:1450::/32")), {}), only4);
    EXPECT_THAT(texts(done.update.withdrawn), ElementsAre("8.8.8.0/24 path 5"));
    EXPECT_THAT(texts(done.update.announced), ElementsAre("2a00:1450::/32"));
}

TEST(BgpUpdate, bits_beyond_the_length_are_dropped) {
    const auto done = read(update({}, kPath, {13, 11, 0x0d, 20, 0xff, 0xff, 0xff}));
    EXPECT_THAT(texts(done.update.announced), ElementsAre("11.8.0.0/13", "255.255.240.0/20"));
}

TEST(BgpUpdate, two_octet_paths_are_merged_with_the_as4_path) {
    const auto full = attribute(17, testing::as_path(sequence({70000, 131279}), AsWidth::kFour));
    const auto plain = path_attribute(sequence({64500, 70000, 131279}), AsWidth::kTwo);
    const UpdateFormat two{.as_width = AsWidth::kTwo};
    EXPECT_EQ(read(update({}, plain + full, nlri("8.8.8.0/24")), two).update.path.text(),
              "64500 70000 131279");
    const auto as4_aggregator = attribute(18, Octetstring(8));
    EXPECT_EQ(read(update({}, plain + full + attribute(7, {0, 9, 0, 0, 0, 0}) + as4_aggregator,
                          nlri("8.8.8.0/24")),
                   two)
                  .update.path.text(),
              "64500 23456 23456")
        << "an old speaker aggregated after AS4_PATH was written";
    EXPECT_EQ(
        read(update({}, plain + full + attribute(7, {0, 9, 0, 0, 0, 0}), nlri("8.8.8.0/24")), two)
            .update.path.text(),
        "64500 70000 131279");
    EXPECT_EQ(
        read(update({}, plain + attribute(17, {9, 9}), nlri("8.8.8.0/24")), two).update.path.text(),
        "64500 23456 23456")
        << "a malformed AS4_PATH is no reason to lose the route";
}

TEST(BgpUpdate, the_first_of_two_equal_attributes_counts) {
    const auto done =
        read(update({}, kPath + path_attribute(sequence({1, 2})), nlri("8.8.8.0/24")));
    EXPECT_EQ(done.update.path.text(), "64500 131279");
}

TEST(BgpUpdate, end_of_rib_is_an_update_that_says_nothing) {
    EXPECT_EQ(read(update({}, {}, {})).update.end_of_rib, Family::kIpv4);
    EXPECT_EQ(read(update({}, mp_unreach(2, 1, {}), {})).update.end_of_rib, Family::kIpv6);
    EXPECT_FALSE(read(update({}, kPath, nlri("8.8.8.0/24"))).update.end_of_rib);
}

struct BadUpdate {
    const char* what;
    Octetstring body;
    RouteProblem problem;
};

TEST(BgpUpdate, every_lie_about_a_length_has_its_name) {
    const std::vector<BadUpdate> all{
        {"empty", {}, RouteProblem::kWithdrawnLength},
        {"withdrawn beyond the end", {0, 9, 0, 0}, RouteProblem::kWithdrawnLength},
        {"no attribute length", {0, 0}, RouteProblem::kAttributeLength},
        {"attributes beyond the end", {0, 0, 0, 9, 1}, RouteProblem::kAttributeLength},
        {"attribute beyond the attributes", update({}, {0x40, 1, 200, 0}, {}),
         RouteProblem::kAttributeLength},
        {"attribute without a length", update({}, {0x40, 1}, {}), RouteProblem::kAttributeLength},
        {"extended length cut", update({}, {0x50, 1, 0}, {}), RouteProblem::kAttributeLength},
        {"prefix above 32", update({}, kPath, {33, 1, 2, 3, 4, 5}), RouteProblem::kPrefixLength},
        {"prefix of 255", update({255}, {}, {}), RouteProblem::kPrefixLength},
        {"prefix cut", update({}, kPath, {24, 1, 2}), RouteProblem::kPrefixCut},
        {"IPv6 prefix above 128", update({}, kPath + mp_reach(2, 1, {129}), {}),
         RouteProblem::kPrefixLength},
        {"MP_REACH cut", update({}, kPath + attribute(14, {0, 2, 1, 16, 1}), {}),
         RouteProblem::kMultiprotocol},
        {"MP_UNREACH cut", update({}, attribute(15, {0, 2}), {}), RouteProblem::kMultiprotocol},
        {"no AS path", update({}, attribute(1, {0}), nlri("8.8.8.0/24")), RouteProblem::kNoAsPath},
        {"AS path cut", update({}, attribute(2, {2, 3, 0, 0, 0, 1}), nlri("8.8.8.0/24")),
         RouteProblem::kAsPath},
    };
    for (const BadUpdate& bad : all) {
        const auto done = read(bad.body);
        EXPECT_EQ(done.problem, bad.problem) << bad.what;
        EXPECT_THAT(done.update.announced, IsEmpty()) << bad.what;
    }
}

TEST(BgpUpdate, what_comes_without_a_sound_path_is_withdrawn) {
    const Octetstring bad_path = attribute(2, {2, 3, 0, 0, 0, 1});
    const Octetstring both6 =
        mp_reach(2, 1, nlri("2a00:1450::/32")) + mp_unreach(2, 1, nlri("2a00:1451::/32"));
    for (const Octetstring& path : {bad_path, Octetstring{}}) {
        const auto done = read(update(nlri("8.8.8.0/24"), path + both6, nlri("9.9.9.0/24")));
        EXPECT_EQ(done.problem, path.empty() ? RouteProblem::kNoAsPath : RouteProblem::kAsPath);
        EXPECT_THAT(texts(done.update.withdrawn),
                    ElementsAre("8.8.8.0/24", "2a00:1451::/32", "9.9.9.0/24", "2a00:1450::/32"));
        EXPECT_THAT(done.update.announced, IsEmpty());
        EXPECT_TRUE(done.update.path.empty());
    }
    const auto lies = read(update(nlri("8.8.8.0/24"), {0x40, 1, 200, 0}, nlri("9.9.9.0/24")));
    EXPECT_EQ(lies.problem, RouteProblem::kAttributeLength);
    EXPECT_THAT(texts(lies.update.withdrawn), ElementsAre("8.8.8.0/24", "9.9.9.0/24"));
}

TEST(BgpUpdate, what_stands_before_a_bad_prefix_is_kept) {
    const auto done = read(update({}, kPath, nlri("8.8.8.0/24") + Octetstring{24, 1}));
    EXPECT_EQ(done.problem, RouteProblem::kPrefixCut);
    EXPECT_THAT(texts(done.update.announced), ElementsAre("8.8.8.0/24"));
}

TEST(BgpUpdate, every_truncation_is_survived) {
    const Octetstring whole = update(
        nlri("8.8.8.0/24"), kPath + mp_reach(2, 1, nlri("2a00:1450::/32")), nlri("9.9.9.0/24"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Octetstring cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto done = read(cut);
        EXPECT_LE(done.update.announced.size() + done.update.withdrawn.size(), 2U) << size;
    }
}

TEST(BgpMessage, header_is_checked) {
    BgpMessage out;  // points into the bytes that were read
    const Octetstring whole = testing::message({1, 2}, 2);
    EXPECT_EQ(read_message(whole, out), RouteProblem::kNone);
    EXPECT_EQ(out.type, MessageType::kUpdate);
    EXPECT_THAT(out.body, ElementsAre(1, 2));
    EXPECT_EQ(read_message(testing::message({}, 2) + Octetstring{7}, out), RouteProblem::kNone);
    EXPECT_THAT(out.body, IsEmpty()) << "what follows is not the message's";
    EXPECT_EQ(read_message(testing::message({}, 0), out), RouteProblem::kMessageHeader);
    EXPECT_EQ(read_message(testing::message({}, 6), out), RouteProblem::kMessageHeader);
    EXPECT_EQ(read_message({}, out), RouteProblem::kMessageHeader);
    Octetstring lies = testing::message({1, 2});
    for (const uint8_t length : {uint8_t{18}, uint8_t{22}}) {
        lies[17] = length;
        EXPECT_EQ(read_message(lies, out), RouteProblem::kMessageHeader) << int{length};
    }
}

TEST(BgpUpdate, bodies_that_broke_another_parser_are_survived) {
    const auto folder = testing::shared_data() / "mrt" / "bgp-bad-len";
    if (!std::filesystem::is_directory(folder)) {
        GTEST_SKIP() << "SKIPPED: " << folder << " is not there: what broke others is NOT tried";
    }
    std::size_t seen = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path(), std::ios::binary);
        const Octetstring bytes{std::istreambuf_iterator<char>(in), {}};
        BgpMessage out;
        const auto header = read_message(bytes, out);
        const auto whole = read(bytes);
        EXPECT_TRUE(header != RouteProblem::kNone || whole.problem != RouteProblem::kNone)
            << file.path();
        if (header == RouteProblem::kNone && out.type == MessageType::kUpdate) {
            read(Octetstring(out.body.begin(), out.body.end()));
        }
        ++seen;
    }
    EXPECT_EQ(seen, 11U);
}

}  // namespace
}  // namespace lull
