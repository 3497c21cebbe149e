// What members handed in: totals, which only grow, and by whose ports the answered flows of
// countries came in the tick that is open. Part of the monitor; pure.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "control/facts.h"
#include "control/members/member_book.h"
#include "dataplane/snapshot.h"

namespace lull {

/// Frames and their bytes without FCS since start.
struct MemberTotals {
    uint64_t packets = 0;
    uint64_t bytes = 0;
};

class MemberTraffic {
  public:
    explicit MemberTraffic(std::size_t groups) : open_(groups) {}

    void add(const Snapshot& snapshot);
    /// By group; the next tick begins at nothing.
    std::vector<std::vector<MemberFacts>> close_tick(const MemberBook& book);
    /// By MemberId; as many as any frame came from.
    [[nodiscard]] std::span<const MemberTotals> totals() const { return totals_; }

  private:
    std::vector<MemberTotals> totals_;
    std::vector<std::unordered_map<uint32_t, uint64_t>> open_;  // area << 16 | member -> flows
};

}  // namespace lull
