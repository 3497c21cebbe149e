#include "dataplane/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dataplane/collect.h"

namespace lull {
namespace {

// Packets whose addresses say which packet of which burst they are of.
struct Packets {
    std::vector<PacketView> views;
    std::vector<OriginPair> origins;
    Packets(uint32_t burst, uint32_t count, Family family = Family::kIpv4) {
        for (uint32_t i = 0; i < count; ++i) {
            PacketView& view = views.emplace_back();
            view.family = family;
            view.source4 = burst << 8 | i;
            view.destination4 = 1u << 31 | view.source4;
            view.source6 = {0x20, static_cast<uint8_t>(i)};
            view.destination6 = {0x30, static_cast<uint8_t>(i)};
            origins.push_back({OriginId{2}, OriginId{3}});
        }
    }
};

std::vector<SeenAddress> collected(Bank& bank) {
    Snapshot snapshot;
    WorkerDelta worker;
    BankReader(snapshot).read(bank, {}, worker);
    return snapshot.seen;
}

TEST(Sample, one_packet_of_a_burst_is_kept_with_both_its_ends) {
    Bank bank;
    const Packets packets(1, 32);
    sample_addresses(packets.views, packets.origins, bank);
    const auto seen = collected(bank);
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_EQ(seen[0].address4 | 1u << 31, seen[1].address4) << "source and destination of one";
    EXPECT_EQ(seen[0].origin, OriginId{2});
    EXPECT_EQ(seen[1].origin, OriginId{3});
    EXPECT_TRUE(collected(bank).empty()) << "a collected bank starts again from nothing";
}

TEST(Sample, a_burst_without_a_counted_packet_leaves_nothing) {
    Bank bank;
    sample_addresses({}, {}, bank);
    EXPECT_TRUE(collected(bank).empty());
}

TEST(Sample, every_place_in_a_burst_has_its_turn) {
    for (const uint32_t count : {1u, 2u, 3u, 7u, 32u}) {
        Bank bank;
        std::multiset<uint32_t> places;
        for (uint32_t burst = 0; burst < 16 * count; ++burst) {
            const Packets packets(burst, count);
            sample_addresses(packets.views, packets.origins, bank);
            places.insert(collected(bank)[0].address4 & 0xff);
        }
        for (uint32_t place = 0; place < count; ++place) {
            EXPECT_GE(places.count(place), 12u) << place << " of " << count;
        }
    }
}

TEST(Sample, the_newest_stay_and_a_flood_of_one_family_does_not_drive_out_the_other) {
    Bank bank;
    const Packets six(0, 1, Family::kIpv6);
    sample_addresses(six.views, six.origins, bank);
    for (uint32_t burst = 0; burst < 1000; ++burst) {
        const Packets packets(burst, 1);
        sample_addresses(packets.views, packets.origins, bank);
    }
    const auto seen = collected(bank);
    ASSERT_EQ(seen.size(), kSampledAddresses + 2);
    for (const SeenAddress& address : seen) {
        if (address.family == Family::kIpv4) {
            EXPECT_GE((address.address4 & 0x7fffffff) >> 8, 1000 - kSampledAddresses / 2);
        } else {
            EXPECT_TRUE(address.address6[0] == 0x20 || address.address6[0] == 0x30);
        }
    }
}

}  // namespace
}  // namespace lull
