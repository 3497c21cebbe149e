#include "control/upstream_traffic.h"

#include <gtest/gtest.h>

namespace lull {
namespace {

/// Yemen with two origins that the witness tells and one that it does not.
class UpstreamTraffic : public ::testing::Test {
  protected:
    UpstreamTraffic() {
        witness_.countries.resize(countries().size());
        witness_.countries[index_of(ye_)].by_origin = {{30873, {{3491, 1, 0.5}, {15412, 0.5, 0}}},
                                                       {64500, {{15412, 1, 1}}}};
    }
    void add(uint32_t asn, CountryId country, uint64_t bytes) {
        origins_.push_back({asn, country, {}});
        bytes_.push_back(bytes);
    }
    CountryTraffic of(CountryId country) const {
        return traffic_behind(origins_, bytes_, witness_)[index_of(country)];
    }

    const CountryId ye_ = *find_country("YE"), kp_ = *find_country("KP");
    Witness witness_;
    std::vector<OriginTotals> origins_;
    std::vector<uint64_t> bytes_;
};

TEST_F(UpstreamTraffic, is_each_origins_share_times_its_bytes) {
    add(30873, ye_, 600);
    add(64500, ye_, 300);
    add(64511, ye_, 100);
    const CountryTraffic traffic = of(ye_);
    EXPECT_EQ(traffic.bytes, 1000U);
    EXPECT_DOUBLE_EQ(traffic.attributed_share, 0.9);
    ASSERT_EQ(traffic.upstreams.size(), 2U);
    EXPECT_EQ(traffic.upstreams[0].asn, 3491U);
    EXPECT_DOUBLE_EQ(traffic.upstreams[0].share, 0.6);
    EXPECT_DOUBLE_EQ(traffic.upstreams[0].only_share, 0.3);
    EXPECT_EQ(traffic.upstreams[1].asn, 15412U);
    EXPECT_DOUBLE_EQ(traffic.upstreams[1].share, 0.6);  // of one half of 600, of the other 300
    EXPECT_DOUBLE_EQ(traffic.upstreams[1].only_share, 0.3);
}

TEST_F(UpstreamTraffic, of_another_country_by_the_same_origin_is_not_its) {
    add(30873, kp_, 600);
    EXPECT_EQ(of(ye_).bytes, 0U);
    EXPECT_EQ(of(kp_).bytes, 0U);  // the witness tells nothing of it
    EXPECT_TRUE(of(ye_).upstreams.empty());
}

TEST_F(UpstreamTraffic, of_origins_that_are_not_told_is_not_attributed) {
    add(64511, ye_, 100);
    EXPECT_EQ(of(ye_).bytes, 100U);
    EXPECT_DOUBLE_EQ(of(ye_).attributed_share, 0);
    EXPECT_TRUE(of(ye_).upstreams.empty());
}

TEST_F(UpstreamTraffic, has_the_largest_upstreams_and_no_more) {
    std::vector<OriginRoutes> origins;
    for (uint32_t i = 0; i < 40; ++i) {
        origins.push_back({64500 + i, {{100 + i, 1, 1}}});
        add(64500 + i, ye_, i + 1);
    }
    witness_.countries[index_of(ye_)].by_origin = origins;
    const CountryTraffic traffic = of(ye_);
    ASSERT_EQ(traffic.upstreams.size(), kMaxWitnessUpstreams);
    EXPECT_EQ(traffic.upstreams.front().asn, 139U);
    EXPECT_DOUBLE_EQ(traffic.attributed_share, 1);
}

}  // namespace
}  // namespace lull
