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

    /// Adds `bank` to the snapshot and clears it. Returns the packets it had received.
    uint64_t read(Bank& bank, uint32_t group, std::span<const WorkerQueue> queues);

  private:
    GroupDelta& group_of(uint32_t group, uint64_t generation);
    void read_origins(Bank& bank, GroupDelta& delta);
    void read_areas(Bank& bank, GroupDelta& delta);
    void read_sample(AddressSample& sample);

    Snapshot& snapshot_;
};

}  // namespace lull
