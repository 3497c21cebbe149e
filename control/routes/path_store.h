// AS paths, each kept once however many routes have it: a full table of 1.1 million prefixes from
// one peer has about 150,000 different ones.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace lull {

/// A path in the store; kNoPath is none.
enum class PathId : uint32_t {};
inline constexpr PathId kNoPath{~uint32_t{0}};

/// Longer ones are cut at the peer's end: the origin and who is next to it are what is asked for.
inline constexpr std::size_t kMaxKeptHops = 16;

class PathStore {
  public:
    PathStore();
    /// The path of these ASes, from the peer to the origin, with one more user.
    PathId take(std::span<const uint32_t> hops);
    /// One user less; the last one's path is gone.
    void release(PathId id);
    /// From the peer to the origin; valid until the next take().
    [[nodiscard]] std::span<const uint32_t> hops(PathId id) const;
    [[nodiscard]] std::size_t size() const { return index_.size(); }

  private:
    struct Path {
        uint32_t users = 0;
        uint32_t count = 0;
        uint32_t hops[kMaxKeptHops] = {};
    };
    [[nodiscard]] uint64_t hash_of(std::span<const uint32_t> hops) const;

    uint64_t seed_;  // so that nobody can send paths that collide
    std::unordered_multimap<uint64_t, uint32_t> index_;  // by hash, into paths_
    std::vector<Path> paths_;
    std::vector<uint32_t> unused_;
};

}  // namespace lull
