#include "control/country_parts.h"

#include <gtest/gtest.h>

#include "control/archive.h"

namespace lull {
namespace {

constexpr int64_t kSecond_ns = 1'000'000'000;
constexpr double kTick_s = 10;
constexpr double kExpected = 21;  // flows of the country in a tick

using Tick = CountryParts::Tick;

PartId network(const char* prefix) {
    return {131279, true, *parse_prefix(prefix)};
}

struct Country {
    CountryParts parts;
    int64_t now_ns = 1'419'163'200 * kSecond_ns;

    void tick(std::initializer_list<std::pair<PartId, double>> seen, Tick tick = Tick::kTeaches) {
        now_ns += static_cast<int64_t>(kTick_s) * kSecond_ns;
        double all = 0;
        for (const auto& [id, flows] : seen) {
            parts.see(id, flows);
            all += flows;
        }
        parts.close_tick(now_ns, kTick_s, all, kExpected, tick);
    }
    const CountryParts::Part& part(const PartId& id) const {
        for (const CountryParts::Part& each : parts.parts()) {
            if (each.id == id) {
                return each;
            }
        }
        throw std::out_of_range(part_name(id));
    }
};

const PartId kFirst = network("175.45.176.0/24"), kSecond = network("175.45.177.0/24");

TEST(CountryParts, each_network_has_its_share_and_its_last_sign_of_life) {
    Country country;
    for (int i = 0; i < 100; ++i) {
        country.tick({{kFirst, 15}, {kSecond, 5}});
    }
    const int64_t last_ns = country.now_ns;
    country.tick({{kFirst, 15}});
    EXPECT_NEAR(country.parts.share(country.part(kFirst)), 0.75, 0.01);
    EXPECT_EQ(country.part(kFirst).last_ns, country.now_ns);
    EXPECT_EQ(country.part(kSecond).last_ns, last_ns);
}

TEST(CountryParts, a_network_is_silent_once_ten_of_its_flows_are_due) {
    Country country;
    for (int i = 0; i < 100; ++i) {
        country.tick({{kFirst, 15}, {kSecond, 5}});
    }
    country.tick({{kFirst, 15}}, Tick::kSeen);
    EXPECT_FALSE(CountryParts::is_silent(country.part(kSecond)));
    country.tick({{kFirst, 15}}, Tick::kSeen);
    // A quarter of 21 is expected of it in each tick.
    EXPECT_TRUE(CountryParts::is_silent(country.part(kSecond)));
    EXPECT_DOUBLE_EQ(*country.parts.alive(), 0.75);
    country.tick({{kFirst, 15}, {kSecond, 1}}, Tick::kSeen);
    EXPECT_FALSE(CountryParts::is_silent(country.part(kSecond)));
    EXPECT_DOUBLE_EQ(*country.parts.alive(), 1);
}

TEST(CountryParts, of_time_that_was_not_seen_nothing_is_silent) {
    Country country;
    for (int i = 0; i < 100; ++i) {
        country.tick({{kFirst, 15}, {kSecond, 5}});
    }
    for (int i = 0; i < 1000; ++i) {
        country.tick({}, Tick::kPartlySeen);
    }
    EXPECT_DOUBLE_EQ(*country.parts.alive(), 1);
    country.tick({{kFirst, 15}}, Tick::kSeen);
    EXPECT_DOUBLE_EQ(*country.parts.alive(), 1);
}

TEST(CountryParts, that_a_new_table_does_not_have_are_no_silence_either) {
    Country country;
    country.tick({{kFirst, 15}, {kSecond, 5}});
    country.parts.keep_if([](const PartId& part) { return part == kFirst; });
    EXPECT_EQ(country.parts.parts().size(), 1u);
    EXPECT_EQ(country.parts.parts()[0].id, kFirst);
}

TEST(CountryParts, an_outage_teaches_no_share) {
    Country country;
    for (int i = 0; i < 100; ++i) {
        country.tick({{kFirst, 10}, {kSecond, 10}});
    }
    for (int i = 0; i < 10'000; ++i) {
        country.tick({{kFirst, 10}}, Tick::kSeen);
    }
    EXPECT_DOUBLE_EQ(country.parts.share(country.part(kSecond)), 0.5);
}

TEST(CountryParts, of_many_origins_the_largest_are_kept) {
    Country country;
    for (uint32_t asn = 1; asn <= 40; ++asn) {
        country.tick({{{.asn = asn}, asn * 1.0}});
    }
    EXPECT_EQ(country.parts.parts().size(), CountryParts::kMost);
    EXPECT_NO_THROW((void)country.part({.asn = 40}));
    EXPECT_THROW((void)country.part({.asn = 1}), std::out_of_range);
    EXPECT_EQ(part_name({.asn = 40}), "AS40");
}

TEST(CountryParts, nothing_is_said_of_what_was_never_seen) {
    EXPECT_EQ(CountryParts().alive(), std::nullopt);
}

TEST(CountryParts, outlive_the_process) {
    Country country;
    country.tick({{kFirst, 3}, {{.asn = 4837}, 1}});
    ArchiveWriter writer;
    writer(country.parts);
    const std::vector<uint8_t> bytes = writer.take();
    ArchiveReader reader(bytes);
    Country again;
    reader(again.parts);
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(again.part(kFirst).last_ns, country.now_ns);
    EXPECT_DOUBLE_EQ(again.parts.share(again.part({.asn = 4837})), 0.25);
}

}  // namespace
}  // namespace lull
