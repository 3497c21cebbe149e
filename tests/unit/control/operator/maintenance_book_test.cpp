#include "control/operator/maintenance_book.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

constexpr int64_t kHour_ns = int64_t{3600} * 1'000'000'000;

AnnouncedMaintenance two_hours(int64_t from_ns) {
    AnnouncedMaintenance entry;
    entry.window.from_ns = from_ns;
    entry.window.for_s = 7200;
    return entry;
}

TEST(MaintenanceBook, gives_ids_above_all_that_are_there) {
    MaintenanceBook book;
    EXPECT_EQ(book.add(two_hours(0)).id, 1U);
    EXPECT_EQ(book.add(two_hours(1)).id, 2U);
    EXPECT_TRUE(book.remove(1));
    EXPECT_FALSE(book.remove(1));
    MaintenanceBook again(book.all());
    EXPECT_EQ(again.add(two_hours(2)).id, 3U);
    ASSERT_EQ(again.windows().size(), 2U);
    EXPECT_EQ(again.windows()[1].from_ns, 2);
}

TEST(MaintenanceBook, forgets_what_has_been_over_for_a_week) {
    MaintenanceBook book;
    book.add(two_hours(0));
    book.add(two_hours(kHour_ns));
    EXPECT_FALSE(book.forget(2 * kHour_ns + MaintenanceBook::kShown_ns));
    EXPECT_TRUE(book.forget(2 * kHour_ns + MaintenanceBook::kShown_ns + 1));
    EXPECT_EQ(book.all().size(), 1U);
}

TEST(MaintenanceBook, is_full_at_its_bound) {
    MaintenanceBook book;
    for (std::size_t i = 0; i < MaintenanceBook::kMost; ++i) {
        EXPECT_FALSE(book.is_full());
        book.add(two_hours(0));
    }
    EXPECT_TRUE(book.is_full());
}

}  // namespace
}  // namespace lull
