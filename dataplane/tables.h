// THE DOOR IN. A TableSet is the immutable lookup structure of one table generation: built whole,
// published by one pointer, adopted by each worker when it flips its bank, and reclaimed after a
// grace period (rte_rcu_qsbr).
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "dataplane/error.h"
#include "dataplane/types.h"

namespace lull {

/// What a TableSet is built from. Routes need no order; ids are below `traits.size()`.
/// Special space (RFC 6890 …) is added by build() as kOriginPrivate; routes inside it are ignored.
struct TableInput {
    uint64_t generation = 0;
    std::span<const Route4> routes4;
    std::span<const Route6> routes6;
    std::span<const OriginTraits> traits;  // by OriginId; entries 0 and 1 are the special ids
};

class TableSet {
  public:
    /// Errors: too many routes or origins, no memory; the message says which and what to change.
    static Result<std::unique_ptr<TableSet>> build(const TableInput& input);
    ~TableSet();
    TableSet(const TableSet&) = delete;
    TableSet& operator=(const TableSet&) = delete;

    [[nodiscard]] uint64_t generation() const;
    [[nodiscard]] std::span<const OriginTraits> traits() const;
    /// Longest-prefix match of `addresses` (host order), in bulk.
    void lookup4(std::span<const uint32_t> addresses, std::span<OriginId> origins) const;
    /// Longest-prefix match of `addresses` (network order), in bulk.
    void lookup6(std::span<const Ipv6Bytes> addresses, std::span<OriginId> origins) const;

  private:
    struct Impl;
    explicit TableSet(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The special ranges counted as `private`: shared by the dataplane and `lull table`.
std::span<const Route4> special_routes4();
std::span<const Route6> special_routes6();

}  // namespace lull
