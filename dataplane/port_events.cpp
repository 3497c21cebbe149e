#include "dataplane/port_events.h"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace lull {

namespace {

constexpr std::array<std::pair<rte_eth_event_type, PortEvent>, kPortEventCount> kEvents{{
    {RTE_ETH_EVENT_INTR_LSC, PortEvent::kLink},
    {RTE_ETH_EVENT_INTR_RESET, PortEvent::kReset},
    {RTE_ETH_EVENT_INTR_RMV, PortEvent::kRemoved},
    {RTE_ETH_EVENT_ERR_RECOVERING, PortEvent::kRecovering},
    {RTE_ETH_EVENT_RECOVERY_SUCCESS, PortEvent::kRecovered},
    {RTE_ETH_EVENT_RECOVERY_FAILED, PortEvent::kRecoveryFailed},
}};

}  // namespace

PortEvents::PortEvents(uint16_t port_id) : port_id_(port_id) {
    for (const auto& [type, event] : kEvents) {
        rte_eth_dev_callback_register(port_id_, type, on_event, this);
    }
}

PortEvents::~PortEvents() {
    for (const auto& [type, event] : kEvents) {
        // One that runs just now cannot be taken away.
        while (rte_eth_dev_callback_unregister(port_id_, type, on_event, this) == -EAGAIN) {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    }
}

int PortEvents::on_event(uint16_t, rte_eth_event_type type, void* self, void*) {
    for (const auto& [known, event] : kEvents) {
        if (known == type) {
            static_cast<PortEvents*>(self)->note(event);
        }
    }
    return 0;
}

void PortEvents::note(PortEvent event) {
    seen_[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed);
    switch (event) {
        case PortEvent::kLink:
        case PortEvent::kReset:
            return;
        case PortEvent::kRecovering:
            device_.store(DeviceState::kRecovering, std::memory_order_release);
            return;
        case PortEvent::kRecovered:
            device_.store(DeviceState::kWorking, std::memory_order_release);
            return;
        case PortEvent::kRecoveryFailed:
            device_.store(DeviceState::kFailed, std::memory_order_release);
            return;
        case PortEvent::kRemoved:
            device_.store(DeviceState::kRemoved, std::memory_order_release);
            return;
    }
}

PortEventCounts PortEvents::take() {
    PortEventCounts counts{};
    for (std::size_t i = 0; i < counts.size(); ++i) {
        counts[i] = seen_[i].exchange(0, std::memory_order_relaxed);
    }
    return counts;
}

}  // namespace lull
