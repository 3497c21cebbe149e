// From rows to a table on disk, and what keeps the old one there.
#include "control/routes/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/support/small_tables.h"
#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kBuilt_s = 1'700'000'000;

std::vector<RibRow> rows(std::size_t count, int64_t withdrawn_s = 0) {
    std::vector<RibRow> all;
    for (uint32_t i = 0; i < count; ++i) {
        all.push_back({i, *parse_prefix(fmt::format("20.0.{}.0/24", i)), 131279, withdrawn_s});
    }
    return all;
}

BuildInput countries_file() {
    BuildInput input;
    input.prefixes.push_back(record("20.0.0.0/16", 0, "KP"));
    return input;
}

class PublisherTest : public ::testing::Test {
  protected:
    Result<Publication> publish(Publisher& publisher, std::vector<RibRow> wanted) {
        publisher.start(std::move(wanted), countries_, {"rib", "bmp", std::string(64, '0'), 1, 0},
                        kBuilt_s);
        while (!publisher.is_done()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return publisher.take();
    }
    std::string path() const { return folder_.file("origins.lut"); }
    TemporaryFolder folder_;
    std::shared_ptr<const BuildInput> countries_ =
        std::make_shared<const BuildInput>(countries_file());
};

TEST_F(PublisherTest, a_route_has_the_country_of_the_network_that_holds_it) {
    Publisher publisher(path(), Shrinking::kRefuse);
    const auto done = publish(publisher, rows(3));
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_EQ(done->attribution.rows.size(), 3U);
    EXPECT_EQ(done->attribution.rows[2].country, *find_country("KP"));
    EXPECT_EQ(done->attribution.as_country.at(131279), *find_country("KP"));
    const auto table = read_table(path());
    ASSERT_TRUE(table);
    EXPECT_EQ(table->built_at_s, kBuilt_s);
    EXPECT_EQ(origin_in(*table, *parse_prefix("20.0.1.0/24")).asn, 131279U);
}

TEST_F(PublisherTest, rows_may_come_in_any_order_and_sources_stay_as_they_were) {
    Publisher publisher(path(), Shrinking::kRefuse);
    std::vector<RibRow> turned = rows(3);
    std::ranges::reverse(turned);
    for (int time = 0; time < 2; ++time) {
        const auto done = publish(publisher, turned);
        ASSERT_TRUE(done) << done.error().message;
        ASSERT_EQ(done->attribution.rows.size(), 3U);
        for (uint32_t i = 0; i < 3; ++i) {
            EXPECT_EQ(done->attribution.rows[i].number, i);
            EXPECT_EQ(done->attribution.rows[i].prefix, rows(3)[i].prefix);
        }
        EXPECT_EQ(read_table(path())->sources.size(), 1U);
    }
    EXPECT_EQ(countries_->prefixes.size(), 1U);
}

TEST_F(PublisherTest, what_was_withdrawn_is_marked_and_found_by_the_next_process) {
    {
        Publisher publisher(path(), Shrinking::kRefuse);
        const auto done = publish(publisher, rows(2, kBuilt_s - 60));
        ASSERT_TRUE(done);
        EXPECT_EQ(done->withdrawn, 2U);
    }
    const Publisher next(path(), Shrinking::kRefuse);
    ASSERT_EQ(next.found_withdrawn().size(), 2U);
    EXPECT_EQ(next.found_withdrawn()[0].asn, 131279U);
    EXPECT_EQ(next.found_withdrawn()[0].since_s, kBuilt_s - 60);
}

TEST_F(PublisherTest, a_table_that_lost_more_than_a_fifth_is_refused_unless_forced) {
    Publisher publisher(path(), Shrinking::kRefuse);
    ASSERT_TRUE(publish(publisher, rows(20)));
    const auto refused = publish(publisher, rows(5));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("6 prefixes where the one there has 21"));
    EXPECT_EQ(read_table(path())->routes4.size(), 21U);
    Publisher forced(path(), Shrinking::kForce);
    EXPECT_TRUE(publish(forced, rows(5)));
}

TEST_F(PublisherTest, a_table_that_cannot_be_written_is_an_error_and_the_next_one_may_be) {
    Publisher publisher(folder_.file("missing/origins.lut"), Shrinking::kRefuse);
    const auto failed = publish(publisher, rows(3));
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message, HasSubstr("missing/origins.lut"));
    std::filesystem::create_directory(folder_.file("missing"));
    EXPECT_TRUE(publish(publisher, rows(3)));
}

}  // namespace
}  // namespace lull
