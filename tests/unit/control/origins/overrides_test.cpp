#include "control/origins/overrides.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace lull {
namespace {

TEST(Overrides, rules_are_read_and_sorted) {
    const auto overrides = parse_overrides(
        "prefixes:\n"
        "  - {prefix: 193.0.0.0/16, country: NO}\n"
        "  - {prefix: 175.45.176.0/22, country: KP, asn: AS131279, class: eyeball}\n"
        "asns:\n"
        "  - {asn: 13335, class: anycast, name: 'Cloudflare, Inc.'}\n"
        "countries:\n"
        "  - {country: NO, asns: [9, AS3], else: SE}\n"
        "  - {country: KP, asns: [131279]}\n",
        "o.yaml");
    ASSERT_TRUE(overrides.has_value()) << overrides.error().message;
    ASSERT_EQ(overrides->prefixes.size(), 2U);
    EXPECT_EQ(format_prefix(overrides->prefixes[0].prefix), "175.45.176.0/22");
    EXPECT_EQ(overrides->prefixes[0].rule.asn, 131279U);
    EXPECT_EQ(overrides->prefixes[0].rule.prefix_class, PrefixClass::kEyeball);
    // YAML 1.1 would read NO as false; a country's letters stay letters.
    EXPECT_EQ(overrides->prefixes[1].rule.country, find_country("NO"));
    EXPECT_EQ(overrides->prefixes[1].rule.asn, std::nullopt);
    ASSERT_EQ(overrides->asns.size(), 1U);
    EXPECT_EQ(overrides->asns[0].name, "Cloudflare, Inc.");
    ASSERT_EQ(overrides->countries.size(), 2U);
    EXPECT_EQ(overrides->countries[0].country, *find_country("KP"));
    EXPECT_EQ(overrides->countries[0].otherwise, kCountryUnknown);
    EXPECT_EQ(overrides->countries[1].asns, (std::vector<uint32_t>{3, 9}));
    EXPECT_EQ(overrides->countries[1].otherwise, *find_country("SE"));
    EXPECT_EQ(overrides->sha256.size(), 64U);
}

TEST(Overrides, a_file_without_rules_is_fine) {
    for (const char* text : {"", "# nothing yet\n", "prefixes:\nasns: []\n", "{}"}) {
        const auto overrides = parse_overrides(text, "o.yaml");
        ASSERT_TRUE(overrides.has_value()) << text;
        EXPECT_TRUE(overrides->prefixes.empty() && overrides->asns.empty());
    }
}

TEST(Overrides, every_mistake_is_refused_at_its_line_and_column) {
    const struct {
        std::string text, expected;
    } cases[] = {
        {"prefix: []\n",
         "o.yaml:1:1: overrides: unknown key prefix; known are prefixes, asns, countries"},
        {"prefixes: 3\n", "o.yaml:1:11: prefixes: a list of rules is wanted here"},
        {"- a\n",
         "o.yaml:1:1: overrides: a map with the keys prefixes, asns, countries is wanted here"},
        {"prefixes: []\nprefixes: []\n", "o.yaml:2:1: overrides: prefixes is given twice"},
        {"prefixes:\n  - 1.0.0.0/24\n",
         "o.yaml:2:5: prefixes[0]: a map with the keys prefix, country, asn, class is wanted "
         "here"},
        {"prefixes:\n  - {country: KP}\n", "o.yaml:2:5: prefixes[0]: prefix is missing"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24}\n",
         "o.yaml:2:5: prefixes[0]: states nothing: give country, asn or class"},
        {"prefixes:\n  - {prefix: 1.0.0.1/24, country: KP}\n",
         "o.yaml:2:14: prefixes[0].prefix: 1.0.0.1/24: bits are set beyond the prefix length; "
         "did you mean 1.0.0.0/24?"},
        {"prefixes:\n  - {prefix: 0.0.0.0/0, country: KP}\n",
         "o.yaml:2:14: prefixes[0].prefix: a default route would match everything"},
        {"prefixes:\n  - {prefix: 10.1.0.0/16, country: KP}\n",
         "o.yaml:2:14: prefixes[0].prefix: 10.1.0.0/16 is special space, which is counted as "
         "private and belongs to no country"},
        {"prefixes:\n  - prefix: 1.0.0.0/24\n    country: Korea\n",
         "o.yaml:3:14: prefixes[0].country: Korea is not a country: write its two ISO letters, "
         "or ZZ for none"},
        {"prefixes:\n  - prefix: 1.0.0.0/24\n    country: EU\n",
         "o.yaml:3:14: prefixes[0].country: EU is not a country: write its two ISO letters, or "
         "ZZ for none"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24, asn: 0}\n",
         "o.yaml:2:31: prefixes[0].asn: 0 is not an AS number, 1 to 4294967295"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24, class: people}\n",
         "o.yaml:2:33: prefixes[0].class: people is not a class: eyeball, content, anycast, "
         "satellite, vpn, hosting, unknown"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24, class: [vpn]}\n",
         "o.yaml:2:33: prefixes[0].class: a single word is wanted here"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24, class: vpn, class: vpn}\n",
         "o.yaml:2:38: prefixes[0]: class is given twice"},
        {"prefixes:\n  - {prefix: 1.0.0.0/24, class: vpn}\n  - {prefix: 1.0.0.0/24, asn: 1}\n",
         "o.yaml:3:5: prefixes[1]: is given twice"},
        {"asns:\n  - {class: vpn}\n", "o.yaml:2:5: asns[0]: asn is missing"},
        {"asns:\n  - {asn: 1}\n",
         "o.yaml:2:5: asns[0]: states nothing: give country, class or name"},
        {"asns:\n  - {asn: 1, name: ' '}\n", "o.yaml:2:20: asns[0].name: is empty"},
        {"asns:\n  - {asn: 1, name: A}\n  - {asn: AS1, name: B}\n",
         "o.yaml:3:5: asns[1]: is given twice"},
        {"countries:\n  - {asns: [1]}\n", "o.yaml:2:5: countries[0]: country is missing"},
        {"countries:\n  - {country: KP}\n",
         "o.yaml:2:5: countries[0]: asns is missing: which AS is the country's?"},
        {"countries:\n  - {country: KP, asns: []}\n",
         "o.yaml:2:25: countries[0].asns: is empty: which AS is the country's?"},
        {"countries:\n  - {country: KP, asns: 131279}\n",
         "o.yaml:2:25: countries[0].asns: a list of AS numbers is wanted here"},
        {"countries:\n  - {country: KP, asns: [1, x]}\n",
         "o.yaml:2:29: countries[0].asns[1]: x is not an AS number, 1 to 4294967295"},
        {"countries:\n  - {country: KP, asns: [1, AS1]}\n",
         "o.yaml:2:29: countries[0].asns: AS1 is given twice"},
        {"countries:\n  - {country: ZZ, asns: [1]}\n",
         "o.yaml:2:15: countries[0].country: ZZ is no country and has no AS of its own"},
        {"countries:\n  - {country: KP, asns: [1], else: KP}\n",
         "o.yaml:2:36: countries[0].else: is the country itself: no rule at all"},
        {"countries:\n  - {country: KP, asns: [1]}\n  - {country: KP, asns: [2]}\n",
         "o.yaml:3:5: countries[1]: is given twice"},
        {"a: [\n", "o.yaml:2:1: end of sequence flow not found"},
        {"--- {}\n--- {}\n",
         "o.yaml: something follows the first YAML document; is a line indented wrongly, or a "
         "bracket closed twice?"},
        {"asns: []\n}]\n", "o.yaml:2:1: illegal flow end"},
        {"prefixes: *none\n", "o.yaml:1:11: the referenced anchor is not defined"},
    };
    for (const auto& each : cases) {
        const auto overrides = parse_overrides(each.text, "o.yaml");
        ASSERT_FALSE(overrides.has_value()) << each.text;
        EXPECT_EQ(overrides.error().message, each.expected);
        EXPECT_EQ(overrides.error().kind, ErrorKind::kRefused);
    }
}

TEST(Overrides, input_that_makes_yaml_cpp_count_documents_for_ever_is_refused) {
    EXPECT_FALSE(parse_overrides(", country: NO}\nasns:\n  - {asn: 1333PxK: }]\n", "o.yaml"));
}

TEST(Overrides, nesting_beyond_reason_is_refused_and_does_not_exhaust_the_stack) {
    for (const char* opening : {"[", "{a: ", "- "}) {
        std::string text;
        for (int i = 0; i < 100'000; ++i) text += opening;
        EXPECT_FALSE(parse_overrides(text, "o.yaml").has_value()) << opening;
    }
}

TEST(Overrides, a_file_above_the_limit_is_refused) {
    const std::string text(kMaxOverridesBytes + 1, '#');
    const auto overrides = parse_overrides(text, "o.yaml");
    ASSERT_FALSE(overrides.has_value());
    EXPECT_NE(overrides.error().message.find("more than an overrides file may have"),
              std::string::npos);
}

TEST(Overrides, a_missing_file_and_a_folder_are_refused_by_name) {
    const TemporaryFolder folder;
    EXPECT_NE(read_overrides(folder.file("o.yaml")).error().message.find("o.yaml: cannot be read"),
              std::string::npos);
    EXPECT_NE(read_overrides(folder.path()).error().message.find("is a directory"),
              std::string::npos);
}

}  // namespace
}  // namespace lull
