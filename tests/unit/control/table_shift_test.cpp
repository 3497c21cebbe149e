#include "control/table_shift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/reload.h"
#include "tests/support/engine_bench.h"
#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kHour_ns = 3'600'000'000'000;
constexpr int64_t kNow_ns = 1'419'163'200'000'000'000;

NetworkNumber number4(uint32_t address) {
    return uint64_t{address >> 8} | kNetwork4;
}

TEST(SeenNetworks, every_hour_of_the_last_day_has_its_sample) {
    const CountryId kp = *find_country("KP");
    SeenNetworks seen;
    for (int64_t hour = 0; hour < 30; ++hour) {
        for (uint64_t i = 0; i < 1000; ++i) {
            const NetworkNumber network = static_cast<uint64_t>(hour) * 1000 + i + 1;
            seen.add(kp, std::span(&network, 1), kNow_ns + hour * kHour_ns);
        }
    }
    const std::vector<NetworkNumber> networks = seen.of(kp);
    EXPECT_EQ(networks.size(), SeenNetworks::kHours * SeenNetworks::kPerHour);
    EXPECT_GT(*std::min_element(networks.begin(), networks.end()), 6000u);
    EXPECT_TRUE(seen.of(*find_country("CN")).empty());
}

TEST(SeenNetworks, each_flow_has_the_same_chance_to_be_kept) {
    const CountryId kp = *find_country("KP");
    double sum = 0;
    for (int64_t hour = 0; hour < 200; ++hour) {
        SeenNetworks seen;
        for (NetworkNumber network = 1; network <= 1000; ++network) {
            seen.add(kp, std::span(&network, 1), kNow_ns + hour * kHour_ns);
        }
        for (const NetworkNumber network : seen.of(kp)) {
            sum += static_cast<double>(network);
        }
    }
    EXPECT_NEAR(sum / (200.0 * SeenNetworks::kPerHour), 500, 20);  // four standard errors are 14
}

TEST(SeenNetworks, that_are_older_than_a_day_take_no_newer_ones_place) {
    const CountryId kp = *find_country("KP"), cn = *find_country("CN");
    SeenNetworks seen;
    const std::array<NetworkNumber, 1> old{5}, young{6};
    seen.add(kp, old, kNow_ns);
    seen.add(cn, young, kNow_ns + 24 * kHour_ns);  // the same place in the ring
    const SeenNetworks moved = seen.moved([&](CountryId, NetworkNumber) { return cn; });
    EXPECT_EQ(moved.of(cn), std::vector<NetworkNumber>{6});
}

TEST(SeenNetworks, none_is_no_network) {
    const CountryId kp = *find_country("KP");
    SeenNetworks seen;
    seen.add(kp, std::array<NetworkNumber, 3>{0, 5, 0}, kNow_ns);
    EXPECT_EQ(seen.of(kp), std::vector<NetworkNumber>{5});
}

// Germany has 40 networks and France 30; a new table gives some of Germany's to France.
class ShiftOfTable : public ::testing::Test {
  protected:
    void SetUp() override {
        testing::need_eal();
        input_.scope = ReloadScope::kTable;
        input_.running.origins.table = folder_.file("t.lut");
        input_.next_generation = 2;
        write(0);
        auto running = load_table(input_.running.origins.table, 1);
        ASSERT_TRUE(running) << running.error().message;
        input_.directory = running->directory;
        running_ = std::move(running->set);
        input_.table = running_.get();
        input_.rates.resize(countries().size());
        input_.rates[index_of(de_)] = 10;
        input_.rates[index_of(fr_)] = 5;
        for (uint32_t i = 0; i < 40; ++i) {
            see(de_, number4(20u << 24 | i << 16));
        }
        for (uint32_t i = 0; i < 29; ++i) {
            see(fr_, number4(30u << 24 | i << 16));
        }
        see(fr_, 0x2a01'0e00'0001);  // an IPv6 /48
    }
    void see(CountryId country, NetworkNumber network) {
        input_.seen.add(country, std::span(&network, 1), kNow_ns + hour_++ / 16 * kHour_ns);
    }
    void write(uint32_t given) {
        BuildInput build;
        for (uint32_t i = 0; i < 40; ++i) {
            build.prefixes.push_back(
                record(fmt::format("20.{}.0.0/16", i), 64500 + i, i < given ? "FR" : "DE"));
        }
        for (uint32_t i = 0; i < 29; ++i) {
            build.prefixes.push_back(record(fmt::format("30.{}.0.0/16", i), 64600 + i, "FR"));
        }
        build.prefixes.push_back(record("2a01:e00::/26", 12322, "FR"));
        const auto built = build_table(std::move(build));
        ASSERT_TRUE(built);
        ASSERT_TRUE(write_table(built->table, input_.running.origins.table));
    }
    double factor(const TableShift& shift, CountryId country) const {
        return shift.factors()[index_of(country)];
    }

    const CountryId de_ = *find_country("DE"), fr_ = *find_country("FR");
    TemporaryFolder folder_;
    std::unique_ptr<TableSet> running_;
    ReloadInput input_;
    int64_t hour_ = 0;
};

TEST_F(ShiftOfTable, of_the_same_table_is_none) {
    const ReloadResult result = build_reload(input_);
    ASSERT_TRUE(result.ok) << result.report;
    EXPECT_TRUE(result.shift.moves.empty());
    EXPECT_EQ(result.shift.seen.of(de_).size(), 40u);
}

TEST_F(ShiftOfTable, of_a_network_that_is_split_among_countries_is_none_where_nothing_changes) {
    // Seen for France, although the first address of each is Germany's.
    input_.seen = {};
    for (uint32_t i = 0; i < 40; ++i) {
        see(fr_, number4(20u << 24 | i << 16));
    }
    const ReloadResult result = build_reload(input_);
    ASSERT_TRUE(result.ok) << result.report;
    EXPECT_TRUE(result.shift.moves.empty());
    EXPECT_EQ(result.shift.seen.of(fr_).size(), 40u);
}

TEST_F(ShiftOfTable, of_a_tenth_moves_expectation_with_the_ranges) {
    write(4);
    const ReloadResult result = build_reload(input_);
    ASSERT_TRUE(result.ok) << result.report;
    EXPECT_NEAR(factor(result.shift, de_), 0.9, 1e-9);
    // Four networks are too few to say what they bring to France.
    EXPECT_EQ(factor(result.shift, fr_), 1);
    EXPECT_THAT(result.report["applied"].dump(), HasSubstr("DE x 0.90"));
    EXPECT_EQ(result.shift.seen.of(de_).size(), 36u);
    EXPECT_EQ(result.shift.seen.of(fr_).size(), 34u);
}

TEST_F(ShiftOfTable, of_half_is_held_back_until_somebody_accepts_it) {
    write(20);
    const ReloadResult held = build_reload(input_);
    EXPECT_FALSE(held.ok);
    EXPECT_FALSE(held.table);
    const std::string why = held.report["errors"].dump();
    EXPECT_THAT(why, HasSubstr("DE x 0.50"));
    EXPECT_THAT(why, HasSubstr("FR x 2.00"));
    EXPECT_THAT(why, HasSubstr("accept_shift=yes"));

    input_.shift_word = ShiftWord::kAccepted;
    const ReloadResult taken = build_reload(input_);
    ASSERT_TRUE(taken.ok) << taken.report;
    EXPECT_NEAR(factor(taken.shift, de_), 0.5, 1e-9);
    EXPECT_NEAR(factor(taken.shift, fr_), 2, 1e-9);
}

TEST_F(ShiftOfTable, is_the_same_by_the_tables_files) {
    const auto before = read_table(input_.running.origins.table);
    see(fr_, number4(10u << 24));  // special space is nobody's, by both
    write(20);
    const auto after = read_table(input_.running.origins.table);
    ASSERT_TRUE(before && after);
    input_.shift_word = ShiftWord::kAccepted;
    const ReloadResult taken = build_reload(input_);
    ASSERT_TRUE(taken.ok) << taken.report;
    const auto moves = moves_between(input_.seen.sample(), input_.rates, *before, *after);
    ASSERT_EQ(moves.size(), 2u);
    ASSERT_EQ(taken.shift.moves.size(), 2u);
    for (std::size_t i = 0; i < moves.size(); ++i) {
        EXPECT_EQ(moves[i].country, taken.shift.moves[i].country);
        EXPECT_DOUBLE_EQ(moves[i].factor, taken.shift.moves[i].factor);
        EXPECT_TRUE(moves[i].is_large());
    }
}

TEST_F(ShiftOfTable, of_what_was_hardly_seen_holds_nothing_back) {
    input_.seen = {};
    for (uint32_t i = 0; i < 20; ++i) {
        see(de_, number4(20u << 24 | i << 16));
    }
    write(20);
    const ReloadResult result = build_reload(input_);
    ASSERT_TRUE(result.ok) << result.report;
    EXPECT_EQ(factor(result.shift, de_), 1);
}

}  // namespace
}  // namespace lull
