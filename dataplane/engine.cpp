// See engine.h. Control's side of the workers: threads, flips, reading banks, reclaiming tables.
#include "dataplane/engine.h"

#include <pthread.h>
#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

#include "dataplane/bank.h"
#include "dataplane/burst.h"
#include "dataplane/collect.h"
#include "dataplane/core_time.h"
#include "dataplane/port_set.h"
#include "dataplane/worker.h"

namespace lull {

namespace {

double wall_s() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

void pin_to(uint32_t core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

double cycles_s(uint64_t cycles) {
    return static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz());
}

// On a thread of its core: memory lies on the socket of whoever touches it first.
std::unique_ptr<Worker> made_on(uint32_t core,
                                const std::function<std::unique_ptr<Worker>()>& make) {
    std::unique_ptr<Worker> worker;
    std::thread([&] {
        pin_to(core);
        worker = make();
    }).join();
    return worker;
}

struct FreeRte {
    void operator()(void* memory) const { rte_free(memory); }
};

}  // namespace

struct Engine::Impl {
    struct WorkerState {
        std::unique_ptr<RecordQueue> records;  // null: none are made
        std::unique_ptr<Worker> worker;
        std::thread thread;
        uint32_t group = 0;
        bool flip_pending = false;  // asked, not answered by the deadline of an earlier collect
        uint64_t last_flip_tsc = 0;
        CoreTime core_time;
    };
    /// One of the three.
    struct Retired {
        std::unique_ptr<TableSet> table;
        std::unique_ptr<MemberMap> members;
        std::unique_ptr<InspectSet> inspect;
        uint64_t token = 0;
    };

    EngineConfig config;
    PortSet ports;
    std::unique_ptr<TableSet> table;
    std::unique_ptr<MemberMap> members;
    std::unique_ptr<InspectSet> inspect;
    std::vector<Retired> retired;
    Worker::Shared shared;
    std::unique_ptr<rte_rcu_qsbr, FreeRte> qsbr;
    std::vector<WorkerState> workers;
    std::vector<Worker*> polling;  // those whose threads run: all or none
    uint64_t version = 0;
    uint64_t last_collect_tsc = 0;

    Result<void> make_workers();
    Result<void> make_qsbr();
    void retire(Retired old);
    void reclaim();
    bool wait_for_flips(double timeout_s);
    void read_worker(WorkerState& state, BankReader& reader, Snapshot& snapshot);
    [[nodiscard]] bool running() const { return !polling.empty(); }
};

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Engine::~Engine() {
    stop();
}

Result<std::unique_ptr<Engine>> Engine::create(EngineConfig config, std::unique_ptr<TableSet> table,
                                               std::unique_ptr<MemberMap> members,
                                               std::unique_ptr<InspectSet> inspect) {
    auto impl = std::make_unique<Impl>();
    impl->config = std::move(config);
    impl->table = std::move(table);
    impl->members = std::move(members);
    impl->inspect = std::move(inspect);
    impl->shared.table.store(impl->table.get(), std::memory_order_release);
    impl->shared.members.store(impl->members.get(), std::memory_order_release);
    impl->shared.inspect.store(impl->inspect.get(), std::memory_order_release);
    impl->shared.sketch_seed = impl->config.sketch_seed;
    impl->shared.flows = impl->config.flows;
    impl->shared.offline = impl->config.drive == EngineConfig::Drive::kCaller;
    impl->shared.power = impl->config.power;
    impl->shared.time_scale = impl->config.time_scale;
    if (impl->shared.sketch_seed == 0 &&
        getrandom(&impl->shared.sketch_seed, sizeof(uint64_t), 0) != sizeof(uint64_t)) {
        return failed("the kernel gives no random numbers: {}", std::strerror(errno));
    }
    if (auto ok = impl->ports.open(impl->config); !ok) {
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
                queues.push_back({.port_id = ports[p].id(),
                                  .queue_id = static_cast<uint16_t>(i),
                                  .port_index = p,
                                  .rules = rules_of(wanted),
                                  .exclude = &wanted.exclude,
                                  .spreader = ports.spreader(p)});
            }
            if (queues.empty() || queues.size() > kMaxPortsPerWorker) {
                return refused("group {} has {} ports; between 1 and {} are supported",
                               config.groups[group].name, queues.size(), kMaxPortsPerWorker);
            }
            WorkerState state;
            state.group = group;
            if (config.records) {
                state.records = std::make_unique<RecordQueue>(*config.records);
            }
            const auto make = [&] {
                return std::make_unique<Worker>(static_cast<uint32_t>(workers.size()),
                                                cores.empty() ? 0 : cores[i], std::move(queues),
                                                shared, state.records.get());
            };
            state.worker =
                config.drive == EngineConfig::Drive::kCaller ? make() : made_on(cores[i], make);
            state.last_flip_tsc = rte_rdtsc();
            workers.push_back(std::move(state));
        }
    }
    if (workers.size() > kMaxWorkers) {
        return refused("{} workers configured, at most {} are supported", workers.size(),
                       kMaxWorkers);
    }
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
        state.worker->start_paused(self.ports.paused_slots(*state.worker));
        state.thread = std::thread([&self, worker = state.worker.get()] {
            pthread_setname_np(pthread_self(), "lull-worker");
            pin_to(worker->core());
            // An lcore id gives the thread its own mempool cache.
            const bool registered = rte_thread_register() == 0;
            rte_rcu_qsbr_thread_online(self.qsbr.get(), worker->index());
            worker->run();
            rte_rcu_qsbr_thread_offline(self.qsbr.get(), worker->index());
            if (registered) {
                rte_thread_unregister();
            }
        });
        if (self.config.power != Power::kSleep) {  // a worker that sleeps gives its core away
            state.core_time.start(state.thread.native_handle());
        }
        self.polling.push_back(state.worker.get());
    }
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
    impl_->polling.clear();
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
        // No thread is in the loop: this one is the worker. One that was late and has answered
        // since is not turned again: nobody has read that bank yet.
        if (!self.running() && !state.worker->flip_done()) {
            state.worker->flip();
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
    self.ports.read(snapshot);
    self.reclaim();
    return snapshot;
}

void Engine::Impl::read_worker(WorkerState& state, BankReader& reader, Snapshot& snapshot) {
    Worker& worker = *state.worker;
    WorkerDelta delta;
    delta.core = worker.core();
    delta.group = state.group;
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
        delta.long_turns = bank.long_turns;
        delta.taken_s = running() ? state.core_time.taken_s() : 0;
        delta.busy_ratio = bank.total_cycles == 0 ? 0
                                                  : static_cast<double>(bank.busy_cycles) /
                                                        static_cast<double>(bank.total_cycles);
        complete = !running() || delta.longest_turn_s <= interval_s / 2;
        delta.flows = std::exchange(bank.flows, {});
        for (const WorkerQueue& queue : worker.queues()) {
            ShedStage& shed = snapshot.ports[queue.port_index].shed;
            shed = std::max(shed, delta.flows.shed_stage);
        }
        reader.read(bank, worker.queues(), delta);
    }
    if (!complete) {
        for (const WorkerQueue& queue : worker.queues()) {
            snapshot.ports[queue.port_index].complete = false;
        }
    }
    snapshot.workers.push_back(delta);
}

void Engine::publish(std::unique_ptr<TableSet> table) {
    Impl& self = *impl_;
    self.shared.table.store(table.get(), std::memory_order_release);
    std::swap(self.table, table);
    self.retire({.table = std::move(table), .members = nullptr, .inspect = nullptr});
}

void Engine::publish(std::unique_ptr<MemberMap> members) {
    Impl& self = *impl_;
    self.shared.members.store(members.get(), std::memory_order_release);
    std::swap(self.members, members);
    if (members != nullptr) {
        self.retire({.table = nullptr, .members = std::move(members), .inspect = nullptr});
    }
}

void Engine::publish(std::unique_ptr<InspectSet> inspect) {
    Impl& self = *impl_;
    self.shared.inspect.store(inspect.get(), std::memory_order_release);
    std::swap(self.inspect, inspect);
    if (inspect != nullptr) {
        self.retire({.table = nullptr, .members = nullptr, .inspect = std::move(inspect)});
    }
}

uint32_t Engine::workers() const {
    return static_cast<uint32_t>(impl_->workers.size());
}

void Engine::Impl::retire(Retired old) {
    old.token = qsbr ? rte_rcu_qsbr_start(qsbr.get()) : 0;
    retired.push_back(std::move(old));
}

const TableSet& Engine::table() const {
    return *impl_->table;
}

void Engine::Impl::reclaim() {
    std::erase_if(retired, [this](const Retired& old) {
        // A worker looks at what is published before it reports; what was published in between is
        // reported too, and not taken. So what it holds is asked as well.
        const bool reported = !running() || rte_rcu_qsbr_check(qsbr.get(), old.token, false) == 1;
        return reported &&
               std::none_of(workers.begin(), workers.end(), [&](const WorkerState& state) {
                   return state.worker->table() == old.table.get() ||
                          (old.members != nullptr &&
                           state.worker->members() == old.members.get()) ||
                          (old.inspect != nullptr && state.worker->inspect() == old.inspect.get());
               });
    });
}

void Engine::maintain() {
    impl_->ports.maintain(impl_->polling);
}

std::vector<RecordQueue*> Engine::record_queues() const {
    std::vector<RecordQueue*> queues;
    for (const auto& state : impl_->workers) {
        if (state.records) {
            queues.push_back(state.records.get());
        }
    }
    return queues;
}

void Engine::end_flows(double patience_s) {
    constexpr auto kPause = std::chrono::milliseconds(1);
    using Clock = std::chrono::steady_clock;
    const std::chrono::duration<double> patience(patience_s);
    for (auto& state : impl_->workers) {
        auto last_room = Clock::now();
        while (state.records != nullptr) {
            const bool patient = Clock::now() - last_room < patience;
            const auto room = static_cast<uint32_t>(state.records->room());
            if (room == 0 && patient) {
                std::this_thread::sleep_for(kPause);
                continue;
            }
            last_room = patient ? Clock::now() : last_room;
            if (state.worker->end_flows(patient ? room : ~0u)) {
                break;
            }
        }
    }
}

void Engine::pump() {
    Worker& worker = *impl_->workers.front().worker;
    for (uint32_t slot = 0; slot < worker.queues().size(); ++slot) {
        const WorkerQueue& queue = worker.queues()[slot];
        for (Burst burst; burst.receive(queue.port_id, queue.queue_id) != 0; burst.release()) {
            worker.process(slot, burst.packets());
        }
    }
}

void Engine::set_time_ns(uint64_t ns) {
    impl_->workers.front().worker->set_time_ns(ns);
}

uint64_t banks_bytes() {
    return 2 * kBankBytes;
}

}  // namespace lull
