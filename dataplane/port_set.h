// The ports of an engine: opened together, counted by difference, watched, and restarted while the
// workers look away.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/engine.h"
#include "dataplane/error.h"
#include "dataplane/port.h"
#include "dataplane/snapshot.h"
#include "dataplane/worker.h"

namespace lull {

class PortSet {
  public:
    /// Opens the ports of `config` with a queue for each worker of their group.
    Result<void> open(const EngineConfig& config);

    [[nodiscard]] std::size_t size() const { return states_.size(); }
    [[nodiscard]] const Port& operator[](std::size_t index) const { return *states_[index].port; }

    /// Bits of the queue slots of `worker` whose port is not started, or is the one put `aside`.
    [[nodiscard]] uint32_t paused_slots(const Worker& worker,
                                        std::optional<uint32_t> aside = std::nullopt) const;
    /// Restarts ports that wait for their peer. `polling`: the workers whose threads run.
    void maintain(std::span<Worker* const> polling);
    /// Adds device counters since the last call, link and pool of each port to `snapshot.ports`.
    void read(Snapshot& snapshot);

  private:
    struct State {
        std::unique_ptr<Port> port;
        DeviceCounts counts;  // at the last snapshot
        uint64_t restarts = 0;
        uint32_t waits = 0;  // turns of maintain() a started port has had no link
    };

    bool pause(std::span<Worker* const> polling, std::optional<uint32_t> aside) const;
    void restart(uint32_t index, std::span<Worker* const> polling);

    std::vector<State> states_;
};

}  // namespace lull
