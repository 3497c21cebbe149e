// Reads and clears idle banks into a snapshot, adding up the workers of a group.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/bank.h"
#include "dataplane/snapshot.h"
#include "dataplane/worker.h"

namespace lull {

class BankReader {
  public:
    explicit BankReader(Snapshot& snapshot) : snapshot_(snapshot) {}

    /// Adds `bank` to the snapshot and to its worker's own facts, and clears it.
    void read(Bank& bank, std::span<const WorkerQueue> queues, WorkerDelta& worker);

  private:
    GroupDelta& group_of(uint32_t group, uint64_t generation);
    void read_origins(Bank& bank, GroupDelta& delta);
    void read_areas(Bank& bank, GroupDelta& delta);
    void read_sample(AddressSample& sample);
    void read_members(Bank& bank, GroupDelta& delta);
    void read_inspected(InspectCounts& counts, GroupDelta& delta);

    Snapshot& snapshot_;
};

}  // namespace lull
