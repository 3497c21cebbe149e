// Which new tables are refused: by their size, and by what they say of addresses seen lately.
#include "control/table_sanity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/reload.h"
#include "tests/support/engine_bench.h"
#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<SeenAddress> seen(std::size_t total, std::size_t unmatched) {
    std::vector<SeenAddress> addresses(total);
    for (std::size_t i = 0; i < total; ++i) {
        addresses[i].address4 = static_cast<uint32_t>(i);
        addresses[i].origin = i < unmatched ? kOriginUnmatched : OriginId{2};
    }
    return addresses;
}

bool accepted(std::size_t total, std::size_t before, std::size_t after) {
    return check_unmatched("t.lut", seen(total, before), seen(total, after)).has_value();
}

TEST(TableSanity, a_fifth_of_the_prefixes_may_go_and_no_more) {
    Directory now, next;
    now.prefixes4 = 900;
    now.prefixes6 = 100;
    next.prefixes4 = 800;
    EXPECT_TRUE(check_shrinkage(now, next));
    next.prefixes4 = 799;
    EXPECT_FALSE(check_shrinkage(now, next));
}

TEST(TableSanity, twice_as_many_unmatched_addresses_are_too_many_beyond_a_few) {
    EXPECT_TRUE(accepted(4096, 0, 3));
    EXPECT_TRUE(accepted(4096, 0, 16));
    EXPECT_FALSE(accepted(4096, 0, 17));
    EXPECT_TRUE(accepted(4096, 200, 416));
    EXPECT_FALSE(accepted(4096, 200, 417));
    EXPECT_TRUE(accepted(4096, 4096, 4096));
    EXPECT_TRUE(accepted(4096, 300, 0));
}

TEST(TableSanity, what_was_hardly_seen_refuses_nothing) {
    EXPECT_TRUE(accepted(0, 0, 0));
    EXPECT_TRUE(accepted(16, 0, 16));
    EXPECT_FALSE(accepted(17, 0, 17));
}

TEST(TableSanity, the_refusal_names_both_figures_and_the_mend) {
    const auto refusal = check_unmatched("t.lut", seen(4096, 31), seen(4096, 977));
    ASSERT_FALSE(refusal);
    EXPECT_THAT(refusal.error().message, HasSubstr("t.lut: of 4096 addresses"));
    EXPECT_THAT(refusal.error().message, HasSubstr("977"));
    EXPECT_THAT(refusal.error().message, HasSubstr("31"));
    EXPECT_THAT(refusal.error().message, HasSubstr("restart lull"));
}

TEST(TableSanity, both_families_are_looked_up_whatever_their_order) {
    testing::need_eal();
    const auto table = testing::small_table(1);
    const std::vector<SeenAddress> mixed{{Family::kIpv6, 0, {0x2a, 0, 1}, {}},
                                         {Family::kIpv4, 0xc6330101, {}, {}},
                                         {Family::kIpv6, 0, {0x2d}, OriginId{9}},
                                         {Family::kIpv4, 0x09090909, {}, OriginId{9}},
                                         {Family::kIpv4, 0xcb000707, {}, {}}};
    for (const SeenAddress& found : looked_up(mixed, *table)) {
        const OriginId expected = found.family == Family::kIpv6
                                      ? OriginId{found.address6[0] == 0x2a ? 4u : 0u}
                                      : OriginId{found.address4 == 0xc6330101   ? 2u
                                                 : found.address4 == 0xcb000707 ? 3u
                                                                                : 0u};
        EXPECT_EQ(found.origin, expected) << found.address4 << " " << int{found.address6[0]};
    }
    EXPECT_THAT(looked_up({}, *table), IsEmpty());
}

// Tables of the same size, one of which has every prefix elsewhere.
class ReloadOfTable : public ::testing::Test {
  protected:
    void SetUp() override {
        testing::need_eal();
        input_.scope = ReloadScope::kTable;
        input_.running.origins.table = folder_.file("t.lut");
        input_.next_generation = 2;
        write(20);
        auto running = load_table(input_.running.origins.table, 1);
        ASSERT_TRUE(running) << running.error().message;
        input_.directory = running->directory;
        running_ = std::move(running->set);
        input_.table = running_.get();
        std::vector<SeenAddress> addresses;
        for (uint32_t i = 0; i < 40; ++i) {
            addresses.push_back({Family::kIpv4, 20u << 24 | i << 16 | 1, {}, {}});
        }
        input_.recent = looked_up(addresses, *running_);
        ASSERT_EQ(unmatched_of(input_.recent), 0u);
    }
    void write(int first_octet) {
        BuildInput build;
        for (uint32_t i = 0; i < 40; ++i) {
            build.prefixes.push_back(
                record(fmt::format("{}.{}.0.0/16", first_octet, i), 64500 + i, "DE"));
        }
        const auto built = build_table(std::move(build));
        ASSERT_TRUE(built);
        ASSERT_TRUE(write_table(built->table, input_.running.origins.table));
    }

    TemporaryFolder folder_;
    std::unique_ptr<TableSet> running_;
    ReloadInput input_;
};

TEST_F(ReloadOfTable, of_which_every_prefix_has_moved_is_refused_and_nothing_is_handed_over) {
    write(30);
    const ReloadResult result = build_reload(input_);
    EXPECT_FALSE(result.ok);
    EXPECT_FALSE(result.table);
    EXPECT_THAT(result.recent, IsEmpty());
    EXPECT_THAT(result.report["errors"][0].get<std::string>(),
                HasSubstr("of 40 addresses seen lately it has no prefix for 40"));
    EXPECT_THAT(result.report["applied"], IsEmpty());
}

TEST_F(ReloadOfTable, that_knows_what_is_seen_is_accepted_and_judges_the_addresses_anew) {
    for (SeenAddress& address : input_.recent) {
        address.origin = kOriginUnmatched;
    }
    const ReloadResult result = build_reload(input_);
    ASSERT_TRUE(result.ok) << result.report.dump();
    EXPECT_EQ(result.table->set->generation(), 2u);
    ASSERT_EQ(result.recent.size(), 40u);
    EXPECT_EQ(unmatched_of(result.recent), 0u);
}

}  // namespace
}  // namespace lull
