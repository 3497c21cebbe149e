// Lookups against a linear scan, and what a table refuses.
#include "dataplane/tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/engine_bench.h"

namespace lull {
namespace {

bool inside4(uint32_t address, const Route4& route) {
    return route.length == 0 || (address ^ route.address) >> (32 - route.length) == 0;
}

bool inside6(const Ipv6Bytes& address, const Route6& route) {
    for (uint32_t bit = 0; bit < route.length; ++bit) {
        if (((address[bit / 8] ^ route.address[bit / 8]) >> (7 - bit % 8) & 1) != 0) {
            return false;
        }
    }
    return true;
}

// Special space first, whatever is inside it; then the longest prefix.
template <typename Address, typename Route, typename Inside>
OriginId scan(const Address& address, std::span<const Route> routes, std::span<const Route> special,
              Inside inside) {
    for (const Route& route : special) {
        if (inside(address, route)) {
            return kOriginPrivate;
        }
    }
    const Route* best = nullptr;
    for (const Route& route : routes) {
        if (inside(address, route) && (best == nullptr || route.length > best->length)) {
            best = &route;
        }
    }
    return best == nullptr ? kOriginUnmatched : best->origin;
}

TEST(Tables, lookups_equal_a_linear_scan_over_random_tables) {
    testing::need_eal();
    std::mt19937_64 random(20141222);
    for (int round = 0; round < 20; ++round) {
        std::vector<OriginTraits> traits(500);
        std::vector<Route4> routes4;
        std::vector<Route6> routes6;
        for (int i = 0; i < 300; ++i) {
            // Few leading values, so that prefixes nest deeply.
            const auto length = static_cast<uint8_t>(4 + random() % 29);
            const uint32_t base = static_cast<uint32_t>(random() % 4) << 29 |
                                  (static_cast<uint32_t>(random()) & 0x1f3f0f07u);
            const Route4 route{base & (~0u << (32 - length)), length,
                               OriginId{static_cast<uint32_t>(2 + random() % 498)}};
            const auto same = [&](const Route4& r) {
                return r.address == route.address && r.length == route.length;
            };
            if (std::none_of(routes4.begin(), routes4.end(), same)) {
                routes4.push_back(route);
            }
            Route6 route6{{},
                          static_cast<uint8_t>(8 + random() % 121),
                          OriginId{static_cast<uint32_t>(2 + random() % 498)}};
            route6.address[0] = 0x2a;
            for (std::size_t byte = 1; byte < 16; ++byte) {
                route6.address[byte] = static_cast<uint8_t>(random() % 3);
            }
            for (uint32_t bit = route6.length; bit < 128; ++bit) {
                route6.address[bit / 8] &= static_cast<uint8_t>(~(0x80u >> bit % 8));
            }
            const auto same6 = [&](const Route6& r) {
                return r.address == route6.address && r.length == route6.length;
            };
            if (std::none_of(routes6.begin(), routes6.end(), same6)) {
                routes6.push_back(route6);
            }
        }
        const auto table = TableSet::build(
            {.generation = 1, .routes4 = routes4, .routes6 = routes6, .traits = traits});
        ASSERT_TRUE(table) << table.error().message;
        std::vector<uint32_t> addresses4;
        std::vector<Ipv6Bytes> addresses6;
        for (int i = 0; i < 500; ++i) {
            addresses4.push_back(static_cast<uint32_t>(random()));
            addresses4.push_back(routes4[random() % routes4.size()].address +
                                 static_cast<uint32_t>(random() % 3));
            Ipv6Bytes address = routes6[random() % routes6.size()].address;
            address[random() % 16] ^= static_cast<uint8_t>(random() % 4);
            addresses6.push_back(address);
        }
        std::vector<OriginId> found4(addresses4.size()), found6(addresses6.size());
        (*table)->lookup4(addresses4, found4);
        (*table)->lookup6(addresses6, found6);
        for (std::size_t i = 0; i < addresses4.size(); ++i) {
            ASSERT_EQ(index_of(found4[i]), index_of(scan<uint32_t, Route4>(
                                               addresses4[i], routes4, special_routes4(), inside4)))
                << std::hex << addresses4[i];
        }
        for (std::size_t i = 0; i < addresses6.size(); ++i) {
            ASSERT_EQ(index_of(found6[i]),
                      index_of(scan<Ipv6Bytes, Route6>(addresses6[i], routes6, special_routes6(),
                                                       inside6)));
        }
    }
}

TEST(Tables, impossible_prefix_lengths_and_ids_are_refused) {
    testing::need_eal();
    const std::vector<OriginTraits> traits(3);
    const std::vector<Route4> long4{{0x08080800u, 33, OriginId{2}}};
    const std::vector<Route6> long6{{{0x2a}, 129, OriginId{2}}};
    const std::vector<Route4> strange{{0x08080800u, 24, OriginId{3}}};
    EXPECT_FALSE(TableSet::build({.routes4 = long4, .routes6 = {}, .traits = traits}));
    EXPECT_FALSE(TableSet::build({.routes4 = {}, .routes6 = long6, .traits = traits}));
    EXPECT_FALSE(TableSet::build({.routes4 = strange, .routes6 = {}, .traits = traits}));
    EXPECT_FALSE(TableSet::build({.routes4 = {}, .routes6 = {}, .traits = {}}));
}

}  // namespace
}  // namespace lull
