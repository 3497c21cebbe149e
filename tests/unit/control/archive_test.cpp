// State as bytes: there and back, what a class may grow by, and bytes that nobody wrote.
#include "control/archive.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/support/archive_coverage.h"

namespace lull {
namespace {

enum class Word : uint8_t { kA, kB, kC };

struct Inner {
    double x = 1;
    std::optional<int64_t> when;
    bool operator==(const Inner&) const = default;
    void fields(auto& archive) { archive(x, when); }
};

struct Outer {
    uint32_t count = 0;
    bool flag = false;
    Word word = Word::kA;
    std::array<Inner, 2> pair{};
    std::vector<Inner> list;
    std::deque<int64_t> times;
    int id = 7;  // given
    bool operator==(const Outer&) const = default;
    void fields(auto& archive) {
        archive(count, flag);
        archive.word(word, Word::kC);
        archive(pair);
        archive.list(list, 3);
        archive.list(times, 3);
        archive.given(id);
    }
};

Outer sample() {
    return {.count = 5,
            .flag = true,
            .word = Word::kC,
            .pair = {Inner{2.5, 9}, Inner{}},
            .list = {{-1, std::nullopt}, {3, -4}},
            .times = {1, 2, 3}};
}

std::vector<uint8_t> bytes_of(Outer object) {
    ArchiveWriter archive;
    archive(object);
    return archive.take();
}

bool load(std::span<const uint8_t> bytes, auto& object) {
    ArchiveReader archive(bytes);
    archive(object);
    return !archive.failed();
}

TEST(Archive, gives_back_what_it_took_and_leaves_what_is_given) {
    Outer back;
    back.id = 8;
    ASSERT_TRUE(load(bytes_of(sample()), back));
    EXPECT_EQ(back.id, 8);
    back.id = 7;
    EXPECT_EQ(back, sample());
}

TEST(Archive, of_a_list_beyond_its_bound_the_newest_are_kept) {
    Outer object = sample();
    object.times = {1, 2, 3, 4, 5};
    Outer back;
    ASSERT_TRUE(load(bytes_of(object), back));
    EXPECT_EQ(back.times, (std::deque<int64_t>{3, 4, 5}));
}

struct Before {
    double x = 0;
    void fields(auto& archive) { archive(x); }
};
struct After {
    double x = 0;
    double more = 42;
    Inner inner{5, 6};
    std::vector<Inner> list{Inner{}};
    void fields(auto& archive) {
        archive(x, more, inner);
        archive.list(list, 5);
    }
};
template <typename Part>
struct Holder {
    Part part;
    uint32_t behind = 0;
    void fields(auto& archive) { archive(part, behind); }
};

TEST(Archive, a_class_that_has_grown_reads_what_was_written_before_and_the_other_way) {
    Holder<Before> before{{3}, 4};
    ArchiveWriter old_writer;
    old_writer(before);
    Holder<After> after;
    ASSERT_TRUE(load(old_writer.take(), after));
    EXPECT_EQ(after.part.x, 3);
    EXPECT_EQ(after.part.more, 42);
    EXPECT_EQ(after.part.inner, (Inner{5, 6}));
    EXPECT_EQ(after.part.list.size(), 1U);
    EXPECT_EQ(after.behind, 4U);

    after.part.x = 8;
    ArchiveWriter new_writer;
    new_writer(after);
    ASSERT_TRUE(load(new_writer.take(), before));
    EXPECT_EQ(before.part.x, 8);
    EXPECT_EQ(before.behind, 4U);
}

TEST(Archive, every_cut_fails_and_none_reads_beyond_the_end) {
    const std::vector<uint8_t> bytes = bytes_of(sample());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::vector<uint8_t> cut(bytes.begin(),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(length));
        Outer back;
        EXPECT_FALSE(load(cut, back)) << length;
    }
}

TEST(Archive, every_changed_byte_is_read_or_refused) {
    const std::vector<uint8_t> bytes = bytes_of(sample());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
            std::vector<uint8_t> changed = bytes;
            changed[at] = static_cast<uint8_t>(value);
            Outer back;
            if (load(changed, back)) {
                EXPECT_LE(back.list.size(), 3U);
                EXPECT_LE(back.word, Word::kC);
            }
        }
    }
}

TEST(Archive, numbers_that_are_none_and_times_without_room_are_refused) {
    for (const double x :
         {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
        Outer object;
        object.pair[0].x = x;
        Outer back;
        EXPECT_FALSE(load(bytes_of(object), back));
    }
    for (const int64_t t :
         {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
        Outer object;
        object.pair[0].when = t;
        Outer back;
        EXPECT_FALSE(load(bytes_of(object), back));
    }
}

// ---- the check that every member is named -------------------------------------------------------

struct Forgets {
    double a = 0;
    double forgotten = 0;
    double c = 0;
    void fields(auto& archive) { archive(a, c); }
};
struct ForgetsSmall {
    bool a = false;
    bool forgotten = false;
    double c = 0;
    void fields(auto& archive) { archive(a, c); }
};
struct ForgetsLast {
    std::vector<Inner> list;
    double forgotten = 0;
    void fields(auto& archive) { archive.list(list, 1); }
};
struct Within {
    std::optional<double> fine;
    std::array<Forgets, 2> pair;
    void fields(auto& archive) { archive(fine, pair); }
};

TEST(ArchiveCoverage, finds_a_member_that_is_not_named) {
    const auto missing = [](auto object) {
        return test::ArchiveCoverage::missing(object, "object").size();
    };
    EXPECT_EQ(missing(Outer{}), 0U);
    EXPECT_GT(missing(Forgets{}), 0U);
    EXPECT_GT(missing(ForgetsLast{}), 0U);
    EXPECT_GT(missing(Within{}), 0U);
#if defined(__GNUC__) && !defined(__clang__)
    EXPECT_GT(missing(ForgetsSmall{}), 0U);
#endif
}

}  // namespace
}  // namespace lull
