// See engine.h. Control's side of the workers: threads, flips, reading banks, reclaiming tables.
#include "dataplane/engine.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>
#include <rte_rcu_qsbr.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>

#include "dataplane/bank.h"
#include "dataplane/collect.h"
#include "dataplane/port.h"
#include "dataplane/worker.h"

namespace lull {

namespace {

double wall_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

double cycles_s(uint64_t cycles) {
    return static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz());
}

constexpr uint32_t kHandshakeTurns = 3;

struct FreeRte {
    void operator()(void* memory) const { rte_free(memory); }
};

// One queue read ahead by pump(), so that packets of several ports come in time order.
struct LookAhead {
    Burst burst;
    uint64_t last_ns = 0;  // capture time never goes back
};

}  // namespace

struct Engine::Impl {
    struct WorkerState {
        std::unique_ptr<Worker> worker;
        std::thread thread;
        uint32_t group = 0;
        bool flip_pending = false;  // asked, not answered by the deadline of an earlier collect
        uint64_t last_flip_tsc = 0;
    };
    struct Retired {
        std::unique_ptr<TableSet> table;
        uint64_t token = 0;
    };

    EngineConfig config;
    std::vector<std::unique_ptr<Port>> ports;
    std::vector<DeviceCounts> device_counts;  // at the last snapshot
    std::vector<uint64_t> restarts;
    std::vector<uint32_t> waits;  // turns of maintain() a started port has had no link
    std::unique_ptr<TableSet> table;
    std::vector<Retired> retired;
    Worker::Shared shared;
    std::unique_ptr<rte_rcu_qsbr, FreeRte> qsbr;
    std::vector<WorkerState> workers;
    std::vector<LookAhead> ahead;  // kCaller: by queue slot of worker 0
    int timestamp_offset = -1;
    uint64_t timestamp_flag = 0;
    uint64_t version = 0;
    uint64_t last_collect_tsc = 0;
    bool running = false;

    Result<void> open_ports();
    Result<void> make_workers();
    Result<void> make_qsbr();
    void reclaim();
    bool wait_for_flips(double timeout_s);
    void read_worker(WorkerState& state, BankReader& reader, Snapshot& snapshot);
    void read_ports(Snapshot& snapshot);
    [[nodiscard]] uint32_t paused_slots(const Worker& worker, std::optional<uint32_t> aside) const;
    bool pause_ports(std::optional<uint32_t> aside);
    void restart_port(uint32_t index);
    [[nodiscard]] uint64_t received_ns(const rte_mbuf* packet) const;
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() {
    stop();
}

Result<std::unique_ptr<Engine>> Engine::create(EngineConfig config,
                                               std::unique_ptr<TableSet> table) {
    auto impl = std::make_unique<Impl>();
    impl->config = std::move(config);
    impl->table = std::move(table);
    impl->shared.table.store(impl->table.get(), std::memory_order_release);
    impl->shared.sketch_seed = impl->config.sketch_seed;
    if (impl->shared.sketch_seed == 0 &&
        getrandom(&impl->shared.sketch_seed, sizeof(uint64_t), 0) != sizeof(uint64_t)) {
        return failed("the kernel gives no random numbers: {}", std::strerror(errno));
    }
    rte_mbuf_dyn_rx_timestamp_register(&impl->timestamp_offset, &impl->timestamp_flag);
    if (auto ok = impl->open_ports(); !ok) {
        return tl::unexpected(ok.error());
    }
    if (auto ok = impl->make_workers(); !ok) {
        return tl::unexpected(ok.error());
    }
    if (auto ok = impl->make_qsbr(); !ok) {
        return tl::unexpected(ok.error());
    }
    impl->last_collect_tsc = rte_rdtsc();
    return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

Result<void> Engine::Impl::open_ports() {
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
        ports.push_back(std::move(*port));
    }
    device_counts.resize(ports.size());
    restarts.resize(ports.size());
    waits.resize(ports.size());
    return {};
}

Result<void> Engine::Impl::make_workers() {
    for (uint32_t group = 0; group < config.groups.size(); ++group) {
        const auto& cores = config.groups[group].cores;
        const auto count =
            config.drive == EngineConfig::Drive::kCaller ? std::size_t{1} : cores.size();
        for (uint32_t i = 0; i < count; ++i) {
            std::vector<WorkerQueue> queues;
            for (uint32_t p = 0; p < ports.size(); ++p) {
                const PortConfig& wanted = config.ports[p];
                if (wanted.group != group) {
                    continue;
                }
                ParseRules rules{.decap_gre = wanted.decap.gre,
                                 .decap_erspan = wanted.decap.erspan,
                                 .decap_vxlan = wanted.decap.vxlan,
                                 .trust_ip_length = wanted.slice_bytes != 0,
                                 .excludes_macs = !wanted.exclude.macs.empty(),
                                 .excludes_vlans = !wanted.exclude.vlans.empty(),
                                 .excluded_macs = wanted.exclude.macs,
                                 .excluded_vlans = wanted.exclude.vlans};
                queues.push_back({.port_id = ports[p]->id(),
                                  .queue_id = static_cast<uint16_t>(i),
                                  .port_index = p,
                                  .rules = rules,
                                  .exclude = &wanted.exclude});
            }
            if (queues.empty() || queues.size() > kMaxPortsPerWorker) {
                return refused("group {} has {} ports; between 1 and {} are supported",
                               config.groups[group].name, queues.size(), kMaxPortsPerWorker);
            }
            WorkerState state;
            state.group = group;
            state.worker =
                std::make_unique<Worker>(static_cast<uint32_t>(workers.size()),
                                         cores.empty() ? 0 : cores[i], std::move(queues), shared);
            state.last_flip_tsc = rte_rdtsc();
            workers.push_back(std::move(state));
        }
    }
    if (workers.size() > kMaxWorkers) {
        return refused("{} workers configured, at most {} are supported", workers.size(),
                       kMaxWorkers);
    }
    ahead = std::vector<LookAhead>(workers.front().worker->queues().size());
    return {};
}

Result<void> Engine::Impl::make_qsbr() {
    if (config.drive == EngineConfig::Drive::kCaller) {
        return {};
    }
    const auto threads = static_cast<uint32_t>(workers.size());
    qsbr.reset(static_cast<rte_rcu_qsbr*>(
        rte_zmalloc("lull_qsbr", rte_rcu_qsbr_get_memsize(threads), RTE_CACHE_LINE_SIZE)));
    if (!qsbr || rte_rcu_qsbr_init(qsbr.get(), threads) != 0) {
        return failed("no memory for the table's grace period: {}", rte_strerror(rte_errno));
    }
    shared.qsbr = qsbr.get();
    return {};
}

Result<void> Engine::start() {
    Impl& self = *impl_;
    for (auto& state : self.workers) {
        rte_rcu_qsbr_thread_register(self.qsbr.get(), state.worker->index());
        state.worker->start_paused(self.paused_slots(*state.worker, std::nullopt));
        state.thread = std::thread([&self, worker = state.worker.get()] {
            pthread_setname_np(pthread_self(), "lull-worker");
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(worker->core(), &set);
            pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
            // An lcore id gives the thread its own mempool cache.
            const bool registered = rte_thread_register() == 0;
            rte_rcu_qsbr_thread_online(self.qsbr.get(), worker->index());
            worker->run();
            rte_rcu_qsbr_thread_offline(self.qsbr.get(), worker->index());
            if (registered) {
                rte_thread_unregister();
            }
        });
    }
    self.running = true;
    return {};
}

void Engine::stop() {
    if (!impl_) {
        return;
    }
    for (auto& state : impl_->workers) {
        state.worker->request_stop();
    }
    for (auto& state : impl_->workers) {
        if (state.thread.joinable()) {
            state.thread.join();
        }
    }
    impl_->running = false;
}

bool Engine::Impl::wait_for_flips(double timeout_s) {
    const uint64_t deadline =
        rte_rdtsc() + static_cast<uint64_t>(timeout_s * static_cast<double>(rte_get_tsc_hz()));
    const auto done = [](const WorkerState& state) { return state.worker->flip_done(); };
    while (!std::all_of(workers.begin(), workers.end(), done)) {
        if (rte_rdtsc() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    return true;
}

Snapshot Engine::collect(double timeout_s) {
    Impl& self = *impl_;
    for (auto& state : self.workers) {
        if (!state.flip_pending) {
            state.worker->request_flip();
            state.flip_pending = true;
        }
        if (!self.running) {
            state.worker->flip();  // no thread is in the loop: this one is the worker
        }
    }
    self.wait_for_flips(timeout_s);

    const uint64_t now = rte_rdtsc();
    Snapshot snapshot;
    snapshot.version = ++self.version;
    snapshot.interval_s = cycles_s(now - self.last_collect_tsc);
    self.last_collect_tsc = now;
    snapshot.ports.resize(self.ports.size());
    BankReader reader(snapshot);
    for (auto& state : self.workers) {
        self.read_worker(state, reader, snapshot);
    }
    self.read_ports(snapshot);
    self.reclaim();
    return snapshot;
}

void Engine::Impl::read_worker(WorkerState& state, BankReader& reader, Snapshot& snapshot) {
    Worker& worker = *state.worker;
    WorkerDelta delta;
    delta.core = worker.core();
    delta.last_heartbeat_s = wall_s() - cycles_s(rte_rdtsc() - worker.heartbeat_tsc());
    delta.flipped = worker.flip_done();
    bool complete = delta.flipped;
    if (delta.flipped) {
        const uint64_t now = rte_rdtsc();
        const double interval_s = cycles_s(now - state.last_flip_tsc);
        state.last_flip_tsc = now;
        state.flip_pending = false;
        Bank& bank = worker.idle_bank();
        delta.longest_turn_s = cycles_s(bank.longest_turn_cycles);
        delta.turns = bank.turns;
        delta.busy_ratio = bank.total_cycles == 0 ? 0
                                                  : static_cast<double>(bank.busy_cycles) /
                                                        static_cast<double>(bank.total_cycles);
        complete = !running || delta.longest_turn_s <= interval_s / 2;
        delta.received_packets = reader.read(bank, state.group, worker.queues());
    }
    if (!complete) {
        for (const WorkerQueue& queue : worker.queues()) {
            snapshot.ports[queue.port_index].complete = false;
        }
    }
    snapshot.workers.push_back(delta);
}

void Engine::Impl::read_ports(Snapshot& snapshot) {
    for (uint32_t i = 0; i < ports.size(); ++i) {
        PortDelta& delta = snapshot.ports[i];
        const DeviceCounts now = ports[i]->refresh_counts();
        delta.missed_packets = now.missed_packets - device_counts[i].missed_packets;
        delta.error_packets = now.error_packets - device_counts[i].error_packets;
        delta.nombuf_events = now.nombuf_events - device_counts[i].nombuf_events;
        device_counts[i] = now;
        delta.link_up = ports[i]->link_up();
        delta.mbufs_free = ports[i]->mbufs_free();
        delta.mbufs_capacity = ports[i]->mbufs_capacity();
        delta.mbufs_needed = ports[i]->mbufs_needed();
        delta.restarts = restarts[i];
    }
}

void Engine::publish(std::unique_ptr<TableSet> table) {
    Impl& self = *impl_;
    self.shared.table.store(table.get(), std::memory_order_release);
    std::swap(self.table, table);
    const uint64_t token = self.qsbr ? rte_rcu_qsbr_start(self.qsbr.get()) : 0;
    self.retired.push_back({std::move(table), token});
}

void Engine::Impl::reclaim() {
    std::erase_if(retired, [this](const Retired& old) {
        if (running) {
            return rte_rcu_qsbr_check(qsbr.get(), old.token, false) == 1;
        }
        return std::none_of(workers.begin(), workers.end(), [&](const WorkerState& state) {
            return state.worker->table() == old.table.get();
        });
    });
}

void Engine::maintain() {
    Impl& self = *impl_;
    for (uint32_t i = 0; i < self.ports.size(); ++i) {
        const Port& port = *self.ports[i];
        // A memif client does not look for its server by itself. One that has been started gets
        // some turns of maintain() to shake hands before it is tried again.
        if (port.driver() != "net_memif" || port.link_up()) {
            self.waits[i] = 0;
        } else if (!port.started() || ++self.waits[i] > kHandshakeTurns) {
            self.waits[i] = 0;
            self.restart_port(i);
        }
    }
}

uint32_t Engine::Impl::paused_slots(const Worker& worker, std::optional<uint32_t> aside) const {
    uint32_t slots = 0;
    for (uint32_t slot = 0; slot < worker.queues().size(); ++slot) {
        const uint32_t index = worker.queues()[slot].port_index;
        slots |= aside == index || !ports[index]->started() ? 1u << slot : 0;
    }
    return slots;
}

bool Engine::Impl::pause_ports(std::optional<uint32_t> aside) {
    for (auto& state : workers) {
        state.worker->pause(paused_slots(*state.worker, aside));
    }
    const uint64_t deadline = rte_rdtsc() + rte_get_tsc_hz();
    for (auto& state : workers) {
        while (running && state.worker->paused() != paused_slots(*state.worker, aside)) {
            if (rte_rdtsc() > deadline) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    }
    return true;
}

void Engine::Impl::restart_port(uint32_t index) {
    // Nobody may poll a port while it is stopped and started; a worker that does not answer within
    // a second keeps it as it is until the next turn.
    if (pause_ports(index)) {
        if (ports[index]->restart()) {
            restarts[index] += 1;
        }
    }
    pause_ports(std::nullopt);
}

uint64_t Engine::Impl::received_ns(const rte_mbuf* packet) const {
    if (timestamp_offset < 0 || (packet->ol_flags & timestamp_flag) == 0) {
        return 0;
    }
    return *RTE_MBUF_DYNFIELD(packet, timestamp_offset, const rte_mbuf_timestamp_t*);
}

uint64_t Engine::next_packet_ns() {
    Impl& self = *impl_;
    Worker& worker = *self.workers.front().worker;
    uint64_t first = 0;
    for (uint32_t slot = 0; slot < self.ahead.size(); ++slot) {
        LookAhead& ahead = self.ahead[slot];
        const WorkerQueue& queue = worker.queues()[slot];
        if (ahead.burst.empty() && ahead.burst.receive(queue.port_id, queue.queue_id) == 0) {
            continue;
        }
        const uint64_t ns =
            std::max(ahead.last_ns, self.received_ns(ahead.burst.packets().front()));
        first = first == 0 ? ns : std::min(first, ns);
    }
    return first;
}

Engine::Pumped Engine::pump(uint64_t until_ns) {
    Impl& self = *impl_;
    Worker& worker = *self.workers.front().worker;
    const uint64_t limit = until_ns == 0 ? std::numeric_limits<uint64_t>::max() : until_ns;
    for (;;) {
        // The port whose next packet is the earliest, and how far it may run before another's.
        uint32_t earliest = 0;
        uint64_t earliest_ns = std::numeric_limits<uint64_t>::max(), bound_ns = limit;
        bool any = false;
        for (uint32_t slot = 0; slot < self.ahead.size(); ++slot) {
            LookAhead& ahead = self.ahead[slot];
            const WorkerQueue& queue = worker.queues()[slot];
            if (ahead.burst.empty() && ahead.burst.receive(queue.port_id, queue.queue_id) == 0) {
                continue;
            }
            any = true;
            const uint64_t ns =
                std::max(ahead.last_ns, self.received_ns(ahead.burst.packets().front()));
            if (ns < earliest_ns) {
                bound_ns = std::min(limit, earliest_ns);
                earliest_ns = ns;
                earliest = slot;
            } else {
                bound_ns = std::min(bound_ns, ns);
            }
        }
        if (!any) {
            return Pumped::kDrained;
        }
        if (earliest_ns >= limit) {
            return Pumped::kReachedLimit;
        }
        LookAhead& ahead = self.ahead[earliest];
        const auto packets = ahead.burst.packets();
        uint32_t run = 0;
        while (run < packets.size()) {
            const uint64_t ns = std::max(ahead.last_ns, self.received_ns(packets[run]));
            // Equal times on two ports: this one's first packet goes ahead, so there is progress.
            if (run > 0 && ns >= bound_ns) {
                break;
            }
            ahead.last_ns = ns;
            ++run;
        }
        worker.process(earliest, packets.first(run));
        ahead.burst.release_first(run);
    }
}

}  // namespace lull
