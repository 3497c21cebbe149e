// Prefix -> OriginId over rte_fib (DIR24-8) and rte_fib6 (trie). Sized from the table itself: the
// tbl8 groups and RIB nodes that its routes need and no more, because a reload holds two sets.
#include "dataplane/tables.h"

#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_memory.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr uint32_t kLookupChunk = 2 * kBurstPackets;  // sources and destinations of one burst

using Key4 = uint32_t;
using Key6 = std::array<uint64_t, 2>;  // host order, so that it compares as the prefix sorts

Key4 key_of(const Route4& route) {
    return route.address;
}

Key6 key_of(const Route6& route) {
    Key6 key{};
    for (std::size_t i = 0; i < 16; ++i) {
        key[i / 8] = key[i / 8] << 8 | route.address[i];
    }
    return key;
}

Key4 top_bits(Key4 key, uint32_t length) {
    return length == 0 ? 0 : key & (~Key4{0} << (32 - length));
}

Key6 top_bits(Key6 key, uint32_t length) {
    const uint32_t high = std::min(length, 64u), low = length - high;
    key[0] = high == 0 ? 0 : key[0] & (~uint64_t{0} << (64 - high));
    key[1] = low == 0 ? 0 : key[1] & (~uint64_t{0} << (64 - low));
    return key;
}

template <typename Key>
struct Entry {
    Key key;
    uint8_t length;
    OriginId origin;
};

template <typename Key>
bool contains(const Entry<Key>& outer, const Entry<Key>& inner) {
    return outer.length <= inner.length && top_bits(inner.key, outer.length) == outer.key;
}

// Sorts, puts the special ranges over everything inside them, and drops each route that says the
// same as the route around it: fewer nodes, the same answers.
template <typename Route, typename Key = decltype(key_of(std::declval<Route>()))>
std::vector<Entry<Key>> effective_routes(std::span<const Route> routes,
                                         std::span<const Route> special) {
    std::vector<Entry<Key>> sorted;
    sorted.reserve(routes.size() + special.size());
    for (const Route& route : special) {
        sorted.push_back({key_of(route), route.length, kOriginPrivate});
    }
    for (const Route& route : routes) {
        sorted.push_back({key_of(route), route.length, route.origin});
    }
    // A special range sorts before a table's entry of the same prefix (stable), and so hides it.
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::tie(a.key, a.length) < std::tie(b.key, b.length);
    });
    std::vector<Entry<Key>> kept, around;
    kept.reserve(sorted.size());
    for (const auto& entry : sorted) {
        while (!around.empty() && !contains(around.back(), entry)) {
            around.pop_back();
        }
        const OriginId outer = around.empty() ? kOriginUnmatched : around.back().origin;
        if (outer == kOriginPrivate || (!around.empty() && around.back().length == entry.length)) {
            continue;
        }
        around.push_back(entry);
        if (entry.origin != outer) {
            kept.push_back(entry);
        }
    }
    return kept;
}

constexpr uint32_t kFirstLevel = 24;  // both tables index the first 24 bits at once

// DIR24-8 keeps one tbl8 group for each /24 that has longer routes. `routes` are sorted.
uint32_t groups_needed(const std::vector<Entry<Key4>>& routes) {
    uint32_t groups = 0;
    std::optional<Key4> last;
    for (const auto& route : routes) {
        if (route.length > kFirstLevel) {
            const Key4 top = top_bits(route.key, kFirstLevel);
            groups += last != top ? 1 : 0;
            last = top;
        }
    }
    return groups;
}

// rte_fib6's trie uses one tbl8 group for each distinct value of the first 24, 32, 40 … bits, but
// reserves more: for a route under which nothing is yet, a group for each step of eight bits from
// the route around it. This counts its reservations for routes added in sorted order.
uint32_t groups_needed(const std::vector<Entry<Key6>>& routes) {
    const auto steps = [](uint32_t length) {
        return (std::max(length, kFirstLevel) + 7) / 8;  // of eight bits, the first three in one
    };
    uint32_t groups = 0;
    std::vector<Entry<Key6>> around;
    const Entry<Key6>* before = nullptr;
    for (const auto& route : routes) {
        while (!around.empty() && !contains(around.back(), route)) {
            around.pop_back();
        }
        const uint32_t whole = route.length / 8u * 8u;
        const bool shared = before != nullptr && before->length > whole &&
                            top_bits(before->key, whole) == top_bits(route.key, whole);
        if (route.length > kFirstLevel && !shared) {
            groups += steps(route.length) - steps(around.empty() ? 0u : around.back().length);
        }
        around.push_back(route);
        before = &route;
    }
    return groups;
}

std::string unique_name(const char* prefix) {
    static std::atomic<uint32_t> counter{0};
    return prefix + std::to_string(counter.fetch_add(1));
}

struct FibFree {
    void operator()(rte_fib* fib) const { rte_fib_free(fib); }
    void operator()(rte_fib6* fib) const { rte_fib6_free(fib); }
};
using Fib4 = std::unique_ptr<rte_fib, FibFree>;
using Fib6 = std::unique_ptr<rte_fib6, FibFree>;

constexpr const char* kMemoryMend = "mend: raise dpdk.memory_mb, or reserve more hugepages";

Result<Fib4> build_fib4(const std::vector<Entry<Key4>>& routes) {
    rte_fib_conf conf{};
    conf.type = RTE_FIB_DIR24_8;
    conf.default_nh = index_of(kOriginUnmatched);
    // A radix tree of n routes has at most 2n nodes; rte_fib reserves twice max_routes itself.
    conf.max_routes = static_cast<int>(routes.size() + 64);
    conf.rib_ext_sz = 0;
    conf.dir24_8.nh_sz = RTE_FIB_DIR24_8_4B;
    conf.dir24_8.num_tbl8 = std::max(64u, groups_needed(routes) + 64);
    Fib4 fib(rte_fib_create(unique_name("lull4_").c_str(), SOCKET_ID_ANY, &conf));
    if (!fib) {
        return failed("no memory for an IPv4 table of {} routes ({}); {}", routes.size(),
                      rte_strerror(rte_errno), kMemoryMend);
    }
    for (const auto& route : routes) {
        const int rc = rte_fib_add(fib.get(), route.key, route.length, index_of(route.origin));
        if (rc != 0) {
            return failed("IPv4 table: route {:#x}/{} does not fit ({}); {}", route.key,
                          route.length, rte_strerror(-rc), kMemoryMend);
        }
    }
    rte_fib_select_lookup(fib.get(), RTE_FIB_LOOKUP_DEFAULT);
    return fib;
}

Result<Fib6> build_fib6(const std::vector<Entry<Key6>>& routes) {
    rte_fib6_conf conf{};
    conf.type = RTE_FIB6_TRIE;
    conf.default_nh = index_of(kOriginUnmatched);
    conf.max_routes = static_cast<int>(routes.size() + 64);
    conf.rib_ext_sz = 0;
    conf.trie.nh_sz = RTE_FIB6_TRIE_4B;
    conf.trie.num_tbl8 = std::max(64u, groups_needed(routes) + 64);
    Fib6 fib(rte_fib6_create(unique_name("lull6_").c_str(), SOCKET_ID_ANY, &conf));
    if (!fib) {
        return failed("no memory for an IPv6 table of {} routes ({}); {}", routes.size(),
                      rte_strerror(rte_errno), kMemoryMend);
    }
    for (const auto& route : routes) {
        uint8_t address[16];
        for (std::size_t i = 0; i < 16; ++i) {
            address[i] = static_cast<uint8_t>(route.key[i / 8] >> (56 - 8 * (i % 8)));
        }
        const int rc = rte_fib6_add(fib.get(), address, route.length, index_of(route.origin));
        if (rc != 0) {
            return failed("IPv6 table: route {:x}::/{} does not fit ({}); {}", route.key[0],
                          route.length, rte_strerror(-rc), kMemoryMend);
        }
    }
    rte_fib6_select_lookup(fib.get(), RTE_FIB6_LOOKUP_DEFAULT);
    return fib;
}

template <typename Route>
Result<void> check_routes(std::span<const Route> routes, uint32_t max_routes, uint8_t max_length,
                          std::size_t origins) {
    if (routes.size() > max_routes) {
        return refused("{} routes, at most {} are supported", routes.size(), max_routes);
    }
    for (const Route& route : routes) {
        if (route.length > max_length) {
            return refused("a prefix length of {}, at most {} can be", route.length, max_length);
        }
        if (index_of(route.origin) >= origins) {
            return refused("a route names origin {} of {}", index_of(route.origin), origins);
        }
    }
    return {};
}

}  // namespace

struct TableSet::Impl {
    uint64_t generation = 0;
    std::vector<OriginTraits> traits;
    Fib4 fib4;
    Fib6 fib6;
};

TableSet::TableSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TableSet::~TableSet() = default;

Result<std::unique_ptr<TableSet>> TableSet::build(const TableInput& input) {
    if (input.traits.size() < kFirstTableOrigin || input.traits.size() > kMaxOrigins) {
        return refused("{} origins; between {} and {} are supported", input.traits.size(),
                       kFirstTableOrigin, kMaxOrigins);
    }
    for (const OriginTraits& traits : input.traits) {
        if (index_of(traits.area) >= kMaxAreas) {
            return refused("an origin of area {}, at most {} are supported", index_of(traits.area),
                           kMaxAreas - 1);
        }
    }
    if (auto ok = check_routes(input.routes4, kMaxRoutes4, 32, input.traits.size()); !ok) {
        return within("IPv4 table", ok.error());
    }
    if (auto ok = check_routes(input.routes6, kMaxRoutes6, 128, input.traits.size()); !ok) {
        return within("IPv6 table", ok.error());
    }
    auto impl = std::make_unique<Impl>();
    impl->generation = input.generation;
    impl->traits.assign(input.traits.begin(), input.traits.end());
    auto fib4 = build_fib4(effective_routes(input.routes4, special_routes4()));
    if (!fib4) {
        return tl::unexpected(fib4.error());
    }
    impl->fib4 = std::move(*fib4);
    auto fib6 = build_fib6(effective_routes(input.routes6, special_routes6()));
    if (!fib6) {
        return tl::unexpected(fib6.error());
    }
    impl->fib6 = std::move(*fib6);
    return std::unique_ptr<TableSet>(new TableSet(std::move(impl)));
}

uint64_t TableSet::generation() const {
    return impl_->generation;
}

std::span<const OriginTraits> TableSet::traits() const {
    return impl_->traits;
}

void TableSet::lookup4(std::span<const uint32_t> addresses, std::span<OriginId> origins) const {
    std::array<uint64_t, kLookupChunk> hops;
    for (std::size_t done = 0; done < addresses.size(); done += kLookupChunk) {
        const auto n = std::min<std::size_t>(kLookupChunk, addresses.size() - done);
        // The API takes a mutable pointer but only reads it.
        rte_fib_lookup_bulk(impl_->fib4.get(), const_cast<uint32_t*>(addresses.data() + done),
                            hops.data(), static_cast<int>(n));
        for (std::size_t i = 0; i < n; ++i) {
            origins[done + i] = OriginId{static_cast<uint32_t>(hops[i])};
        }
    }
}

void TableSet::lookup6(std::span<const Ipv6Bytes> addresses, std::span<OriginId> origins) const {
    static_assert(sizeof(Ipv6Bytes) == RTE_FIB6_IPV6_ADDR_SIZE);
    std::array<uint64_t, kLookupChunk> hops;
    for (std::size_t done = 0; done < addresses.size(); done += kLookupChunk) {
        const auto n = std::min<std::size_t>(kLookupChunk, addresses.size() - done);
        auto* bytes = const_cast<Ipv6Bytes*>(addresses.data() + done);
        rte_fib6_lookup_bulk(impl_->fib6.get(),
                             reinterpret_cast<uint8_t(*)[RTE_FIB6_IPV6_ADDR_SIZE]>(bytes),
                             hops.data(), static_cast<int>(n));
        for (std::size_t i = 0; i < n; ++i) {
            origins[done + i] = OriginId{static_cast<uint32_t>(hops[i])};
        }
    }
}

}  // namespace lull
