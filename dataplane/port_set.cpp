// See port_set.h.
#include "dataplane/port_set.h"

#include <rte_cycles.h>

#include <chrono>
#include <thread>

#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr uint32_t kHandshakeTurns = 3;
constexpr auto kLook = std::chrono::microseconds(20);

}  // namespace

Result<void> PortSet::open(const EngineConfig& config) {
    if (config.ports.empty() || config.ports.size() > kMaxPorts) {
        return refused("{} ports configured; between 1 and {} are supported", config.ports.size(),
                       kMaxPorts);
    }
    for (const PortConfig& wanted : config.ports) {
        const auto queues = config.drive == EngineConfig::Drive::kCaller
                                ? std::size_t{1}
                                : config.groups[wanted.group].cores.size();
        auto port = Port::open({.device = wanted.device,
                                .rx_queues = static_cast<uint16_t>(queues),
                                .rx_descriptors = static_cast<uint16_t>(config.rx_descriptors),
                                .mbufs = config.mbufs_per_port});
        if (!port) {
            return within("port " + wanted.name, port.error());
        }
        states_.push_back({.port = std::move(*port), .counts = {}});
    }
    return {};
}

uint32_t PortSet::paused_slots(const Worker& worker, std::optional<uint32_t> aside) const {
    uint32_t slots = 0;
    for (uint32_t slot = 0; slot < worker.queues().size(); ++slot) {
        const uint32_t index = worker.queues()[slot].port_index;
        slots |= aside == index || !states_[index].port->started() ? 1u << slot : 0;
    }
    return slots;
}

void PortSet::maintain(std::span<Worker* const> polling) {
    for (uint32_t i = 0; i < states_.size(); ++i) {
        State& state = states_[i];
        // A memif client does not look for its server by itself. One that has been started gets
        // some turns of maintain() to shake hands before it is tried again.
        if (state.port->driver() != "net_memif" || state.port->link_up()) {
            state.waits = 0;
        } else if (!state.port->started() || ++state.waits > kHandshakeTurns) {
            state.waits = 0;
            restart(i, polling);
        }
    }
}

bool PortSet::pause(std::span<Worker* const> polling, std::optional<uint32_t> aside) const {
    for (Worker* worker : polling) {
        worker->pause(paused_slots(*worker, aside));
    }
    const uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz();
    for (const Worker* worker : polling) {
        while (worker->paused() != paused_slots(*worker, aside)) {
            if (rte_rdtsc() > deadline) {
                return false;
            }
            std::this_thread::sleep_for(kLook);
        }
    }
    return true;
}

void PortSet::restart(uint32_t index, std::span<Worker* const> polling) {
    // Nobody may poll a port while it is stopped and started; a worker that does not answer within
    // a second keeps it as it is until the next turn.
    State& state = states_[index];
    if (pause(polling, index) && state.port->restart()) {
        state.restarts += 1;
    }
    pause(polling, std::nullopt);
}

void PortSet::read(Snapshot& snapshot) {
    for (uint32_t i = 0; i < states_.size(); ++i) {
        State& state = states_[i];
        PortDelta& delta = snapshot.ports[i];
        const DeviceCounts now = state.port->refresh_counts();
        delta.missed_packets = now.missed_packets - state.counts.missed_packets;
        delta.error_packets = now.error_packets - state.counts.error_packets;
        delta.nombuf_events = now.nombuf_events - state.counts.nombuf_events;
        state.counts = now;
        delta.link_up = state.port->link_up();
        delta.mbufs_free = state.port->mbufs_free();
        delta.mbufs_capacity = state.port->mbufs_capacity();
        delta.mbufs_needed = state.port->mbufs_needed();
        delta.restarts = state.restarts;
    }
}

}  // namespace lull
