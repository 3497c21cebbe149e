#include "tests/support/small_tables.h"

#include <gtest/gtest.h>

#include <array>

namespace lull {

PrefixRecord record(std::string_view prefix, uint32_t asn, std::string_view country,
                    PrefixClass prefix_class) {
    PrefixRecord made;
    const auto parsed = parse_prefix(prefix);
    EXPECT_TRUE(parsed.has_value()) << prefix;
    if (parsed) made.prefix = *parsed;
    made.asn = asn;
    if (!country.empty()) made.country = find_country(country).value_or(kCountryUnknown);
    made.prefix_class = prefix_class;
    return made;
}

OriginTable small_table() {
    BuildInput input;
    input.built_at_s = 1'419'264'900;
    input.prefixes = {
        record("1.0.0.0/24", 13335, "AU", PrefixClass::kAnycast),
        record("175.45.176.0/22", 0, "KP"),
        record("175.45.176.0/24", 131279),
        record("2001:4860::/32", 15169, "US"),
        record("2a00:1450::/29", 15169, "IE", PrefixClass::kContent),
    };
    PrefixRecord registered = record("175.45.178.0/23", 0, "AU");
    registered.kind = SourceKind::kDelegated;
    registered.states_class = false;
    input.prefixes.push_back(registered);
    input.withdrawn = {{record("2001:4860::/32", 0).prefix, 1'419'264'100},
                       {record("175.45.176.0/24", 0).prefix, 1'419'264'000},
                       {record("9.0.0.0/8", 0).prefix, 1'419'264'000}};  // not in the table
    input.as_names = {{13335, "CLOUDFLARENET"}, {131279, "Star Joint Venture Co. Ltd."}};
    input.sources = {{"location-dump", "loc.txt", std::string(64, 'a'), 5, 1}};
    auto built = build_table(std::move(input));
    EXPECT_TRUE(built.has_value());
    return built ? std::move(built->table) : OriginTable{};
}

std::vector<PrefixRecord> random_records(std::mt19937_64& random, std::size_t count) {
    // A handful of roots, so that prefixes nest; countries and AS are often left unstated.
    constexpr std::array<uint64_t, 4> kRoots{0x0100'0000'0000'0000, 0x0101'0000'0000'0000,
                                             0xb02d'b000'0000'0000, 0x2a00'1450'0000'0000};
    constexpr std::array<std::string_view, 5> kCodes{"KP", "AU", "DE", "EU", "XK"};
    std::vector<PrefixRecord> records;
    for (std::size_t i = 0; i < count; ++i) {
        PrefixRecord made;
        const bool ipv4 = random() % 2 == 0;
        IpPrefix whole{ipv4 ? Family::kIpv4 : Family::kIpv6,
                       kRoots[random() % kRoots.size()] | (random() & random() & 0xffff'ffff'ffff),
                       random() & random(), address_bits(ipv4 ? Family::kIpv4 : Family::kIpv6)};
        if (ipv4) {
            whole.high &= 0xffff'ffff'0000'0000;
            whole.low = 0;
        }
        const uint64_t span = ipv4 ? 25 : 121;
        made.prefix = shortened(whole, static_cast<uint8_t>(8 + random() % span));
        if (random() % 3 != 0) made.asn = static_cast<uint32_t>(1 + random() % 6);
        if (random() % 3 != 0) {
            made.country = find_country(kCodes[random() % kCodes.size()]).value_or(kCountryUnknown);
        }
        if (random() % 4 == 0) made.prefix_class = static_cast<PrefixClass>(random() % 7);
        records.push_back(made);
    }
    return records;
}

}  // namespace lull
