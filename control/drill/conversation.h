// One conversation as a script of packets: who sends, what, and when the next one comes. A value
// that is played step by step; the tap stands between the two ends, so a round trip has a part on
// either side of it.
#pragma once

#include <cstdint>

#include "control/drill/frames.h"
#include "control/drill/random.h"

namespace lull {

enum class ConversationKind : uint8_t { kTcp, kDns, kQuic, kPing, kScan, kLeaked };

struct Conversation {
    Endpoint from;  // who begins
    Endpoint to;
    uint64_t from_events = 0;  // bit i: event i of the scenario is about this end
    uint64_t to_events = 0;
    double from_luck = 0;  // in [0, 1): an event of depth d takes the ends below d
    double to_luck = 0;
    uint64_t dice = 0;
    uint32_t from_sequence = 0;  // next byte each end sends
    uint32_t to_sequence = 0;
    uint32_t near_us = 0;  // round trip between the tap and `from`
    uint32_t far_us = 0;   // and `to`
    uint16_t from_port = 0;
    uint16_t to_port = 0;
    uint16_t vlan = 0;
    ConversationKind kind = ConversationKind::kTcp;
    uint8_t step = 0;
    uint8_t segments = 1;  // of data in the answer
    uint8_t requests = 0;  // sent so far, when nobody answers
};

/// What a step does. `wait_ns` is the time until the next step; `last` says there is none.
struct Step {
    PacketSpec packet;  // its ends point into the conversation
    int64_t wait_ns = 0;
    bool by_initiator = true;
    bool last = false;
};

/// Mean packets of a conversation between two ends that both live.
inline constexpr double kMeanPackets = 0.62 * 8.6 + 0.18 * 2 + 0.15 * 6.6 + 0.05 * 2;
inline constexpr double kScanAnsweredShare = 0.03;
inline constexpr double kTaggedShare = 0.05;  // of conversations, in a VLAN
inline constexpr uint8_t kMaxRequests = 3;    // a SYN or query is repeated twice

/// Fills kind, ports, sequence numbers and round trips; the ends are set already.
void begin_conversation(Conversation& talk, Random& random);
void begin_scan(Conversation& talk, Random& random);
/// One packet of private space that leaked onto the wire.
void begin_leaked(Conversation& talk, Random& random);

/// The packet of the current step.
[[nodiscard]] Step step_of(const Conversation& talk);
/// Moves on past `step`, which has been sent.
void advance(Conversation& talk, const Step& step);

}  // namespace lull
