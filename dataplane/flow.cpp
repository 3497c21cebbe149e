// See flow.h. Hot: no allocation, lock, log or system call after construction.
#include "dataplane/flow.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "dataplane/headers.h"
#include "dataplane/link_addresses.h"

namespace lull {

namespace {

constexpr uint32_t kBeatsPerSecond = 4;
// An unanswered flow is kept for a quarter of the idle time: a scan must not fill the table.
constexpr uint32_t kUnansweredShare = 4;
// Idle flows are looked at four times in an idle time.
constexpr uint32_t kVisitShare = 4;

// ---- pressure: a worker that cannot keep up looks into no payload. Under a flood in which most
// packets are new conversations, new ones get no entry but for one in eight, chosen by hash; after
// eight windows more the sketches are spared too, and one in 64 gets an entry: to find it a place
// takes up to eight lines nobody asked for. That the worker cannot keep up shows in bursts that are
// full for longer than a receive ring lasts ----
constexpr uint32_t kWindowBatches = 256;
constexpr uint32_t kPressedToShedSources = 8;
constexpr uint64_t kAdmittedMask = uint64_t{7} << 61, kAdmittedLaterMask = uint64_t{63} << 58;

// ---- a slice of settling: some ten microseconds ----
constexpr uint32_t kSliceGroups = 64;         // visited
constexpr uint32_t kSliceMarks = 64 * 1'024;  // looked at

// Whether it is plain from the entry alone that this end has sent before, so that how it came is
// noted: the note's line would be one more that a packet waits for. The marks of a hostile one are
// set for both ends at once.
bool has_sent(const FlowEntry& entry, FlowDirection direction) {
    constexpr uint8_t kMarks = flow_state::kSubstance | flow_state::kData | flow_state::kLife;
    return (entry.state >> direction & kMarks) != 0 &&
           (entry.inspection() & flow_inspection::kHostile) == 0;
}

}  // namespace

FlowStage::FlowStage(const FlowLimits& limits, const FlowHashKeys& keys, uint64_t sketch_seed,
                     Shedding shedding, uint32_t worker, RecordQueue* records)
    : table_(limits.flows, keys),
      records_(records),
      wires_(records == nullptr ? HugeArray<FlowWire>() : HugeArray<FlowWire>(table_.slots())),
      inspector_(worker),
      limits_(limits),
      seed_(sketch_seed),
      shedding_(shedding) {}

void FlowStage::process(FlowBatch& batch, const TableSet& table, Bank& bank) {
    const SignalSink sink{table.traits(), bank, seed_};
    Later later;
    uint32_t unknown = 0;
    // First all home lines, so that the second line of those who live elsewhere is on its way.
    std::array<uint32_t, kBurstPackets> places;
    for (uint32_t i = 0; i < batch.count; ++i) {
        places[i] = table_.find_at_home(batch.keys[i], batch.hashes[i]);
    }
    for (uint32_t i = 0; i < batch.count; ++i) {
        const PacketView& view = batch.views[i];
        if (!view.later_fragment) [[likely]] {
            const uint32_t at = places[i] != FlowTable::kAway
                                    ? places[i]
                                    : table_.find(batch.keys[i], batch.hashes[i]);
            if (at != FlowTable::kHomeless && table_.entry(at).generation() == tag_) [[likely]] {
                const FlowDirection direction = batch.keys[i].direction;
                const FlowEntry& entry = table_.entry(at);
                batch.origins[i] = {entry.origin(direction), entry.origin(direction ^ 1)};
                if (entry.inspection() != 0) [[unlikely]] {
                    inspect(at, batch, i, sink);
                }
                if (count_hit(at, batch, i, sink) == Flow::kNowAnswered) [[unlikely]] {
                    note_answered(at, batch, i, sink);
                }
                continue;
            }
            unknown += at == FlowTable::kHomeless ? 1 : 0;
        }
        later.index[later.count++] = static_cast<uint8_t>(i);
    }
    if (later.count != 0) {
        count_rest(batch, later, table, sink);
    }
    watch_pressure(batch, unknown, bank);
}

inline Flow FlowStage::count_hit(uint32_t at, const FlowBatch& batch, uint32_t i,
                                 const SignalSink& sink) {
    const FlowDirection direction = batch.keys[i].direction;
    const PacketView& view = batch.views[i];
    FlowEntry& entry = table_.entry(at);
    if (entry.packets[direction] == 0 && records_ != nullptr && !has_sent(entry, direction))
        [[unlikely]] {
        note_wire(at, batch, i);
    }
    if (settling_) [[unlikely]] {
        FlowTotals& totals = table_.totals(at);
        totals.packets[direction] += 1;
        totals.bytes[direction] += view.ip_bytes;
        count_packet(sink.bank, view, {entry.origin(direction), entry.origin(direction ^ 1)});
        if (totals.inspected()) [[unlikely]] {
            count_inspected(totals, entry, direction, {0, 1, view.ip_bytes}, sink);
        }
    } else {
        if (entry.packets[direction] == std::numeric_limits<uint16_t>::max() ||
            entry.bytes[direction] > std::numeric_limits<uint32_t>::max() - view.ip_bytes)
            [[unlikely]] {
            roll_up(at, sink);
        }
        if (!entry.touched()) {
            table_.mark_touched(at);
        }
        entry.packets[direction] += 1;
        entry.bytes[direction] += view.ip_bytes;
    }
    entry.last_seen = static_cast<uint16_t>(beat_);
    entry.tcp_flags |= view.tcp_flags;
    if (is_quiet(entry, direction)) {
        return Flow::kAsBefore;
    }
    return note_signals(entry, direction, view, sink, settling_ ? Tells::kEachTime : Tells::kOnce);
}

// Packets without a flow, of one whose origins are those of an old table, or of a new flow: looked
// up together, then taken in their order.
void FlowStage::count_rest(FlowBatch& batch, const Later& later, const TableSet& table,
                           const SignalSink& sink) {
    std::array<OriginPair, kBurstPackets> origins;
    look_up(table, {batch.views.data(), batch.count}, {later.index.data(), later.count}, origins);
    for (uint32_t n = 0; n < later.count; ++n) {
        prefetch_counts(sink.bank, origins[n]);
    }
    for (uint32_t n = 0; n < later.count; ++n) {
        const uint32_t i = later.index[n];
        const PacketView& view = batch.views[i];
        const FlowDirection direction = batch.keys[i].direction;
        const OriginPair pair = batch.origins[i] = origins[n];
        uint32_t at = FlowTable::kHomeless;
        bool is_new = false;
        if (!view.later_fragment) {
            // Another packet of this batch may have made it, or taken its place.
            at = table_.find(batch.keys[i], batch.hashes[i]);
            if (at == FlowTable::kHomeless) {
                at = place_flow(batch.keys[i], batch.hashes[i], table, sink);
                is_new = at != FlowTable::kHomeless;
            }
        }
        if (at == FlowTable::kHomeless) {
            count_packet(sink.bank, view, pair);
            if (records_ != nullptr) {
                records_->count_unfollowed(view.ip_bytes);
            }
            if (shed_ < ShedStage::kSources) {
                note_source(view, pair.source, sink);
            }
            continue;
        }
        FlowEntry& entry = table_.entry(at);
        if (entry.generation() != tag_) {
            entry.set_origins(direction == 0 ? pair.source : pair.destination,
                              direction == 0 ? pair.destination : pair.source);
            entry.set_generation(tag_);
        }
        if (is_new && batch.inspect != nullptr && shed_ == ShedStage::kNone) {
            open_inspected(at, batch, i, sink);
        }
        if (entry.inspection() != 0) {
            inspect(at, batch, i, sink);
        }
        if (count_hit(at, batch, i, sink) == Flow::kNowAnswered) {
            note_answered(at, batch, i, sink);
        }
    }
}

void FlowStage::note_answered(uint32_t at, const FlowBatch& batch, uint32_t i,
                              const SignalSink& sink) {
    const FlowEntry& entry = table_.entry(at);
    if (batch.has_members) {
        note_members(entry, batch.keys[i].direction, batch.members[i], sink);
    }
    if (batch.inspect != nullptr) {
        inspector_.followed_up(batch.views[i], beat_);
        note_site_answered(table_.totals(at), entry, sink);
    }
}

// ---- inspection: the totals' line is asked for by new flows and labelled ones alone ----

void FlowStage::open_inspected(uint32_t at, const FlowBatch& batch, uint32_t i,
                               const SignalSink& sink) {
    table_.entry(at).set_inspection(kInspectedPackets);
    take_finding(at, inspector_.open(*batch.inspect, batch.frames[i], batch.views[i], beat_), sink);
}

void FlowStage::inspect(uint32_t at, const FlowBatch& batch, uint32_t i, const SignalSink& sink) {
    FlowEntry& entry = table_.entry(at);
    const PacketView& view = batch.views[i];
    // Before the look: what the payload says is to find the label's place free.
    const bool followed_up = (entry.state & kFollowedUp) != 0 || view.payload_bytes != 0;
    if ((entry.inspection() & flow_inspection::kProvisional) != 0 && followed_up) {
        withdraw_label(at);
    }
    if ((view.tcp_flags & (kTcpSyn | kTcpAck)) == kTcpSyn) {
        const FlowTotals& totals = table_.totals(at);  // what an earlier bank has seen
        if (entry.touched() || (totals.packets[0] | totals.packets[1]) != 0) {
            inspector_.repeated(view, beat_);
        }
    }
    if (!entry.wants_look() || view.payload_bytes == 0 || batch.inspect == nullptr ||
        shed_ != ShedStage::kNone) {
        return;
    }
    entry.set_inspection(static_cast<uint8_t>(entry.inspection() - 1));  // a look less
    take_finding(at, inspector_.look(*batch.inspect, batch.frames[i], view, sink.bank.inspected),
                 sink);
}

void FlowStage::take_finding(uint32_t at, const Finding& finding, const SignalSink& sink) {
    FlowEntry& entry = table_.entry(at);
    FlowTotals& totals = table_.totals(at);
    if (finding.label != kLabelNone && totals.label == kLabelNone) {
        totals.label = finding.label;
        // What was rolled up before it had one is the label's as well.
        note_labelled(totals, entry, sink);
    }
    if (finding.site != kSiteNone && totals.site == kSiteNone) {
        totals.site = finding.site;
        note_site(totals, entry, sink);
    }
    uint8_t inspection = entry.inspection();
    if (finding.done) {
        inspection &= static_cast<uint8_t>(~flow_inspection::kLooks);
    }
    inspection |= finding.hostile && !finding.provisional ? flow_inspection::kHostile : 0;
    inspection |= finding.provisional ? flow_inspection::kProvisional : 0;
    entry.set_inspection(inspection);
}

void FlowStage::withdraw_label(uint32_t at) {
    FlowEntry& entry = table_.entry(at);
    entry.set_inspection(static_cast<uint8_t>(entry.inspection() & ~flow_inspection::kProvisional));
    table_.totals(at).label = kLabelNone;
}

uint32_t FlowStage::place_flow(const FlowKey& key, uint64_t hash, const TableSet& table,
                               const SignalSink& sink) {
    FlowCounts& counts = sink.bank.flows;
    if (shed_ >= ShedStage::kFlows) {
        const uint64_t mask = shed_ < ShedStage::kSources ? kAdmittedMask : kAdmittedLaterMask;
        if ((hash & mask) != 0) {
            return FlowTable::kHomeless;
        }
    }
    uint32_t at = table_.free_slot(hash);
    if (at == FlowTable::kHomeless) {
        at = table_.victim(hash, static_cast<uint16_t>(beat_),
                           static_cast<uint16_t>(limits_.idle_s * kBeatsPerSecond));
        if (at == FlowTable::kHomeless) {
            counts.refused += 1;
            return at;
        }
        counts.evicted += 1;
        if (table_.entry(at).touched()) {
            roll_up(at, sink);
            note_two_way(table_.entry(at), sink);
        }
        record(at, FlowEnd::kEvicted, table);
        table_.erase(at);
    }
    counts.created += 1;
    counts.displaced += table_.is_home(at, hash) ? 0 : 1;
    table_.put(at, key, hash);
    table_.totals(at) = {
        .bytes = {}, .packets = {}, .first_seen = beat_, .label = kLabelNone, .site = kSiteNone};
    if (records_ != nullptr) {
        wires_[at] = {.vlans = {}, .inputs = {}, .initiator = key.direction};
    }
    return at;
}

// ---- records: how a flow came is asked for once a bank and direction ----

void FlowStage::note_wire(uint32_t at, const FlowBatch& batch, uint32_t i) {
    FlowWire& wire = wires_[at];
    const FlowDirection direction = batch.keys[i].direction;
    if (wire.inputs[direction] != 0) {
        return;
    }
    const PacketView& view = batch.views[i];
    Cursor link(batch.frames[i], static_cast<uint32_t>(batch.frames[i].size()));
    link.take(view.ip_offset - view.link_bytes);
    link.end_after(view.link_bytes);
    wire.vlans[direction] = link_addresses(link).vlan;
    wire.inputs[direction] = batch.input;
}

void FlowStage::record(uint32_t at, FlowEnd end, const TableSet& table) {
    const FlowTotals& totals = table_.totals(at);
    if (records_ == nullptr || (totals.packets[0] | totals.packets[1]) == 0) {
        return;  // one that was cut, and said nothing since
    }
    const FlowEntry& entry = table_.entry(at);
    const FlowWire& wire = wires_[at];
    const auto idle = static_cast<uint16_t>(static_cast<uint16_t>(beat_) - entry.last_seen);
    FlowRecord record{
        .addresses = entry.addresses,
        .bytes = totals.bytes,
        .packets = totals.packets,
        .origins = {entry.origin(0), entry.origin(1)},
        .generation = table.generation(),
        .ports = entry.ports,
        .first_beat = totals.first_seen,
        .last_beat = beat_ - idle,
        .vlans = wire.vlans,
        .label = totals.label,
        .inputs = wire.inputs,
        .protocol = entry.protocol(),
        .tcp_flags = entry.tcp_flags,
        .initiator = wire.initiator,
        .ipv6 = entry.ipv6(),
        .end = end,
        .flow_class = (entry.inspection() & flow_inspection::kHostile) != 0 ? FlowClass::kHostile
                      : (entry.state & flow_state::kAnswered) != 0          ? FlowClass::kAnswered
                                                                   : FlowClass::kUnanswered};
    if (entry.generation() != tag_) {  // not seen since the table came
        if (record.ipv6) {
            std::array<Ipv6Bytes, 2> ends;
            std::memcpy(ends.data(), entry.addresses.data(), sizeof(ends));
            table.lookup6(ends, record.origins);
        } else {
            const std::array<uint32_t, 2> ends{static_cast<uint32_t>(entry.addresses[1]),
                                               static_cast<uint32_t>(entry.addresses[3])};
            table.lookup4(ends, record.origins);
        }
    }
    records_->offer(record, records_->samples() ? table_.hash_of_entry(entry) : 0);
}

bool FlowStage::end_flows(const TableSet& table, uint32_t at_most) {
    for (; ended_ < table_.slots() && at_most != 0; ++ended_) {
        if (table_.entry(ended_).occupied()) {
            record(ended_, FlowEnd::kForced, table);
            table_.erase(ended_);
            --at_most;
        }
    }
    return ended_ == table_.slots();
}

void FlowStage::roll_up(uint32_t at, const SignalSink& sink) {
    Bank& bank = sink.bank;
    FlowEntry& entry = table_.entry(at);
    FlowTotals& totals = table_.totals(at);
    for (FlowDirection direction = 0; direction < 2; ++direction) {
        const uint32_t packets = entry.packets[direction];
        if (packets == 0) {
            continue;
        }
        add_sent(bank, entry.origin(direction), packets, entry.bytes[direction]);
        add_received(bank, entry.origin(direction ^ 1), packets, entry.bytes[direction]);
        totals.packets[direction] += packets;
        totals.bytes[direction] += entry.bytes[direction];
        if (totals.inspected()) {
            count_inspected(totals, entry, direction, {0, packets, entry.bytes[direction]}, sink);
        }
    }
    entry.packets = {};
    entry.bytes = {};
    entry.forget_reports();
}

void FlowStage::adopt() {
    tag_ = tag_ % (FlowEntry::kGenerations - 1) + 1;
    adopted_ = true;
}

void FlowStage::begin_settling() {
    const uint32_t due = std::max(1u, limits_.idle_s * kBeatsPerSecond / kVisitShare);
    // Generation tags come round after 63 tables; no entry may be left behind until then.
    visits_all_ = adopted_ || beat_ - visited_beat_ >= due;
    if (visits_all_) {
        adopted_ = false;
        visited_beat_ = beat_;
    }
    settling_ = true;
    cursor_ = 0;
}

bool FlowStage::settle(const TableSet& table, Bank& bank) {
    const SignalSink sink{table.traits(), bank, seed_};
    constexpr uint64_t kTouched = FlowTable::kTouched * 0x0101010101010101ull;
    const uint64_t wanted = visits_all_ ? ~0ull : kTouched;
    const uint8_t* const marks = table_.marks();
    uint32_t visited = 0;
    const uint32_t end = std::min(table_.groups(), cursor_ + kSliceMarks);
    for (; cursor_ < end && visited < kSliceGroups; cursor_ += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, marks + cursor_, sizeof(word));
        word &= wanted;
        while (word != 0) {
            const auto byte = static_cast<uint32_t>(__builtin_ctzll(word)) / 8;
            word &= ~(uint64_t{0xff} << (byte * 8));
            visit(cursor_ + byte, table, sink);
            ++visited;
        }
    }
    return cursor_ >= table_.groups();
}

void FlowStage::visit(uint32_t group, const TableSet& table, const SignalSink& sink) {
    uint8_t mark = 0;
    for (uint32_t at = group * FlowTable::kGroupSlots; at < (group + 1) * FlowTable::kGroupSlots;
         ++at) {
        FlowEntry& entry = table_.entry(at);
        if (!entry.occupied()) {
            continue;
        }
        if (entry.touched()) {
            roll_up(at, sink);
            note_two_way(entry, sink);
            if (table_.totals(at).most_packets() >= limits_.record_packets) [[unlikely]] {
                cut(at, table, sink.bank);
            }
        }
        if (visits_all_) {
            if (entry.generation() != tag_) {
                entry.set_generation(0);
            }
            age(at, table, sink.bank);
        }
        mark |= entry.occupied() ? FlowTable::kTaken : uint8_t{0};
    }
    table_.marks()[group] = mark;
}

void FlowStage::age(uint32_t at, const TableSet& table, Bank& bank) {
    const FlowEntry& entry = table_.entry(at);
    const FlowTotals& totals = table_.totals(at);
    const auto idle = static_cast<uint16_t>(static_cast<uint16_t>(beat_) - entry.last_seen);
    const bool answered = (entry.state & flow_state::kAnswered) != 0;
    if ((entry.tcp_flags & (kTcpFin | kTcpRst)) != 0 && idle > limits_.ended_s * kBeatsPerSecond) {
        bank.flows.ended += 1;
        record(at, FlowEnd::kEnded, table);
        table_.erase(at);
    } else if (idle > limits_.idle_s * kBeatsPerSecond / (answered ? 1 : kUnansweredShare)) {
        bank.flows.idle += 1;
        record(at, FlowEnd::kIdle, table);
        table_.erase(at);
    } else if (beat_ - totals.first_seen > limits_.active_s * kBeatsPerSecond) {
        cut(at, table, bank);
    }
}

void FlowStage::cut(uint32_t at, const TableSet& table, Bank& bank) {
    FlowTotals& totals = table_.totals(at);
    bank.flows.active += 1;
    record(at, FlowEnd::kActive, table);
    totals = {.bytes = {},
              .packets = {},
              .first_seen = beat_,
              .label = totals.label,
              .site = totals.site};
}

void FlowStage::watch_pressure(const FlowBatch& batch, uint32_t unknown, Bank& bank) {
    FlowCounts& counts = bank.flows;
    if (shed_ != ShedStage::kNone) {
        counts.shed_stage = std::max(counts.shed_stage, shed_);
        counts.shed_inspect_packets += batch.inspect != nullptr ? unknown : 0;
        counts.shed_flow_packets += shed_ >= ShedStage::kFlows ? unknown : 0;
        counts.shed_source_packets += shed_ == ShedStage::kSources ? unknown : 0;
    }
    window_packets_ += batch.count;
    window_unknown_ += unknown;
    if (++window_batches_ < kWindowBatches) {
        return;
    }
    const bool saturated =
        shedding_ == Shedding::kUnderPressure && window_packets_ == kWindowBatches * kBurstPackets;
    const bool flooded = saturated && window_unknown_ * 2 > window_packets_;
    pressed_windows_ = flooded ? pressed_windows_ + 1 : 0;
    const bool sheds_looks = saturated && batch.inspect != nullptr;
    shed_ = !flooded && sheds_looks                    ? ShedStage::kInspect
            : !flooded                                 ? ShedStage::kNone
            : pressed_windows_ > kPressedToShedSources ? ShedStage::kSources
                                                       : ShedStage::kFlows;
    window_batches_ = window_packets_ = window_unknown_ = 0;
}

}  // namespace lull
