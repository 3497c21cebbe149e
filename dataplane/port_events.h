// What a device's driver tells while it runs: link changes, a reset it needs, its removal, errors
// it mends. Drivers tell it on threads of their own, so nothing is done here but to remember;
// control asks and acts (port_set).
#pragma once

#include <rte_ethdev.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "dataplane/types.h"

namespace lull {

class PortEvents {
  public:
    /// Listens to the port until destroyed, which must be before the port is closed.
    explicit PortEvents(uint16_t port_id);
    ~PortEvents();
    PortEvents(const PortEvents&) = delete;
    PortEvents& operator=(const PortEvents&) = delete;

    /// How often each event came since the last call.
    PortEventCounts take();
    [[nodiscard]] DeviceState device() const { return device_.load(std::memory_order_acquire); }
    /// Told by others than the driver: the kernel's interface behind the port has gone.
    void note(PortEvent event);

  private:
    static int on_event(uint16_t port_id, rte_eth_event_type type, void* self, void*);

    uint16_t port_id_;
    std::array<std::atomic<uint32_t>, kPortEventCount> seen_{};
    std::atomic<DeviceState> device_{DeviceState::kWorking};
};

}  // namespace lull
