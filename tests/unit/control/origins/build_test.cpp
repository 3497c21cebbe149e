#include "control/origins/build.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/origins/diff.h"
#include "dataplane/limits.h"
#include "tests/support/small_tables.h"

namespace lull {
namespace {

BuiltTable build(std::vector<PrefixRecord> prefixes, const std::string& overrides = "") {
    BuildInput input;
    input.prefixes = std::move(prefixes);
    const auto rules = parse_overrides(overrides, "o.yaml");
    EXPECT_TRUE(rules.has_value()) << rules.error().message;
    if (rules) input.overrides = *rules;
    auto built = build_table(std::move(input));
    EXPECT_TRUE(built.has_value());
    return built ? std::move(*built) : BuiltTable{};
}

/// "175.45.176.0/24 AS131279 KP unknown" for the longest match; "-" for none.
std::string at(const BuiltTable& built, const char* address) {
    const auto found = lookup(built.table, address);
    if (!found || !found->origin) return "-";
    return fmt::format("{} AS{} {} {}", *found->prefix, found->origin->asn,
                       country(found->origin->country).code,
                       class_name(found->origin->prefix_class));
}

TEST(Build, as_and_country_are_resolved_apart) {
    const auto built = build({
        record("1.0.0.0/8", 100, "AU"),
        record("1.1.0.0/16", 0, "NZ"),  // a country alone does not hide the AS above it
        record("1.1.1.0/24", 200),      // an AS alone does not hide the country above it
        record("1.1.1.128/25", 0, "FJ"),
    });
    EXPECT_EQ(at(built, "1.2.3.4"), "1.0.0.0/8 AS100 AU unknown");
    EXPECT_EQ(at(built, "1.1.2.1"), "1.1.0.0/16 AS100 NZ unknown");
    EXPECT_EQ(at(built, "1.1.1.1"), "1.1.1.0/24 AS200 NZ unknown");
    EXPECT_EQ(at(built, "1.1.1.200"), "1.1.1.128/25 AS200 FJ unknown");
}

TEST(Build, class_is_the_prefixs_own_and_is_not_inherited) {
    const auto built = build(
        {record("1.0.0.0/8", 100, "AU", PrefixClass::kAnycast), record("1.1.0.0/16", 100, "AU")});
    EXPECT_EQ(at(built, "1.2.0.0"), "1.0.0.0/8 AS100 AU anycast");
    EXPECT_EQ(at(built, "1.1.0.0"), "1.1.0.0/16 AS100 AU unknown");
}

TEST(Build, a_stated_code_that_is_no_country_hides_the_one_above) {
    const auto built = build({record("1.0.0.0/8", 100, "AU"), record("1.1.0.0/16", 0, "EU")});
    EXPECT_EQ(at(built, "1.1.0.0"), "1.1.0.0/16 AS100 ZZ unknown");
    EXPECT_EQ(built.report.no_country, 1U);
}

TEST(Build, what_no_table_holds_is_left_out_and_counted) {
    const auto built = build({
        record("0.0.0.0/0", 1, "US"),
        record("::/0", 1, "US"),
        record("10.0.0.0/8", 1, "US"),
        record("192.168.7.0/24", 1, "US"),
        record("2001:db8::/48", 1, "US"),
        record("5.0.0.0/8", 0, "", PrefixClass::kVpn),
        record("6.0.0.0/8", 7),
        record("7.0.0.0/8", 0, "US"),
    });
    EXPECT_EQ(built.report.default_routes, 2U);
    EXPECT_EQ(built.report.special, 3U);
    EXPECT_EQ(built.report.nothing_known, 1U);
    EXPECT_EQ(built.report.no_country, 1U);
    EXPECT_EQ(at(built, "5.0.0.1"), "-");  // a default route gives nothing to those below it
    EXPECT_EQ(at(built, "6.0.0.1"), "6.0.0.0/8 AS7 ZZ unknown");
    EXPECT_EQ(at(built, "7.0.0.1"), "7.0.0.0/8 AS0 US unknown");
    EXPECT_EQ(built.table.routes4.size(), 2U);
    EXPECT_TRUE(built.table.routes6.empty());
}

TEST(Build, of_two_records_for_one_prefix_the_later_wins_key_by_key) {
    const auto built = build({record("1.0.0.0/8", 100, "AU", PrefixClass::kVpn),
                              record("1.0.0.0/8", 0, "NZ"), record("1.0.0.0/8", 200)});
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/8 AS200 NZ vpn");
    EXPECT_EQ(built.report.duplicates, 2U);
    EXPECT_EQ(built.table.routes4.size(), 1U);
}

TEST(Build, a_prefix_override_wins_over_all_inside_it_and_a_longer_one_over_that) {
    const auto built = build(
        {record("1.0.0.0/8", 100, "AU"), record("1.1.0.0/16", 200, "NZ"),
         record("1.1.1.0/24", 300, "FJ", PrefixClass::kAnycast), record("2.0.0.0/8", 400, "FR")},
        "prefixes:\n"
        "  - {prefix: 1.1.0.0/16, country: KP, class: eyeball}\n"
        "  - {prefix: 1.1.1.0/25, asn: 7}\n");
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/8 AS100 AU unknown");
    EXPECT_EQ(at(built, "1.1.0.1"), "1.1.0.0/16 AS200 KP eyeball");
    EXPECT_EQ(at(built, "1.1.1.200"), "1.1.1.0/24 AS300 KP eyeball");
    EXPECT_EQ(at(built, "1.1.1.1"), "1.1.1.0/25 AS7 KP eyeball");
    EXPECT_EQ(at(built, "2.0.0.1"), "2.0.0.0/8 AS400 FR unknown");
}

TEST(Build, an_override_makes_a_prefix_where_no_source_has_one) {
    const auto built = build({record("1.0.0.0/8", 100, "AU")},
                             "prefixes:\n"
                             "  - {prefix: 0.0.0.0/5, country: ZZ}\n"
                             "  - {prefix: 9.9.9.0/24, country: CH}\n"
                             "  - {prefix: 2620:fe::/48, asn: 19281, country: CH}\n");
    EXPECT_EQ(at(built, "9.9.9.9"), "9.9.9.0/24 AS0 CH unknown");
    EXPECT_EQ(at(built, "2620:fe::9"), "2620:fe::/48 AS19281 CH unknown");
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/8 AS100 ZZ unknown");
}

TEST(Build, an_as_override_reaches_all_its_prefixes_and_yields_to_a_prefix_override) {
    const auto built = build({record("1.0.0.0/8", 100, "AU"), record("2.0.0.0/8", 100, "FR"),
                              record("3.0.0.0/8", 200, "US", PrefixClass::kVpn)},
                             "prefixes:\n"
                             "  - {prefix: 2.0.0.0/8, country: DE}\n"
                             "  - {prefix: 3.0.0.0/8, asn: 100}\n"
                             "asns:\n"
                             "  - {asn: 100, country: KP, class: satellite, name: Renamed}\n");
    EXPECT_EQ(at(built, "1.0.0.1"), "1.0.0.0/8 AS100 KP satellite");
    EXPECT_EQ(at(built, "2.0.0.1"), "2.0.0.0/8 AS100 DE satellite");
    EXPECT_EQ(at(built, "3.0.0.1"), "3.0.0.0/8 AS100 KP satellite");
    EXPECT_EQ(built.table.as_names.at(100), "Renamed");
}

TEST(Build, origins_are_distinct_sorted_and_leave_the_two_special_ids_free) {
    const auto built =
        build({record("3.0.0.0/8", 2, "US"), record("1.0.0.0/8", 1, "AU"),
               record("2.0.0.0/8", 2, "US"), record("4.0.0.0/8", 2, "US", PrefixClass::kVpn)});
    ASSERT_EQ(built.table.origins.size(), 5U);
    EXPECT_EQ(built.table.origins[0], Origin{});
    EXPECT_EQ(built.table.origins[1], Origin{});
    EXPECT_EQ(built.table.origins[2].asn, 1U);
    EXPECT_EQ(built.table.routes4[1].origin, built.table.routes4[2].origin);
}

TEST(Build, only_names_that_the_table_can_be_asked_for_are_kept) {
    BuildInput input;
    input.prefixes = {record("1.0.0.0/8", 1, "AU")};
    input.as_names = {{0, "zero"}, {1, "one"}, {2, "two"}};
    const auto built = build_table(std::move(input));
    ASSERT_TRUE(built.has_value());
    EXPECT_EQ(built->table.as_names, (std::map<uint32_t, std::string>{{1, "one"}}));
}

TEST(Build, input_that_leaves_no_prefix_is_refused) {
    BuildInput input;
    input.prefixes = {record("10.0.0.0/8", 1, "US"), record("0.0.0.0/0", 1, "US")};
    const auto built = build_table(std::move(input));
    ASSERT_FALSE(built.has_value());
    EXPECT_NE(built.error().message.find("no prefixes are left"), std::string::npos);
}

TEST(Build, more_origins_than_ids_are_refused_and_as_many_as_ids_are_not) {
    BuildInput input;
    const auto nth = [](uint32_t i) {
        PrefixRecord made;
        made.prefix = {Family::kIpv4, uint64_t{0x0100'0000 + i * 256} << 32, 0, 24};
        made.asn = 1 + i;
        return made;
    };
    for (uint32_t i = 0; i < kMaxOrigins - kFirstTableOrigin; ++i) input.prefixes.push_back(nth(i));
    EXPECT_TRUE(build_table(input).has_value());
    input.prefixes.push_back(nth(kMaxOrigins - kFirstTableOrigin));
    const auto built = build_table(std::move(input));
    ASSERT_FALSE(built.has_value());
    EXPECT_NE(built.error().message.find("17 bits"), std::string::npos);
}

/// The join said slowly: for each record look at all others.
Origin slow_origin(const std::vector<PrefixRecord>& records, const PrefixRecord& own) {
    Origin origin{0, kCountryUnknown, own.prefix_class};
    int asn_length = -1;
    int country_length = -1;
    for (const PrefixRecord& other : records) {
        if (!contains(other.prefix, own.prefix)) continue;
        if (other.asn != 0 && other.prefix.length > asn_length) {
            asn_length = other.prefix.length;
            origin.asn = other.asn;
        }
        if (other.country && other.prefix.length > country_length) {
            country_length = other.prefix.length;
            origin.country = *other.country;
        }
    }
    return origin;
}

TEST(Build, agrees_with_a_slow_join_on_random_input) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 20; ++round) {
        auto records = random_records(random, 300);
        // Of duplicates keep one: how they merge has a test of its own.
        std::sort(records.begin(), records.end(),
                  [](const auto& a, const auto& b) { return a.prefix < b.prefix; });
        records.erase(
            std::unique(records.begin(), records.end(),
                        [](const auto& a, const auto& b) { return a.prefix == b.prefix; }),
            records.end());
        std::shuffle(records.begin(), records.end(), random);
        const auto built = build(records);
        std::size_t matched = 0;
        for (const PrefixRecord& own : records) {
            if (is_special(own.prefix)) continue;
            const Origin expected = slow_origin(records, own);
            const auto check = [&](const auto& routes) {
                for (const auto& route : routes) {
                    if (to_prefix(route) != own.prefix) continue;
                    EXPECT_EQ(built.table.origins[index_of(route.origin)], expected)
                        << format_prefix(own.prefix);
                    ++matched;
                }
            };
            check(built.table.routes4);
            check(built.table.routes6);
        }
        EXPECT_EQ(matched, built.table.routes4.size() + built.table.routes6.size());
        EXPECT_EQ(matched + built.report.nothing_known + built.report.special, records.size());
    }
}

// ---- diff ----

TEST(Diff, prefixes_are_counted_by_what_happened_to_them_and_by_country) {
    const auto before = build({record("1.0.0.0/8", 1, "AU"), record("2.0.0.0/8", 2, "FR"),
                               record("3.0.0.0/8", 3, "US"), record("4.0.0.0/8", 4, "US")});
    const auto after = build({record("1.0.0.0/8", 1, "AU"), record("2.0.0.0/8", 2, "DE"),
                              record("3.0.0.0/8", 33, "US"), record("2a00::/16", 5, "KP")});
    const TableDiff diff = diff_tables(before.table, after.table, 100);
    EXPECT_EQ(diff.unchanged, 1U);
    EXPECT_EQ(diff.added, 1U);
    EXPECT_EQ(diff.removed, 1U);
    EXPECT_EQ(diff.changed, 2U);
    EXPECT_EQ(diff.countries.at(*find_country("FR")).moved_out, 1U);
    EXPECT_EQ(diff.countries.at(*find_country("DE")).moved_in, 1U);
    EXPECT_EQ(diff.countries.at(*find_country("US")).changed, 1U);
    EXPECT_EQ(diff.countries.at(*find_country("US")).removed, 1U);
    EXPECT_EQ(diff.countries.at(*find_country("US")).before, 2U);
    EXPECT_EQ(diff.countries.at(*find_country("US")).after, 1U);
    EXPECT_EQ(diff.countries.at(*find_country("KP")).added, 1U);
    ASSERT_EQ(diff.changes.size(), 4U);
    EXPECT_EQ(format_prefix(diff.changes[0].prefix), "2.0.0.0/8");
    EXPECT_EQ(diff.changes[3].before, std::nullopt);
}

TEST(Diff, a_table_does_not_differ_from_itself_though_ids_may) {
    const auto table = build({record("1.0.0.0/8", 5, "AU"), record("2a00::/16", 5, "KP")});
    const auto more = build(
        {record("1.0.0.0/8", 5, "AU"), record("2.0.0.0/8", 1, "FR"), record("2a00::/16", 5, "KP")});
    EXPECT_EQ(diff_tables(table.table, table.table, 9).unchanged, 2U);
    const TableDiff diff = diff_tables(table.table, more.table, 9);
    EXPECT_EQ(diff.added, 1U);
    EXPECT_EQ(diff.changed, 0U);
}

TEST(Diff, the_list_of_changes_is_bounded_and_the_counts_are_not) {
    std::vector<PrefixRecord> many;
    for (uint64_t i = 0; i < 100; ++i) {
        many.push_back(record("1.0.0.0/8", 1, "AU"));
        many.back().prefix = {Family::kIpv4, (0x0100'0000 + i * 256) << 32, 0, 24};
    }
    const auto before = build({record("2.0.0.0/8", 1, "FR")});
    const TableDiff diff = diff_tables(before.table, build(many).table, 7);
    EXPECT_EQ(diff.changes.size(), 7U);
    EXPECT_EQ(diff.added, 100U);
}

}  // namespace
}  // namespace lull
