// Keeps memif's driver from pulling memory out from under a poll. When a memif peer dies, DPDK's
// interrupt thread clears the port's "connected" flag and unmaps the shared rings at once, while a
// worker may be inside rx_burst reading them: a crash (measured on DPDK 22.11: about one kill -9 in
// ten, on the client's side too). The driver offers no hook in between, so lull provides munmap
// itself: on the interrupt thread it first waits until every thread that is inside the driver has
// come out; the next call sees the cleared flag and touches nothing.
#pragma once

#include <atomic>
#include <cstdint>

namespace lull {

/// One thread's visits to the driver; odd while inside. Registered for as long as it lives.
class DriverVisits {
  public:
    DriverVisits();
    ~DriverVisits();
    DriverVisits(const DriverVisits&) = delete;
    DriverVisits& operator=(const DriverVisits&) = delete;

    // Sequentially consistent, so that "inside" is visible before the driver reads its flag.
    void enter() { count_.store(++own_, std::memory_order_seq_cst); }
    void leave() { count_.store(++own_, std::memory_order_release); }
    [[nodiscard]] uint64_t count() const { return count_.load(std::memory_order_seq_cst); }

  private:
    alignas(64) std::atomic<uint64_t> count_{0};
    uint64_t own_ = 0;
};

}  // namespace lull
