// The two tries of a table generation, built from checked routes. Memory per set: 64 MB for IPv4
// and what IPv6 needs, 66 MB for today's 220,000 networks; not of EAL's heap, so that a reload does
// not depend on how large that was made.
#include "dataplane/tables.h"

#include <array>
#include <vector>

#include "dataplane/cursor.h"
#include "dataplane/effective_routes.h"
#include "dataplane/limits.h"
#include "dataplane/prefix_trie.h"

namespace lull {

namespace {

constexpr std::array<uint32_t, 2> kSteps4{24, 32};
constexpr std::array<uint32_t, 14> kSteps6{16, 32, 40, 48,  56,  64,  72,
                                           80, 88, 96, 104, 112, 120, 128};

// Steps are of whole bytes: one, or two in network order.
uint32_t slice_of(const Ipv6Bytes& address, uint32_t begin, uint32_t end) {
    const uint8_t* const bytes = address.data() + begin / 8;
    return end - begin == 8 ? bytes[0] : load_be16(bytes);
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
    PrefixTrie<Key4, kSteps4> trie4;
    PrefixTrie<Key6, kSteps6> trie6;
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
    auto trie4 = PrefixTrie<Key4, kSteps4>::build(effective_routes(input.routes4));
    if (!trie4) {
        return within("IPv4 table", trie4.error());
    }
    impl->trie4 = std::move(*trie4);
    auto trie6 = PrefixTrie<Key6, kSteps6>::build(effective_routes(input.routes6));
    if (!trie6) {
        return within("IPv6 table", trie6.error());
    }
    impl->trie6 = std::move(*trie6);
    return std::unique_ptr<TableSet>(new TableSet(std::move(impl)));
}

uint64_t TableSet::generation() const {
    return impl_->generation;
}

std::span<const OriginTraits> TableSet::traits() const {
    return impl_->traits;
}

void TableSet::lookup4(std::span<const uint32_t> addresses, std::span<OriginId> origins) const {
    impl_->trie4.find(origins.first(addresses.size()),
                      [&](std::size_t i, uint32_t begin, uint32_t end) {
                          return bits_of(addresses[i], begin, end);
                      });
}

void TableSet::lookup6(std::span<const Ipv6Bytes> addresses, std::span<OriginId> origins) const {
    impl_->trie6.find(origins.first(addresses.size()),
                      [&](std::size_t i, uint32_t begin, uint32_t end) {
                          return slice_of(addresses[i], begin, end);
                      });
}

}  // namespace lull
