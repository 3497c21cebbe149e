// One worker: polls its queue of every port of its group and counts into the active bank. The loop
// neither allocates nor locks, logs or calls the system; housekeeping beside it answers control.
#pragma once

#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/bank.h"
#include "dataplane/burst.h"
#include "dataplane/count.h"
#include "dataplane/driver_guard.h"
#include "dataplane/engine.h"
#include "dataplane/flow.h"
#include "dataplane/idle.h"
#include "dataplane/members.h"
#include "dataplane/parse.h"
#include "dataplane/sample.h"
#include "dataplane/spreader.h"
#include "dataplane/tables.h"
#include "dataplane/wire.h"

namespace lull {

/// A receive queue that a worker polls.
struct WorkerQueue {
    uint16_t port_id = 0;
    uint16_t queue_id = 0;
    uint32_t port_index = 0;  // in EngineConfig::ports
    ParseRules rules;
    const Exclude* exclude = nullptr;
    Spreader* spreader =
        nullptr;  // for a port that software spreads; queue_id is then the worker's
};

class Worker {
  public:
    /// What all workers share and none writes.
    struct Shared {
        std::atomic<const TableSet*> table{nullptr};
        std::atomic<const MemberMap*> members{nullptr};   // null: members are not told apart
        std::atomic<const InspectSet*> inspect{nullptr};  // null: no payload is looked into
        rte_rcu_qsbr* qsbr = nullptr;                     // null: driven by the caller
        uint64_t sketch_seed = 0;
        FlowLimits flows;
        bool offline = false;  // driven by the caller, in capture time
        Power power = Power::kOff;
        double time_scale = 1;  // scenario seconds a real second
    };

    /// `records`: where its flows end up; null: nowhere.
    Worker(uint32_t index, uint32_t core, std::vector<WorkerQueue> queues, const Shared& shared,
           RecordQueue* records = nullptr);

    /// The loop, on a thread of its own, until request_stop().
    void run();
    /// One burst of queue `slot`: parse, then follow it to its flows. Does not free the packets,
    /// nor does it need them afterwards.
    void process(uint32_t slot, std::span<rte_mbuf* const> packets);
    /// Puts everything into the bank, turns to the other one and to the published table. The
    /// worker's own thread, or the caller of process() when there is none.
    void flip();
    /// After the last flip, without a thread in the loop: see FlowStage.
    bool end_flows(uint32_t at_most) { return flows_.end_flows(*table(), at_most); }
    /// Capture time, when driven by the caller.
    void set_time_ns(uint64_t ns);

    // ---- for control, from its own thread ----
    void request_stop() { stop_.store(true, std::memory_order_relaxed); }
    void request_flip() { flips_wanted_.fetch_add(1, std::memory_order_release); }
    [[nodiscard]] bool flip_done() const {
        return flips_done_.load(std::memory_order_acquire) ==
               flips_wanted_.load(std::memory_order_relaxed);
    }
    /// The bank that is not written: valid between flip_done() and the next request_flip().
    Bank& idle_bank() { return banks_[(flips_done_.load(std::memory_order_acquire) + 1) % 2]; }
    /// Ports not to be polled from the start; before run().
    void start_paused(uint32_t slots) {
        pause_wanted_.store(slots);
        paused_.store(slots);
    }
    /// Ports not to be polled (bits of queue slots); in force once paused() says the same.
    void pause(uint32_t slots) { pause_wanted_.store(slots, std::memory_order_release); }
    [[nodiscard]] uint32_t paused() const { return paused_.load(std::memory_order_acquire); }
    [[nodiscard]] uint64_t heartbeat_tsc() const {
        return heartbeat_tsc_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] uint32_t core() const { return core_; }
    [[nodiscard]] uint32_t index() const { return index_; }
    [[nodiscard]] std::span<const WorkerQueue> queues() const { return queues_; }
    /// The table whose ids the active bank counts in.
    [[nodiscard]] const TableSet* table() const { return table_.load(std::memory_order_acquire); }
    [[nodiscard]] const MemberMap* members() const {
        return members_.load(std::memory_order_acquire);
    }
    [[nodiscard]] const InspectSet* inspect() const {
        return inspect_.load(std::memory_order_acquire);
    }

  private:
    uint32_t receive(uint32_t slot, Burst& burst);
    void housekeep(uint64_t now_tsc);
    [[nodiscard]] double beats_since_start(uint64_t now_tsc) const {
        return static_cast<double>(now_tsc - started_tsc_) * beats_per_cycle_;
    }
    void note_turn(uint64_t now_tsc, bool had_packets);
    uint32_t parse_burst(uint32_t slot, std::span<rte_mbuf* const> packets, Bank& bank);
    MemberPair note_members(const MemberMap& members, Cursor link, uint32_t frame_bytes,
                            Bank& bank) const;
    void follow();
    void settle_slice();
    void turn_bank();
    void adopt_published();
    [[nodiscard]] bool has_published() const;

    // ---- the worker's own lines ----
    // The burst at hand: the lines of its flows are on their way while its headers are read.
    alignas(64) FlowBatch batch_;
    FlowStage flows_;
    WireProbe wire_;
    std::array<Bank, 2> banks_;
    uint32_t active_ = 0;
    uint64_t last_turn_tsc_ = 0;
    uint64_t heartbeat_interval_ = 0;
    uint64_t long_turn_cycles_ = 0;
    uint64_t last_heartbeat_ = 0;
    uint64_t started_tsc_ = 0;
    double beats_per_cycle_ = 0;
    bool flip_asked_ = false;
    uint32_t index_;
    uint32_t core_;
    bool gives_records_;
    std::vector<WorkerQueue> queues_;
    DriverVisits visits_;
    const Shared& shared_;
    std::atomic<const TableSet*> table_{nullptr};
    std::atomic<const MemberMap*> members_{nullptr};
    std::atomic<const InspectSet*> inspect_{nullptr};

    // ---- written by the worker, read by control ----
    alignas(64) std::atomic<uint64_t> flips_done_{0};
    std::atomic<uint64_t> heartbeat_tsc_{0};
    std::atomic<uint32_t> paused_{0};
    // ---- written by control, read by the worker ----
    alignas(64) std::atomic<uint64_t> flips_wanted_{0};
    std::atomic<uint32_t> pause_wanted_{0};
    std::atomic<bool> stop_{false};
};

}  // namespace lull
