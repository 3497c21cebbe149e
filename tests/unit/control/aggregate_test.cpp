#include "control/aggregate.h"

#include <gtest/gtest.h>

#include <cmath>

namespace lull {
namespace {

constexpr uint64_t kSeed = 7;

class AggregateTest : public testing::Test {
  protected:
    AggregateTest() {
        Directory directory;
        directory.generation = 1;
        directory.origins.resize(kFirstTableOrigin + 1);
        directory.origins[kFirstTableOrigin].asn = 131279;
        directory.origins[kFirstTableOrigin].country = country_;
        directory.countries.resize(countries().size());
        aggregate_.adopt(directory);
    }

    /// A snapshot in which the country's area says this much.
    Snapshot saying(const AreaDelta& area) const {
        Snapshot snapshot;
        GroupDelta& group = snapshot.groups.emplace_back();
        group.table_generation = 1;
        group.areas.push_back(area);
        group.areas.back().area = AreaId{static_cast<uint16_t>(index_of(country_) + 1)};
        return snapshot;
    }
    CountryFacts close() { return aggregate_.close_tick(10)[0].countries[index_of(country_)]; }

    CountryId country_ = *find_country("KP");
    Aggregate aggregate_{1, SourcesSpan::kLastMinute};
};

void add_networks(Sketch& sketch, uint64_t first, uint64_t count) {
    for (uint64_t i = first; i < first + count; ++i) {
        sketch.add(mix(i, kSeed));
    }
}

TEST_F(AggregateTest, forged_senders_are_no_source_networks) {
    AreaDelta area;
    add_networks(area.sources, 0, 300);
    add_networks(area.answered, 0, 4);
    area.answered_flows = 9;
    aggregate_.add(saying(area));
    const CountryFacts facts = close();
    EXPECT_EQ(std::lround(facts.sources), 4);
    EXPECT_EQ(facts.flows, 9);
    EXPECT_NEAR(aggregate_.countries()[index_of(country_)].active_sources, 300, 40);
}

TEST_F(AggregateTest, snapshots_of_a_tick_add_up_and_the_next_tick_begins_at_nothing) {
    AreaDelta first, second;
    add_networks(first.answered, 0, 3);
    add_networks(second.answered, 2, 3);
    first.answered_flows = second.answered_flows = 5;
    first.answered_flows6 = 1;
    second.answered_flows6 = 2;
    aggregate_.add(saying(first));
    aggregate_.add(saying(second));
    const CountryFacts facts = close();
    EXPECT_EQ(std::lround(facts.sources), 5);
    EXPECT_EQ(facts.flows, 10);
    EXPECT_EQ(facts.flows6, 3);
    EXPECT_EQ(close().flows, 0);
    EXPECT_EQ(aggregate_.countries()[index_of(country_)].answered_flows, 10u);
}

TEST_F(AggregateTest, origins_of_an_unknown_generation_are_unmatched_and_told) {
    Snapshot snapshot;
    GroupDelta& group = snapshot.groups.emplace_back();
    group.table_generation = 2;
    OriginDelta delta;
    delta.origin = OriginId{kFirstTableOrigin};
    delta.sent_packets = 3;
    group.origins.push_back(delta);
    aggregate_.add(snapshot);
    EXPECT_EQ(aggregate_.orphan_packets(), 3u);
    EXPECT_EQ(aggregate_.unmatched().sent_packets, 3u);
    group.table_generation = 1;
    aggregate_.add(snapshot);
    EXPECT_EQ(aggregate_.countries()[index_of(country_)].traffic.sent_packets, 3u);
    EXPECT_EQ(aggregate_.orphan_packets(), 3u);
}

}  // namespace
}  // namespace lull
