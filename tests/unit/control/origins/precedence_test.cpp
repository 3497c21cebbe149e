// Whose word counts when several sources speak of an address, and what is counted of their quarrel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "control/origins/build.h"
#include "control/origins/table_file.h"
#include "tests/support/small_tables.h"

namespace lull {
namespace {

using ::testing::HasSubstr;

PrefixRecord by(SourceKind kind, std::string_view prefix, std::string_view code, uint32_t asn = 0,
                uint16_t file = 0) {
    PrefixRecord made = record(prefix, asn, code);
    made.kind = kind;
    made.file = file;
    made.states_class = kind == SourceKind::kLocationDump;
    return made;
}

Result<BuiltTable> try_build(std::vector<PrefixRecord> prefixes, const std::string& overrides,
                             std::vector<TableSource> sources = {}) {
    BuildInput input;
    input.prefixes = std::move(prefixes);
    input.sources = std::move(sources);
    const auto rules = parse_overrides(overrides, "o.yaml");
    EXPECT_TRUE(rules.has_value()) << rules.error().message;
    if (rules) input.overrides = *rules;
    return build_table(std::move(input));
}

BuiltTable build(std::vector<PrefixRecord> prefixes, const std::string& overrides = "") {
    auto built = try_build(std::move(prefixes), overrides);
    EXPECT_TRUE(built.has_value()) << (built ? "" : built.error().message);
    return built ? std::move(*built) : BuiltTable{};
}

std::string at(const BuiltTable& built, const char* address) {
    const auto found = lookup(built.table, address);
    if (!found || !found->origin) return "-";
    return fmt::format("{} AS{} {} {}", *found->prefix, found->origin->asn,
                       country(found->origin->country).code,
                       class_name(found->origin->prefix_class));
}

constexpr auto kFeed = SourceKind::kGeofeed;
constexpr auto kDump = SourceKind::kLocationDump;
constexpr auto kDatabase = SourceKind::kMmdb;
constexpr auto kRanges = SourceKind::kCountryRanges;
constexpr auto kRegistry = SourceKind::kDelegated;
constexpr auto kRoute = SourceKind::kMrt;

TEST(Precedence, the_strongest_source_has_the_country_however_finely_weaker_ones_cut) {
    std::vector<PrefixRecord> records{
        by(kRoute, "1.0.0.0/8", "", 100), by(kRegistry, "1.0.0.0/16", "JP"),
        by(kRanges, "1.0.0.0/15", "CN"),  by(kDatabase, "1.0.0.0/14", "SG"),
        by(kDump, "1.0.0.0/13", "AU"),    by(kFeed, "1.0.0.0/12", "NZ", 100),
    };
    const std::array<const char*, 5> expected{"NZ", "AU", "SG", "CN", "JP"};
    for (const char* code : expected) {
        const auto built = build(records);
        EXPECT_THAT(at(built, "1.0.0.1"), HasSubstr(fmt::format("AS100 {} ", code)));
        records.pop_back();  // the strongest of those left
    }
}

TEST(Precedence, a_weaker_source_speaks_where_the_stronger_ones_are_silent) {
    const auto built = build({by(kDump, "1.0.0.0/16", "AU", 100), by(kRanges, "1.0.0.0/8", "CN"),
                              by(kRegistry, "1.0.0.0/24", "JP")});
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/16 AS100 AU unknown");
    EXPECT_EQ(at(built, "1.1.0.1"), "1.0.0.0/8 AS0 CN unknown");
    EXPECT_EQ(built.report.redundant, 1U) << "the registry's /24 changes nothing";
}

TEST(Precedence, a_feed_speaks_only_for_what_its_own_as_originates) {
    auto built = try_build({by(kRoute, "1.0.0.0/16", "", 100), by(kRoute, "1.0.1.0/24", "", 200),
                            by(kRoute, "2.0.0.0/16", "", 200), by(kDump, "1.0.0.0/8", "AU"),
                            by(kDump, "2.0.0.0/8", "FR"), by(kFeed, "1.0.0.0/16", "NZ", 100),
                            by(kFeed, "1.0.0.0/25", "FJ", 100), by(kFeed, "2.0.0.0/24", "NZ", 100)},
                           "", {{"geofeed", "AS100=f.csv", "", 3, 0}});
    ASSERT_TRUE(built.has_value());
    EXPECT_EQ(at(*built, "1.0.0.1"), "1.0.0.0/25 AS100 FJ unknown");
    EXPECT_EQ(at(*built, "1.0.2.1"), "1.0.0.0/16 AS100 NZ unknown");
    EXPECT_EQ(at(*built, "1.0.1.1"), "1.0.1.0/24 AS200 AU unknown") << "another's network";
    EXPECT_EQ(at(*built, "2.0.0.1"), "2.0.0.0/16 AS200 FR unknown");
    EXPECT_EQ(built->report.foreign_feed, 1U);
    EXPECT_EQ(built->table.sources.at(0).rejected, 1U);
}

TEST(Precedence, a_feed_belongs_to_the_as_that_originates_most_of_it_and_else_is_refused) {
    const std::vector<PrefixRecord> routes{by(kRoute, "1.0.0.0/16", "", 100),
                                           by(kRoute, "2.0.0.0/16", "", 200)};
    auto records = routes;
    for (const char* prefix : {"1.0.0.0/24", "1.0.1.0/24", "2.0.0.0/24", "9.0.0.0/24"}) {
        records.push_back(by(kFeed, prefix, "NZ"));
    }
    const auto built = try_build(records, "", {{"geofeed", "f.csv", "", 4, 0}});
    ASSERT_TRUE(built.has_value()) << built.error().message;
    EXPECT_EQ(built->table.sources.at(0).path, "AS100=f.csv");
    EXPECT_EQ(built->table.sources.at(0).rejected, 2U);
    EXPECT_EQ(at(*built, "1.0.1.1"), "1.0.1.0/24 AS100 NZ unknown");
    records = routes;
    for (const char* prefix : {"1.0.0.0/24", "2.0.0.0/24"}) {
        records.push_back(by(kFeed, prefix, "NZ"));
    }
    const auto unclear = try_build(records, "", {{"geofeed", "f.csv", "", 2, 0}});
    ASSERT_FALSE(unclear.has_value());
    EXPECT_THAT(unclear.error().message, HasSubstr("f.csv: no AS originates most of its 2"));
}

// ---- overrides ----

TEST(Precedence, a_country_rule_wants_the_origin_as_too) {
    const std::vector<PrefixRecord> records{
        record("175.45.176.0/24", 131279, "KP"), record("2a06:1287::/32", 205432, "KP"),
        record("2a09:4c0::/32", 0, "KP"), record("2a0a::/32", 205432, "DE")};
    const auto built = build(records, "countries: [{country: KP, asns: [131279]}]\n");
    EXPECT_EQ(at(built, "175.45.176.1"), "175.45.176.0/24 AS131279 KP unknown");
    EXPECT_EQ(at(built, "2a06:1287::1"), "2a06:1287::/32 AS205432 ZZ unknown");
    EXPECT_EQ(at(built, "2a09:4c0::1"), "2a09:4c0::/32 AS0 ZZ unknown");
    EXPECT_EQ(at(built, "2a0a::1"), "2a0a::/32 AS205432 DE unknown");
    const auto other = build(records, "countries: [{country: KP, asns: [131279], else: NL}]\n");
    EXPECT_EQ(at(other, "2a06:1287::1"), "2a06:1287::/32 AS205432 NL unknown");
}

TEST(Precedence, a_rule_that_names_a_prefix_or_an_as_goes_before_the_countrys) {
    const auto built = build({record("1.0.0.0/8", 100, "AU"), record("2.0.0.0/8", 200, "AU"),
                              record("3.0.0.0/8", 300, "KP")},
                             "prefixes:\n"
                             "  - {prefix: 1.0.0.0/8, country: KP}\n"
                             "  - {prefix: 3.1.0.0/16, asn: 131279}\n"
                             "asns: [{asn: 200, country: KP}]\n"
                             "countries: [{country: KP, asns: [131279]}]\n");
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/8 AS100 KP unknown");
    EXPECT_EQ(at(built, "2.0.0.1"), "2.0.0.0/8 AS200 KP unknown");
    EXPECT_EQ(at(built, "3.0.0.1"), "3.0.0.0/8 AS300 ZZ unknown");
    EXPECT_EQ(at(built, "3.1.0.1"), "3.1.0.0/16 AS131279 KP unknown")
        << "the AS that counts is the one after overrides";
}

TEST(Precedence, a_prefix_rule_without_a_class_leaves_the_class) {
    const auto built = build({record("1.0.0.0/8", 100, "AU", PrefixClass::kAnycast)},
                             "prefixes: [{prefix: 1.1.0.0/16, country: NZ}]\n");
    EXPECT_EQ(at(built, "1.1.0.1"), "1.1.0.0/16 AS100 NZ anycast");
}

// ---- disagreements ----

TEST(Disagreements, are_weighed_by_the_addresses_that_two_sources_place_differently) {
    const auto built = build({
        by(kDump, "1.0.0.0/16", "US", 100),
        by(kDump, "1.0.1.0/24", "KP", 100),
        by(kRegistry, "1.0.0.0/16", "KP"),
        by(kRegistry, "9.0.0.0/8", "KP"),
        by(kDump, "2a00::/32", "US", 100),
        by(kRegistry, "2a00::/48", "DE"),
        by(kRegistry, "2a00::1/128", "FR"),
    });
    const Disagreements& found = built.table.disagreements;
    ASSERT_EQ(found.sources.size(), 1U);
    EXPECT_EQ(found.sources[0].stronger, kDump);
    EXPECT_EQ(found.sources[0].weaker, kRegistry);
    EXPECT_EQ(found.sources[0].both, (AddressSpace{65'536, 65'536}));
    EXPECT_EQ(found.sources[0].differing, (AddressSpace{65'536 - 256, 65'536}));
    EXPECT_EQ(found.sources[0].prefixes, 3U);
    ASSERT_EQ(found.countries.size(), 3U);
    const CountryPair& widest = found.countries[widest_first(found.countries)[0]];
    EXPECT_EQ(country(widest.says_stronger).code, "US");
    EXPECT_EQ(country(widest.says_weaker).code, "KP");
    EXPECT_EQ(widest.space, (AddressSpace{65'536 - 256, 0}));
    EXPECT_EQ(widest.prefixes, 1U);
}

TEST(Disagreements, sources_that_never_meet_are_no_pair) {
    EXPECT_TRUE(build({by(kDump, "1.0.0.0/16", "US", 100), by(kRegistry, "2.0.0.0/16", "KP")})
                    .table.disagreements.sources.empty());
}

/// The sum over single addresses, said slowly.
TEST(Disagreements, agree_with_a_count_address_by_address) {
    std::mt19937_64 random(5);
    constexpr std::array<std::string_view, 3> kCodes{"US", "KP", "FR"};
    for (int round = 0; round < 20; ++round) {
        std::vector<PrefixRecord> records;
        for (int i = 0; i < 40; ++i) {
            const auto length = static_cast<uint8_t>(24 + random() % 9);
            const IpPrefix whole{Family::kIpv4, (0x0100'0000 + random() % 256) << 32, 0, 32};
            PrefixRecord made = by(random() % 2 == 0 ? kDump : kRanges, "1.0.0.0/24",
                                   kCodes[random() % kCodes.size()]);
            made.prefix = shortened(whole, length);
            records.push_back(made);
        }
        uint64_t both = 0;
        uint64_t differing = 0;
        for (uint64_t host = 0; host < 256; ++host) {
            const IpPrefix address{Family::kIpv4, (0x0100'0000 + host) << 32, 0, 32};
            const PrefixRecord* best[2]{};
            for (const PrefixRecord& each : records) {
                const PrefixRecord*& mine = best[each.kind == kDump ? 0 : 1];
                if (!contains(each.prefix, address)) continue;
                if (mine == nullptr || each.prefix.length >= mine->prefix.length) mine = &each;
            }
            if (best[0] == nullptr || best[1] == nullptr) continue;
            ++both;
            differing += best[0]->country == best[1]->country ? 0 : 1;
        }
        const auto built = build(records);
        const auto& found = built.table.disagreements.sources;
        EXPECT_EQ(found.empty() ? 0 : found[0].both.addresses4, both);
        EXPECT_EQ(found.empty() ? 0 : found[0].differing.addresses4, differing);
    }
}

}  // namespace
}  // namespace lull
