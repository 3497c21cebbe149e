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
#include "dataplane/spreader.h"
#include "dataplane/worker.h"

namespace lull {

ParseRules rules_of(const PortConfig& port);

class PortSet {
  public:
    /// Opens the ports of `config` with a queue for each worker of their group.
    Result<void> open(const EngineConfig& config);

    [[nodiscard]] std::size_t size() const { return states_.size(); }
    [[nodiscard]] const Port& operator[](std::size_t index) const { return *states_[index].port; }
    /// Null but for a port that software spreads.
    [[nodiscard]] Spreader* spreader(std::size_t index) const {
        return states_[index].spreader.get();
    }

    /// Bits of the queue slots of `worker` whose port is not started, or is the one put `aside`.
    [[nodiscard]] uint32_t paused_slots(const Worker& worker,
                                        std::optional<uint32_t> aside = std::nullopt) const;
    /// Acts on what devices told of themselves since the last time: resets those that ask for it,
    /// lets go of those that are gone, restarts those that wait for their peer. `polling`: the
    /// workers whose threads run.
    void maintain(std::span<Worker* const> polling);
    /// Adds device counters since the last call, link and pool of each port to `snapshot.ports`.
    void read(Snapshot& snapshot);

  private:
    struct State {
        std::unique_ptr<Port> port;
        std::unique_ptr<Spreader> spreader;
        DeviceCounts counts;         // at the last snapshot
        uint64_t spread_missed = 0;  // likewise
        PortEventCounts events{};    // since the last snapshot
        uint64_t restarts = 0;
        uint32_t waits = 0;  // turns of maintain() a started port has had no link
        bool link_up = false;
        bool had_link = false;  // ever: its first one is no change
        bool reset_due = false;
    };

    Result<void> open_port(const PortConfig& wanted, const EngineConfig& config, uint16_t workers,
                           const RssPlan& plan);
    void note_events(State& state);
    void wake_peer(uint32_t index, std::span<Worker* const> polling);
    bool pause(std::span<Worker* const> polling, std::optional<uint32_t> aside) const;
    /// Runs `act` on a port that nobody polls meanwhile.
    void aside(uint32_t index, std::span<Worker* const> polling, void (*act)(State&));

    std::vector<State> states_;
};

}  // namespace lull
