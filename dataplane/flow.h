// The stage of flows: a batch of parsed packets -> its conversations -> the bank. A packet of a
// known flow touches its header and the flow's line, nothing else: the flow carries both origins,
// and packets and bytes are rolled up into the bank's counters when it is flipped. Counts are exact
// whatever happens to the table: what has no flow is looked up and counted at once.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/bank.h"
#include "dataplane/count.h"
#include "dataplane/flow_facts.h"
#include "dataplane/flow_key.h"
#include "dataplane/flow_record.h"
#include "dataplane/flow_table.h"
#include "dataplane/inspect/inspector.h"
#include "dataplane/parse.h"
#include "dataplane/signals.h"
#include "dataplane/tables.h"

namespace lull {

/// A burst between two stages. Views are copies; the packets themselves are read by inspection
/// only.
struct FlowBatch {
    std::array<PacketView, kBurstPackets> views;
    std::array<FlowKey, kBurstPackets> keys;
    std::array<uint64_t, kBurstPackets> hashes;
    std::array<OriginPair, kBurstPackets> origins;  // what process() found
    std::array<MemberPair, kBurstPackets> members;  // read only if has_members
    uint32_t count = 0;
    bool has_members = false;
    uint8_t input = 0;  // the port that brought them, as FlowRecord has it
    // Heads of the frames as they lie in memory; read only by inspection and for records.
    std::array<std::span<const uint8_t>, kBurstPackets> frames;
    const InspectSet* inspect = nullptr;  // null: no payload is looked into
};

class FlowStage {
  public:
    /// Captures wait for whoever reads them: they are never shed.
    enum class Shedding : uint8_t { kNever, kUnderPressure };
    FlowStage(const FlowLimits& limits, const FlowHashKeys& keys, uint64_t sketch_seed,
              Shedding shedding, uint32_t worker = 0, RecordQueue* records = nullptr);

    /// Makes the key of a view of the batch and asks for the line of its flow. process() follows
    /// when the next burst has come, and the line with it.
    void prepare(FlowBatch& batch, uint32_t i) const {
        batch.keys[i] = flow_key_of(batch.views[i]);
        batch.hashes[i] = table_.hash(batch.keys[i]);
        table_.prefetch(batch.hashes[i]);
    }
    void process(FlowBatch& batch, const TableSet& table, Bank& bank);

    /// Flow time now, in beats since the start.
    void set_beat(uint32_t beat) {
        beat_ = beat;
        if (records_ != nullptr) {
            records_->set_beat(beat);
        }
    }
    /// A new table: origins of known flows are looked up anew when they are next seen.
    void adopt();

    // ---- before a flip: all that flows hold goes into the bank, in slices between bursts ----
    /// From here on packets are counted into the bank at once.
    void begin_settling();
    [[nodiscard]] bool settling() const { return settling_; }
    /// A slice of some microseconds; true when the bank holds everything.
    bool settle(const TableSet& table, Bank& bank);
    void end_settling(Bank& bank) {
        settling_ = false;
        bank.flows.occupied = table_.occupied();
    }

    /// After the last flip: makes records of up to `at_most` flows more and drops them; true when
    /// none is left.
    bool end_flows(const TableSet& table, uint32_t at_most);

    [[nodiscard]] uint32_t occupied() const { return table_.occupied(); }

  private:
    enum class Count : uint8_t { kHeld, kDirect };

    struct Later {
        std::array<uint8_t, kBurstPackets> index;  // in the batch
        uint32_t count = 0;
    };

    // Out of the hot loop's sight, so that its values stay in registers.
    [[gnu::noinline]] void inspect(uint32_t at, const FlowBatch& batch, uint32_t i,
                                   const SignalSink& sink);
    [[gnu::noinline]] void open_inspected(uint32_t at, const FlowBatch& batch, uint32_t i,
                                          const SignalSink& sink);
    void take_finding(uint32_t at, const Finding& finding, const SignalSink& sink);
    [[gnu::noinline]] void note_answered(uint32_t at, const FlowBatch& batch, uint32_t i,
                                         const SignalSink& sink);
    void withdraw_label(uint32_t at);
    Flow count_hit(uint32_t at, const FlowBatch& batch, uint32_t i, const SignalSink& sink);
    [[gnu::noinline]] void note_wire(uint32_t at, const FlowBatch& batch, uint32_t i);
    void record(uint32_t at, FlowEnd end, const TableSet& table);
    void count_rest(FlowBatch& batch, const Later& later, const TableSet& table,
                    const SignalSink& sink);
    uint32_t place_flow(const FlowKey& key, uint64_t hash, const TableSet& table,
                        const SignalSink& sink);
    void roll_up(uint32_t at, const SignalSink& sink);
    void visit(uint32_t group, const TableSet& table, const SignalSink& sink);
    void age(uint32_t at, const TableSet& table, Bank& bank);
    /// Tells what it had so far, as of a flow of its own; what follows is another one.
    void cut(uint32_t at, const TableSet& table, Bank& bank);
    void watch_pressure(const FlowBatch& batch, uint32_t unknown, Bank& bank);

    /// How a flow came, of those that give records: by endpoint.
    struct FlowWire {
        std::array<uint16_t, 2> vlans;
        std::array<uint8_t, 2> inputs;
        uint8_t initiator;
    };

    FlowTable table_;
    RecordQueue* records_;  // null: flows give no records
    HugeArray<FlowWire> wires_;
    uint32_t ended_ = 0;  // slots that end_flows() is done with
    Inspector inspector_;
    FlowLimits limits_;
    uint64_t seed_;
    Shedding shedding_;
    uint32_t beat_ = 0;
    uint32_t tag_ = 1;  // of the table generation, 1 to kGenerations - 1
    bool settling_ = false;
    bool visits_all_ = false;  // this settling looks at idle flows too
    bool adopted_ = false;     // since the last settling that did
    uint32_t cursor_ = 0;      // group
    uint32_t visited_beat_ = 0;
    // Pressure, over windows of batches.
    uint32_t window_batches_ = 0, window_packets_ = 0, window_unknown_ = 0;
    uint32_t pressed_windows_ = 0;
    ShedStage shed_ = ShedStage::kNone;
};

}  // namespace lull
