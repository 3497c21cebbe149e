// See bench.h. Each case has counters of its own; all see the same packets before they are
// rewritten, in an order that moves on by one each round, so that none always finds them warm.
#include "dataplane/bench.h"

#include <pthread.h>
#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>

#include "dataplane/bench_payloads.h"
#include "dataplane/bench_traffic.h"
#include "dataplane/count.h"
#include "dataplane/cursor.h"
#include "dataplane/flow.h"
#include "dataplane/headers.h"
#include "dataplane/inspect/inspector.h"
#include "dataplane/signals.h"
#include "dataplane/worker.h"

namespace lull {

namespace {

constexpr uint64_t kSeed = 20141222;
using Packets = std::span<rte_mbuf* const>;

double seconds_of(uint64_t cycles) {
    return static_cast<double>(cycles) / static_cast<double>(rte_get_tsc_hz());
}

template <typename Each>
void by_bursts(Packets packets, const Each& each) {
    for (std::size_t done = 0; done < packets.size(); done += kBurstPackets) {
        each(packets.subspan(done, kBurstPackets));
    }
}

// What any program that counts by origin must do: look at the header, look both addresses up, and
// write a counter for each. A trie's steps wait for each other, so that the few IPv6 packets of a
// burst wait for those of the next ones and are looked up in full batches.
class Floor {
  public:
    Floor(const TableSet& table, Bank& bank) : table_(table), bank_(bank) {}

    void count(Packets packets) {
        by_bursts(packets, [this](Packets burst) { count_burst(burst); });
        count_gathered(
            v6_, [this](auto addresses, auto origins) { table_.lookup6(addresses, origins); });
    }

  private:
    template <typename Address>
    struct Gathered {
        std::array<Address, 2 * kBurstPackets> addresses;
        std::array<uint32_t, kBurstPackets> bytes;
        uint32_t count = 0;
    };

    void count_burst(Packets packets) {
        for (const rte_mbuf* packet : packets) {
            const auto* const frame = rte_pktmbuf_mtod(packet, const uint8_t*);
            const uint8_t* const ip = frame + kEthernetBytes;
            if (load_be16(frame + kEthernetTypeOffset) == kEtherTypeIpv4) {
                v4_.addresses[2 * v4_.count] = load_be32(ip + 12);
                v4_.addresses[2 * v4_.count + 1] = load_be32(ip + 16);
                v4_.bytes[v4_.count++] = load_be16(ip + 2);
                continue;
            }
            if (v6_.count == kBurstPackets) {
                count_gathered(v6_, [this](auto addresses, auto origins) {
                    table_.lookup6(addresses, origins);
                });
            }
            std::memcpy(&v6_.addresses[2 * v6_.count], ip + 8, 32);
            v6_.bytes[v6_.count++] = load_be16(ip + 4) + kIpv6Bytes;
        }
        count_gathered(
            v4_, [this](auto addresses, auto origins) { table_.lookup4(addresses, origins); });
    }

    template <typename Address, typename LookUp>
    void count_gathered(Gathered<Address>& gathered, const LookUp& look_up) {
        std::array<OriginId, 2 * kBurstPackets> origins;
        look_up(std::span<const Address>(gathered.addresses.data(), 2 * gathered.count),
                std::span<OriginId>(origins));
        for (uint32_t i = 0; i < gathered.count; ++i) {
            add_sent(bank_, origins[2 * i], 1, gathered.bytes[i]);
            add_received(bank_, origins[2 * i + 1], 1, gathered.bytes[i]);
        }
        gathered.count = 0;
    }

    const TableSet& table_;
    Bank& bank_;
    Gathered<uint32_t> v4_;
    Gathered<Ipv6Bytes> v6_;
};

uint64_t read_headers(Packets packets) {
    uint64_t sum = 0;
    for (const rte_mbuf* packet : packets) {
        const auto* const frame = rte_pktmbuf_mtod(packet, const uint8_t*);
        sum += load_be32(frame + kEthernetBytes + 12) + packet->pkt_len;
    }
    return sum;
}

// What the stages hand to each other, prepared outside the measured time.
struct Stages {
    std::vector<FlowBatch> batches;
    std::vector<std::array<OriginPair, kBurstPackets>> origins;
    std::array<uint8_t, kBurstPackets> all;
    ParseRules rules;

    Stages() : batches(BenchTraffic::kPackets / kBurstPackets), origins(batches.size()) {
        for (uint32_t i = 0; i < kBurstPackets; ++i) {
            all[i] = static_cast<uint8_t>(i);
        }
    }
    void parse_burst(Packets burst, FlowBatch& batch) const {
        batch.count = 0;
        for (const rte_mbuf* packet : burst) {
            const std::span<const uint8_t> bytes(rte_pktmbuf_mtod(packet, const uint8_t*),
                                                 packet->data_len);
            const Reject reject =
                parse_frame(bytes, packet->pkt_len, rules, batch.views[batch.count]);
            batch.count += reject == Reject::kNone ? 1 : 0;
        }
    }
    void parse(Packets packets) {
        std::size_t at = 0;
        by_bursts(packets, [&](Packets burst) { parse_burst(burst, batches[at++]); });
    }
    void look_up_all(const TableSet& table) {
        for (std::size_t at = 0; at < batches.size(); ++at) {
            look_up(table, {batches[at].views.data(), batches[at].count},
                    {all.data(), batches[at].count}, origins[at]);
        }
    }
};

/// A worker with a queue that it is never asked to poll.
struct BenchWorker {
    Exclude exclude;
    Worker::Shared shared;
    std::unique_ptr<Worker> worker;
    BenchWorker(const TableSet& table, uint32_t flows, const InspectSet* inspect = nullptr,
                RecordQueue* records = nullptr) {
        shared.table.store(&table);
        shared.inspect.store(inspect);
        shared.sketch_seed = kSeed;
        shared.flows.flows = flows;
        worker = std::make_unique<Worker>(0, 0, std::vector<WorkerQueue>{{0, 0, 0, {}, &exclude}},
                                          shared, records);
    }
    void process(Packets packets) {
        by_bursts(packets, [&](Packets burst) { worker->process(0, burst); });
    }
    /// In bursts that are not full, so that new conversations are not taken for a flood.
    void introduce(Packets packets) {
        for (std::size_t at = 0; at < packets.size(); at += kBurstPackets / 2) {
            worker->process(0, packets.subspan(at, kBurstPackets / 2));
        }
    }
};

struct Timed {
    std::string name;
    std::function<void()> run;
    std::vector<double> ns;  // a packet, by round
};

BenchCase summary(Timed& timed) {
    std::sort(timed.ns.begin(), timed.ns.end());
    BenchCase result;
    result.name = timed.name;
    result.ns_min = timed.ns.front();
    result.ns_median = timed.ns[timed.ns.size() / 2];
    result.cycles_min = result.ns_min * static_cast<double>(rte_get_tsc_hz()) / 1e9;
    result.mpps_max = 1e3 / result.ns_min;
    return result;
}

uint32_t table_flows(std::span<const BenchFlow> flows) {
    return static_cast<uint32_t>(std::max<std::size_t>(flows.size(), 1u << 20));
}

bool same_totals(const Bank& a, const Bank& b) {
    for (uint32_t id = 0; id < kMaxOrigins; ++id) {
        const OriginCounts &x = a.origins[id], &y = b.origins[id];
        if (x.sent_packets != y.sent_packets || x.received_packets != y.received_packets ||
            x.sent_bytes != y.sent_bytes || x.received_bytes != y.received_bytes) {
            return false;
        }
    }
    return true;
}

void clear(Bank& bank) {
    std::fill_n(bank.origins.data(), kMaxOrigins, OriginCounts{});
    bank.flows = {};
}

void prepare_all(const FlowStage& stage, FlowBatch& batch) {
    for (uint32_t i = 0; i < batch.count; ++i) {
        stage.prepare(batch, i);
    }
}

// Every conversation once each way, and a flip: how long it takes to roll all of them up.
double warm_up(BenchTraffic& traffic, std::span<const BenchFlow> flows, BenchWorker& full,
               FlowStage& stage, Stages& stages, const TableSet& table, Bank& bank) {
    for (std::size_t from = 0; from < flows.size(); from += BenchTraffic::kPackets / 2) {
        traffic.refill_in_order(from);
        full.introduce(traffic.packets());
        stages.parse(traffic.packets());
        for (FlowBatch& batch : stages.batches) {
            prepare_all(stage, batch);
            stage.process(batch, table, bank);
        }
    }
    const uint64_t before = rte_rdtsc();
    full.worker->flip();
    const uint64_t took = rte_rdtsc() - before;
    clear(full.worker->idle_bank());
    return seconds_of(took);
}

Result<BenchCase> run_workers(const TableSet& table, std::span<const BenchFlow> flows,
                              const BenchWorkload& workload) {
    std::vector<std::unique_ptr<BenchTraffic>> traffic;
    for (uint32_t i = 0; i < workload.workers; ++i) {
        auto made = BenchTraffic::create(workload, flows, kSeed + 100 + i);
        if (!made) {
            return tl::unexpected(made.error());
        }
        traffic.push_back(std::move(*made));
    }
    std::vector<Timed> timed(workload.workers, Timed{"full", {}, {}});
    std::vector<std::thread> threads;
    std::atomic<uint32_t> ready{0};
    for (uint32_t i = 0; i < workload.workers; ++i) {
        threads.emplace_back([&, i] {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET(workload.cores[i % workload.cores.size()], &set);
            pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
            BenchWorker full(table, table_flows(flows));
            for (std::size_t from = 0; from < flows.size(); from += BenchTraffic::kPackets / 2) {
                traffic[i]->refill_in_order(from);
                full.introduce(traffic[i]->packets());
            }
            for (ready.fetch_add(1); ready.load() < workload.workers;) {
            }
            for (uint32_t round = 0; round < workload.rounds; ++round) {
                traffic[i]->refill();
                const uint64_t before = rte_rdtsc();
                full.process(traffic[i]->packets());
                timed[i].ns.push_back(seconds_of(rte_rdtsc() - before) * 1e9 /
                                      BenchTraffic::kPackets);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    BenchCase all;
    for (Timed& each : timed) {
        const BenchCase one = summary(each);
        all.name = one.name;
        all.ns_min = std::max(all.ns_min, one.ns_min);
        all.ns_median = std::max(all.ns_median, one.ns_median);
        all.cycles_min = std::max(all.cycles_min, one.cycles_min);
        all.mpps_max += one.mpps_max;
    }
    return all;
}

std::vector<BenchLook> time_looks(const InspectSet& set, uint32_t rounds) {
    std::vector<BenchLook> looks;
    const Inspector inspector(0);
    const auto counts = std::make_unique<InspectCounts>();
    std::vector<uint8_t> frame;
    for (const BenchPayload& payload : bench_payloads()) {
        const bool known = std::any_of(looks.begin(), looks.end(), [&](const BenchLook& look) {
            return look.context == payload.context;
        });
        if (known) {
            continue;
        }
        const uint32_t header = payload.tcp ? kTcpBytes : kUdpBytes;
        frame.assign(kIpv4Bytes + header, 0);
        frame[0] = 0x45;
        frame[kIpv4Bytes + 12] = 0x50;
        frame.insert(frame.end(), payload.bytes.begin(), payload.bytes.end());
        PacketView view{};
        view.family = Family::kIpv4;
        view.protocol = payload.tcp ? kProtocolTcp : kProtocolUdp;
        view.source_port = 40'000;
        view.destination_port = payload.port;
        view.ip_bytes = static_cast<uint32_t>(frame.size());
        view.payload_bytes = static_cast<uint32_t>(payload.bytes.size());
        double best = 0;
        for (uint32_t round = 0; round < rounds; ++round) {
            constexpr int kLooks = 64;
            const uint64_t before = rte_rdtsc();
            for (int i = 0; i < kLooks; ++i) {
                inspector.look(set, frame, view, *counts);
            }
            const double ns = seconds_of(rte_rdtsc() - before) * 1e9 / kLooks;
            best = best == 0 ? ns : std::min(best, ns);
        }
        looks.push_back({payload.context, view.payload_bytes, best,
                         static_cast<double>(view.payload_bytes) * 8 / best});
    }
    return looks;
}

}  // namespace

Result<BenchRun> run_bench(const TableSet& table, std::span<const BenchFlow> flows,
                           const BenchWorkload& workload) {
    if (workload.workers > 1) {
        auto full = run_workers(table, flows, workload);
        if (!full) {
            return tl::unexpected(full.error());
        }
        return BenchRun{
            .cases = {*full}, .looks = {}, .roll_up_ms = 0, .shed_share = 0, .totals_agree = true};
    }
    auto made = BenchTraffic::create(workload, flows, kSeed);
    if (!made) {
        return tl::unexpected(made.error());
    }
    BenchTraffic& traffic = **made;
    const auto floor_bank = std::make_unique<Bank>(), bank = std::make_unique<Bank>();
    Stages stages;
    BenchWorker full(table, table_flows(flows));
    FlowStage stage({.flows = table_flows(flows)}, {{1, 2, 3, 4, 5, 6}}, kSeed,
                    FlowStage::Shedding::kNever);
    // Twice: the first time memory is touched for the first time.
    warm_up(traffic, flows, full, stage, stages, table, *bank);
    const double roll_up_s = warm_up(traffic, flows, full, stage, stages, table, *bank);

    const SignalSink sink{table.traits(), *bank, kSeed};
    uint64_t sum = 0;
    const auto each_packet = [&](const auto& what) {
        for (std::size_t at = 0; at < stages.batches.size(); ++at) {
            for (uint32_t i = 0; i < stages.batches[at].count; ++i) {
                what(stages.batches[at].views[i], stages.origins[at][i]);
            }
        }
    };
    std::vector<Timed> cases;
    const auto wants = [&wanted = workload.cases](std::string_view name) {
        return wanted.empty() || name == "floor" || name == "full" ||
               std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    };
    const auto add = [&](const char* name, std::function<void()> run) {
        if (wants(name)) {
            cases.push_back({name, std::move(run), {}});
        }
    };
    add("header",
        [&] { by_bursts(traffic.packets(), [&](Packets b) { sum += read_headers(b); }); });
    Floor floor(table, *floor_bank);
    add("floor", [&] { floor.count(traffic.packets()); });
    FlowBatch scratch;
    add("parse",
        [&] { by_bursts(traffic.packets(), [&](Packets b) { stages.parse_burst(b, scratch); }); });
    add("origins", [&] { stages.look_up_all(table); });
    add("counters", [&] {
        each_packet(
            [&](const PacketView& view, OriginPair pair) { count_packet(*bank, view, pair); });
    });
    add("sources", [&] {
        each_packet(
            [&](const PacketView& view, OriginPair pair) { note_source(view, pair.source, sink); });
    });
    add("flows", [&] {
        prepare_all(stage, stages.batches.front());
        for (std::size_t at = 0; at < stages.batches.size(); ++at) {
            if (at + 1 < stages.batches.size()) {
                prepare_all(stage, stages.batches[at + 1]);
            }
            stage.process(stages.batches[at], table, *bank);
        }
    });
    add("full", [&] { full.process(traffic.packets()); });
    std::unique_ptr<BenchWorker> inspecting;
    if (workload.inspect != nullptr) {
        inspecting = std::make_unique<BenchWorker>(table, table_flows(flows), workload.inspect);
        // Twice here too: a conversation that goes on has had all of its looks.
        warm_up(traffic, flows, *inspecting, stage, stages, table, *bank);
        warm_up(traffic, flows, *inspecting, stage, stages, table, *bank);
        add("inspect", [&] { inspecting->process(traffic.packets()); });
    }
    // A packet makes one at most. They are taken between rounds, as on another core.
    RecordQueue records({.queue_records = 2 * BenchTraffic::kPackets, .one_in = {1, 1, 1}});
    std::vector<FlowRecord> taken(BenchTraffic::kPackets);
    std::unique_ptr<BenchWorker> recording;
    if (wants("records")) {
        recording = std::make_unique<BenchWorker>(table, table_flows(flows), nullptr, &records);
        warm_up(traffic, flows, *recording, stage, stages, table, *bank);
        warm_up(traffic, flows, *recording, stage, stages, table, *bank);
        add("records", [&] { recording->process(traffic.packets()); });
    }

    for (uint32_t round = 0; round < workload.rounds; ++round) {
        while (records.take(taken) != 0) {
        }
        traffic.refill();
        stages.parse(traffic.packets());
        stages.look_up_all(table);
        for (std::size_t n = 0; n < cases.size(); ++n) {
            Timed& timed = cases[(n + round) % cases.size()];
            const uint64_t before = rte_rdtsc();
            timed.run();
            timed.ns.push_back(seconds_of(rte_rdtsc() - before) * 1e9 / BenchTraffic::kPackets);
        }
    }
    full.worker->flip();
    BenchRun run;
    run.roll_up_ms = roll_up_s * 1e3;
    run.totals_agree = same_totals(full.worker->idle_bank(), *floor_bank);
    run.shed_share = static_cast<double>(full.worker->idle_bank().flows.shed_flow_packets) /
                     (static_cast<double>(workload.rounds) * BenchTraffic::kPackets);
    // One flip a second rolls every flow up: `full` has so much less of the second.
    for (Timed& timed : cases) {
        for (double& ns : timed.ns) {
            const bool whole =
                timed.name == "full" || timed.name == "inspect" || timed.name == "records";
            ns /= whole ? 1 - std::min(0.5, roll_up_s) : 1;
        }
    }
    if (workload.inspect != nullptr) {
        run.looks = time_looks(*workload.inspect, workload.rounds);
    }
    for (Timed& timed : cases) {
        run.cases.push_back(summary(timed));
    }
    asm volatile("" : : "r"(sum));
    return run;
}

double probe_clock_ghz() {
    double best = 0;
    for (int turn = 0; turn < 5; ++turn) {
        constexpr uint64_t kSteps = 4'000'000, kCyclesAStep = 3;
        uint64_t value = 1;
        const uint64_t before = rte_rdtsc();
        for (uint64_t i = 0; i < kSteps; ++i) {
            value *= 0x9E3779B97F4A7C15ull;
            asm volatile("" : "+r"(value));
        }
        const double took_s = seconds_of(rte_rdtsc() - before);
        best = std::max(best, static_cast<double>(kSteps * kCyclesAStep) / took_s / 1e9);
    }
    return best;
}

}  // namespace lull
