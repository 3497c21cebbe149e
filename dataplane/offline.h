// The pump of an engine without threads (EngineConfig::Drive::kCaller): reads one packet ahead on
// every queue of a worker and hands it bursts in capture time, over all ports.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/burst.h"
#include "dataplane/engine.h"
#include "dataplane/worker.h"

namespace lull {

class OfflinePump {
  public:
    /// `worker` must outlive the pump, and so must its ports: the pump holds packets of theirs.
    explicit OfflinePump(Worker& worker);

    /// See Engine::pump().
    Engine::Pumped pump(uint64_t until_ns);
    /// See Engine::next_packet_ns().
    [[nodiscard]] uint64_t next_packet_ns();

  private:
    struct Ahead {
        Burst burst;
        uint64_t last_ns = 0;  // capture time never goes back
    };
    // The queue whose next packet is the earliest, and how far it may run before another's.
    struct Turn {
        bool any = false;
        uint32_t slot = 0;
        uint64_t first_ns = 0;
        uint64_t bound_ns = 0;
    };

    bool refill(uint32_t slot);
    [[nodiscard]] uint64_t received_ns(const Ahead& ahead, const rte_mbuf* packet) const;
    Turn next_turn(uint64_t limit_ns);
    void run(const Turn& turn);

    Worker& worker_;
    std::vector<Ahead> ahead_;  // by queue slot of the worker
    int timestamp_offset_ = -1;
    uint64_t timestamp_flag_ = 0;
};

}  // namespace lull
