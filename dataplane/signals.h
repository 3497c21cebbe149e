// What a packet of a flow says about the people at its two ends: that a network sends, that
// somebody asks, that somebody lives, that a conversation is answered. A sketch is told once a
// flow, direction and bank; the flow remembers what it has told.
//
//   answered  both ways more than a bare SYN, SYN-ACK or RST (they answer floods and scans as well)
//   life      cannot be backscatter, seen from one side alone: two data-bearing TCP segments of
//             advancing sequence, several UDP packets that no reflector sends, ESP, GRE, SCTP
//   demand    TCP SYN without ACK, UDP toward the lower port
#pragma once

#include <span>

#include "dataplane/bank.h"
#include "dataplane/flow_table.h"
#include "dataplane/parse.h"
#include "dataplane/types.h"

namespace lull {

/// What note_signals needs beside the packet; the same for a whole batch.
struct SignalSink {
    std::span<const OriginTraits> traits;  // by OriginId
    Bank& bank;
    uint64_t seed;
};

/// Whether nothing that `direction` may still send in this bank can tell anything new.
inline bool is_quiet(const FlowEntry& entry, FlowDirection direction) {
    constexpr uint8_t kKnown = flow_state::kSubstance | flow_state::kLife;
    constexpr uint8_t kTold = flow_report::kSource | flow_report::kLife;
    const auto known = static_cast<uint8_t>(entry.state >> direction);
    const auto told = static_cast<uint8_t>(entry.reported() >> direction);
    return (told & kTold) == kTold &&
           ((entry.state & flow_state::kAnswered) != 0 || (known & kKnown) == kKnown);
}

/// kOnce: the flow remembers what it tells; not so while a bank is being settled, whose end would
/// not make it forget.
enum class Tells : uint8_t { kOnce, kEachTime };
/// What a packet made of its flow: kNowAnswered once in a flow's life.
enum class Flow : uint8_t { kAsBefore, kNowAnswered };
/// Takes a packet of the flow into account.
Flow note_signals(FlowEntry& entry, FlowDirection direction, const PacketView& view,
                  const SignalSink& sink, Tells tells);

/// A flow that a packet in `direction` has just made an answered one: for the area at either end,
/// by which member's port it came or goes.
void note_members(const FlowEntry& entry, FlowDirection direction, MemberPair members,
                  const SignalSink& sink);

// ---- what inspection knows of a flow, into the bank; `counts` are one direction's ----

/// Somebody follows up, or the flow carries data: it is no flood's.
inline constexpr uint8_t kFollowedUp =
    flow_state::kAnswered | flow_state::kData | flow_state::kData << 1;

/// More packets of a flow with a label or site.
[[gnu::cold]] void count_inspected(const FlowTotals& totals, const FlowEntry& entry,
                                   FlowDirection direction, const LabelCounts& counts,
                                   const SignalSink& sink);
/// A flow has just got its label: it, and what its totals hold.
void note_labelled(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink);
/// Likewise its site.
void note_site(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink);
/// A flow has just become an answered one.
void note_site_answered(const FlowTotals& totals, const FlowEntry& entry, const SignalSink& sink);

/// Counts the flow, of which packets were seen in this bank, as living and as seen both ways.
void note_two_way(const FlowEntry& entry, const SignalSink& sink);

/// Of a packet without a flow: that its source's network sends.
void note_source(const PacketView& view, OriginId source, const SignalSink& sink);

/// Whether a packet asks for something.
bool is_request(const PacketView& view);

}  // namespace lull
