// See port_set.h.
#include "dataplane/port_set.h"

#include <rte_cycles.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "dataplane/limits.h"

namespace lull {

namespace {

constexpr uint32_t kHandshakeTurns = 3;
constexpr auto kLook = std::chrono::microseconds(20);

}  // namespace

ParseRules rules_of(const PortConfig& port) {
    return {.decap_gre = port.decap.gre,
            .decap_erspan = port.decap.erspan,
            .decap_vxlan = port.decap.vxlan,
            .trust_ip_length = port.slice_bytes != 0,
            .excludes_macs = !port.exclude.macs.empty(),
            .excludes_vlans = !port.exclude.vlans.empty(),
            .excluded_macs = port.exclude.macs,
            .excluded_vlans = port.exclude.vlans};
}

Result<void> PortSet::open(const EngineConfig& config) {
    if (config.ports.empty() || config.ports.size() > kMaxPorts) {
        return refused("{} ports configured; between 1 and {} are supported", config.ports.size(),
                       kMaxPorts);
    }
    const auto workers_of = [&](uint32_t group) {
        return config.drive == EngineConfig::Drive::kCaller
                   ? uint16_t{1}
                   : static_cast<uint16_t>(config.groups[group].cores.size());
    };
    // All devices of a group are looked at before one is set up: they are set up alike.
    std::vector<std::vector<RssOffer>> offers(config.groups.size());
    for (const PortConfig& wanted : config.ports) {
        auto offer = Port::offer(wanted.device);
        if (!offer) {
            return within("port " + wanted.name, offer.error());
        }
        offers[wanted.group].push_back(*offer);
    }
    for (const PortConfig& wanted : config.ports) {
        const uint16_t workers = workers_of(wanted.group);
        auto ok = open_port(wanted, config, workers, rss_plan(offers[wanted.group], workers));
        if (!ok) {
            return within("port " + wanted.name, ok.error());
        }
    }
    return {};
}

Result<void> PortSet::open_port(const PortConfig& wanted, const EngineConfig& config,
                                uint16_t workers, const RssPlan& plan) {
    auto port = Port::open({.device = wanted.device,
                            .workers = workers,
                            .rss = plan,
                            .rx_descriptors = static_cast<uint16_t>(config.rx_descriptors),
                            .mbufs = config.mbufs_per_port});
    if (!port) {
        return tl::unexpected(port.error());
    }
    State state{.port = std::move(*port), .spreader = nullptr, .counts = {}};
    if (state.port->spread_by() == SpreadBy::kSoftware) {
        auto spreader =
            Spreader::create(state.port->id(), workers, plan, rules_of(wanted), state.port->node());
        if (!spreader) {
            return tl::unexpected(spreader.error());
        }
        state.spreader = std::move(*spreader);
    }
    states_.push_back(std::move(state));
    return {};
}

uint32_t PortSet::paused_slots(const Worker& worker, std::optional<uint32_t> aside) const {
    uint32_t slots = 0;
    for (uint32_t slot = 0; slot < worker.queues().size(); ++slot) {
        const WorkerQueue& queue = worker.queues()[slot];
        const uint32_t index = queue.port_index;
        if (queue.spreader != nullptr && queue.queue_id != 0) {
            continue;  // its own ring, not the device
        }
        slots |= aside == index || !states_[index].port->started() ? 1u << slot : 0;
    }
    return slots;
}

void PortSet::maintain(std::span<Worker* const> polling) {
    for (uint32_t i = 0; i < states_.size(); ++i) {
        State& state = states_[i];
        if (state.port->withdrawn()) {
            continue;
        }
        note_events(state);
        switch (state.port->device_state()) {
            case DeviceState::kRemoved:
            case DeviceState::kFailed:
                aside(i, polling, [](State& gone) { gone.port->withdraw(); });
                break;
            case DeviceState::kRecovering:
                break;  // its driver is at it, and forbids to touch the device
            case DeviceState::kWorking:
                wake_peer(i, polling);
                if (state.reset_due) {
                    // One that fails leaves the port stopped, and is tried again.
                    aside(i, polling, [](State& ill) {
                        ill.restarts += 1;
                        ill.reset_due = !ill.port->reset();
                    });
                }
                break;
        }
    }
}

void PortSet::note_events(State& state) {
    PortEventCounts seen = state.port->take_events();
    uint64_t& links = seen[static_cast<std::size_t>(PortEvent::kLink)];
    const bool up = state.port->link_up();
    // Not every driver tells of its link: that it is another than before is as good.
    links = std::max<uint64_t>(links, up != state.link_up ? 1 : 0);
    links = state.had_link ? links : 0;
    state.link_up = up;
    state.had_link = state.had_link || up;
    state.reset_due = state.reset_due || seen[static_cast<std::size_t>(PortEvent::kReset)] != 0;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        state.events[i] += seen[i];
    }
}

// A memif client does not look for its server by itself. One that has been started gets some turns
// of maintain() to shake hands before it is tried again.
void PortSet::wake_peer(uint32_t index, std::span<Worker* const> polling) {
    State& state = states_[index];
    if (state.port->driver() != "net_memif" || state.link_up) {
        state.waits = 0;
    } else if (!state.port->started() || ++state.waits > kHandshakeTurns) {
        state.waits = 0;
        aside(index, polling,
              [](State& waiting) { waiting.restarts += waiting.port->restart() ? 1 : 0; });
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

void PortSet::aside(uint32_t index, std::span<Worker* const> polling, void (*act)(State&)) {
    // Nobody may poll a port while it is stopped and started; a worker that does not answer within
    // a second keeps it as it is until the next turn.
    if (pause(polling, index)) {
        act(states_[index]);
    }
    pause(polling, std::nullopt);
}

void PortSet::read(Snapshot& snapshot) {
    for (uint32_t i = 0; i < states_.size(); ++i) {
        State& state = states_[i];
        PortDelta& delta = snapshot.ports[i];
        if (!state.port->withdrawn()) {
            note_events(state);  // what the snapshot says of the link is counted if it is news
        }
        const DeviceCounts now = state.port->refresh_counts();
        delta.missed_packets = now.missed_packets - state.counts.missed_packets;
        delta.error_packets = now.error_packets - state.counts.error_packets;
        delta.nombuf_events = now.nombuf_events - state.counts.nombuf_events;
        state.counts = now;
        if (state.spreader) {
            const uint64_t missed = state.spreader->missed();
            delta.missed_packets += missed - std::exchange(state.spread_missed, missed);
        }
        delta.events = std::exchange(state.events, {});
        delta.device = state.port->device_state();
        delta.link_up = state.link_up && !state.port->withdrawn();
        delta.mbufs_free = state.port->mbufs_free();
        delta.mbufs_capacity = state.port->mbufs_capacity();
        delta.mbufs_needed = state.port->mbufs_needed();
        delta.restarts = state.restarts;
    }
}

}  // namespace lull
