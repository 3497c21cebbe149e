// Longest-prefix match by a trie of wide steps, looked up in bulk: an address's first bits index
// the root, and a cell is either an origin or the number of the node for the next bits. All cells
// lie in one array on huge pages, sized exactly by a pass over the routes. Immutable once built.
//
// IPv4 is DIR24-8 (Gupta, Lin, McKeown 1998): 64 MB and one line for nearly every address. IPv6
// takes 16, 16 and then 8 bits a step: a /32 is two lines, the first of them in L2, and a /48 four.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "dataplane/effective_routes.h"
#include "dataplane/error.h"
#include "dataplane/huge_array.h"
#include "dataplane/limits.h"
#include "dataplane/types.h"

namespace lull {

/// `kEnds`: the bit at which each step ends; the last is the width of an address. Steps are of at
/// least eight bits and, for bits_of, do not cross bit 64.
template <typename Key, auto kEnds>
class PrefixTrie {
  public:
    PrefixTrie() = default;
    /// `routes` as effective_routes() gives them. Errors: more than kMaxTrieBytes, no memory.
    static Result<PrefixTrie> build(std::span<const EffectiveRoute<Key>> routes) {
        const auto nodes = count_nodes(routes);
        std::size_t cells = std::size_t{1} << kEnds[0];
        for (std::size_t step = 1; step < kEnds.size(); ++step) {
            cells += nodes[step] << width(step);
        }
        if (cells > kMaxTrieBytes / sizeof(uint32_t)) {
            return refused(
                "{} routes are scattered over {} MB of lookup table, at most {} MB are "
                "supported",
                routes.size(), cells * sizeof(uint32_t) >> 20, kMaxTrieBytes >> 20);
        }
        auto memory = HugeArray<uint32_t>::make(cells);
        if (!memory) {
            return failed("no memory for {} routes; mend: free {} MB", routes.size(),
                          cells * sizeof(uint32_t) >> 20);
        }
        PrefixTrie trie;
        trie.cells_ = std::move(*memory);
        std::size_t used = std::size_t{1} << kEnds[0];
        for (const EffectiveRoute<Key>& route : routes) {
            trie.paint(route, used);
        }
        return trie;
    }

    /// `slice_at(i, begin, end)`: those bits of the i-th of `origins.size()` addresses, as
    /// bits_of().
    template <typename SliceAt>
    void find(std::span<OriginId> origins, const SliceAt& slice_at) const {
        for (std::size_t done = 0; done < origins.size(); done += kChunk) {
            const auto n = std::min(kChunk, origins.size() - done);
            find_chunk(origins.subspan(done, n), [&](std::size_t i, uint32_t begin, uint32_t end) {
                return slice_at(done + i, begin, end);
            });
        }
    }

    [[nodiscard]] std::size_t bytes() const { return cells_.size() * sizeof(uint32_t); }

  private:
    static constexpr std::size_t kChunk = 2 * kBurstPackets;  // both ends of a burst
    static constexpr uint32_t kNode = 1u << 31;  // a cell that names a node, not an origin
    static constexpr uint32_t kNodeAlign_bits = 8;

    static constexpr uint32_t width(std::size_t step) {
        return kEnds[step] - (step == 0 ? 0 : kEnds[step - 1]);
    }
    static uint32_t slice(const Key& key, std::size_t step) {
        return bits_of(key, step == 0 ? 0 : kEnds[step - 1], kEnds[step]);
    }
    static std::size_t start_of(uint32_t node_cell) {
        return std::size_t{node_cell & ~kNode} << kNodeAlign_bits;
    }

    // A step has a node for each distinct run of the bits before it under which it has a route.
    static std::array<std::size_t, kEnds.size()> count_nodes(
        std::span<const EffectiveRoute<Key>> routes) {
        std::array<std::size_t, kEnds.size()> nodes{};
        std::array<Key, kEnds.size()> last{};
        for (const EffectiveRoute<Key>& route : routes) {
            for (std::size_t step = 1; step < kEnds.size() && route.length > kEnds[step - 1];
                 ++step) {
                const Key top = top_bits(route.key, kEnds[step - 1]);
                if (nodes[step] == 0 || last[step] != top) {
                    nodes[step] += 1;
                    last[step] = top;
                }
            }
        }
        return nodes;
    }

    // Routes come from the outside in, so what a route covers holds no node yet.
    void paint(const EffectiveRoute<Key>& route, std::size_t& used) {
        std::size_t start = 0, step = 0;
        for (; route.length > kEnds[step]; ++step) {
            uint32_t& cell = cells_[start + slice(route.key, step)];
            if ((cell & kNode) == 0) {
                const std::size_t size = std::size_t{1} << width(step + 1);
                std::fill_n(cells_.data() + used, size, cell);
                cell = kNode | static_cast<uint32_t>(used >> kNodeAlign_bits);
                used += size;
            }
            start = start_of(cell);
        }
        std::fill_n(cells_.data() + start + slice(route.key, step),
                    std::size_t{1} << (kEnds[step] - route.length), index_of(route.origin));
    }

    using Cells = std::array<uint32_t, kChunk>;  // where in cells_ each address of a chunk stands

    template <typename SliceAt>
    void find_chunk(std::span<OriginId> origins, const SliceAt& slice_at) const {
        Cells at;
        for (std::size_t i = 0; i < origins.size(); ++i) {
            at[i] = slice_at(i, 0, kEnds[0]);
        }
        descend<1>(at, origins.size(), slice_at);
        for (std::size_t i = 0; i < origins.size(); ++i) {
            origins[i] = OriginId{cells_[at[i]]};
        }
    }

    // All addresses take a step together: the loads of a step depend on nothing, so the core has as
    // many lines on their way as it can. One that is at its leaf stays there: how deep each goes is
    // as good as random, so no branch may ask (a select, which compilers turn into gathers).
    template <std::size_t kStep, typename SliceAt>
    void descend(Cells& at, std::size_t count, const SliceAt& slice_at) const {
        if constexpr (kStep < kEnds.size()) {
            Cells next;
            for (std::size_t i = 0; i < count; ++i) {
                next[i] = slice_at(i, kEnds[kStep - 1], kEnds[kStep]);
            }
            const uint32_t* const cells = cells_.data();
            uint32_t any = 0;
            for (std::size_t i = 0; i < count; ++i) {
                const uint32_t cell = cells[at[i]];
                const uint32_t below = (cell << kNodeAlign_bits) + next[i];
                at[i] = (cell & kNode) != 0 ? below : at[i];
                any |= cell;
            }
            if ((any & kNode) != 0) {
                descend<kStep + 1>(at, count, slice_at);
            }
        }
    }

    HugeArray<uint32_t> cells_;
};

}  // namespace lull
