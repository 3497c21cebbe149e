// Sizes follow the Internet mix: of twelve packets about eight small, three of 576 bytes and one
// full one.
#include "control/drill/conversation.h"

namespace lull {
namespace {

constexpr uint32_t kMediumPayload = 536;  // 576 with IPv4 and TCP
constexpr uint32_t kFullShareOfTen = 2;   // of data segments
constexpr uint32_t kQuicPayload = 1200;   // RFC 9000 §14.1
constexpr uint32_t kTcpScriptSteps = 7;   // beside the data segments
constexpr uint32_t kQuicScriptSteps = 5;
constexpr int64_t kNsPerUs = 1000;
constexpr int64_t kNsPerMs = 1'000'000;
constexpr uint32_t kMinHopUs = 1'000;
constexpr uint32_t kMaxHopUs = 120'000;

/// A number for this step alone, in [low, high].
uint32_t roll(const Conversation& talk, uint32_t salt, uint32_t low, uint32_t high) {
    const uint64_t bits = mix64(talk.dice + (uint64_t{talk.step} << 8) + salt);
    return low + static_cast<uint32_t>((bits >> 32) * (high - low + 1) >> 32);
}

uint16_t data_bytes(const Conversation& talk) {
    return roll(talk, 1, 0, 9) < kFullShareOfTen ? kMaxPayloadBytes : kMediumPayload;
}

void send(Step& step, uint8_t flags, uint32_t payload_bytes) {
    step.packet.flags = flags;
    step.packet.payload_bytes = static_cast<uint16_t>(payload_bytes);
}

/// SYN, SYN-ACK, ACK, request, 1-3 segments, ACK, FIN, FIN.
void play_tcp(const Conversation& talk, Step& step) {
    const int64_t near_ns = talk.near_us * kNsPerUs;
    const int64_t far_ns = talk.far_us * kNsPerUs;
    const uint32_t data_end = 4u + talk.segments;
    step.packet.payload = talk.to_port == 443 ? Payload::kTls : Payload::kNoise;
    if (talk.step == 0) {
        send(step, kTcpSyn, 0);
        step.wait_ns = far_ns;
    } else if (talk.step == 1) {
        step.by_initiator = false;
        send(step, kTcpSyn | kTcpAck, 0);
        step.wait_ns = near_ns;
    } else if (talk.step == 2) {
        send(step, kTcpAck, 0);
        step.wait_ns = roll(talk, 2, 50, 2'000) * kNsPerUs;
    } else if (talk.step == 3) {
        if (talk.to_port == 443) step.packet.payload = Payload::kHello;
        send(step, kTcpAck | kTcpPsh, roll(talk, 3, 120, 560));
        step.wait_ns = far_ns + roll(talk, 2, 1, 60) * kNsPerMs;
    } else if (talk.step < data_end) {
        step.by_initiator = false;
        send(step, kTcpAck | kTcpPsh, data_bytes(talk));
        step.wait_ns = talk.step + 1u == data_end ? near_ns : roll(talk, 2, 12, 800) * kNsPerUs;
    } else if (talk.step == data_end) {
        send(step, kTcpAck, 0);
        step.wait_ns = roll(talk, 2, 1, 500) * kNsPerMs;
    } else if (talk.step == data_end + 1) {
        send(step, kTcpFin | kTcpAck, 0);
        step.wait_ns = far_ns;
    } else {
        step.by_initiator = false;
        send(step, kTcpFin | kTcpAck, 0);
    }
    step.last = talk.step + 1u == kTcpScriptSteps + talk.segments;
}

void play_quic(const Conversation& talk, Step& step) {
    const int64_t near_ns = talk.near_us * kNsPerUs;
    const int64_t far_ns = talk.far_us * kNsPerUs;
    step.packet.payload = Payload::kQuic;
    const uint32_t data_end = 4u + talk.segments;
    if (talk.step == 0) {
        send(step, 0, kQuicPayload);
        step.wait_ns = far_ns;
    } else if (talk.step == 1) {
        step.by_initiator = false;
        send(step, 0, kQuicPayload);
        step.wait_ns = near_ns;
    } else if (talk.step == 2) {
        send(step, 0, roll(talk, 3, 40, 90));
        step.wait_ns = roll(talk, 2, 50, 2'000) * kNsPerUs;
    } else if (talk.step == 3) {
        send(step, 0, roll(talk, 3, 100, 400));
        step.wait_ns = far_ns + roll(talk, 2, 1, 40) * kNsPerMs;
    } else if (talk.step < data_end) {
        step.by_initiator = false;
        send(step, 0, data_bytes(talk));
        step.wait_ns = talk.step + 1u == data_end ? near_ns : roll(talk, 2, 12, 800) * kNsPerUs;
    } else {
        send(step, 0, roll(talk, 3, 24, 48));
    }
    step.last = talk.step + 1u == kQuicScriptSteps + talk.segments;
}

/// A question and its answer.
void play_pair(const Conversation& talk, Step& step) {
    step.by_initiator = talk.step == 0;
    step.last = talk.step == 1;
    step.wait_ns = talk.far_us * kNsPerUs;
    if (talk.kind == ConversationKind::kPing) {
        send(step, step.by_initiator ? 0 : 1, 56);
    } else if (step.by_initiator) {
        step.packet.payload = Payload::kDnsQuery;
        send(step, 0, roll(talk, 3, 29, 60));
    } else {
        step.packet.payload = Payload::kDnsAnswer;
        send(step, 0, roll(talk, 3, 80, 480));
    }
}

/// A SYN, and from the few that something listens on, or refuses, a RST.
void play_scan(const Conversation& talk, Step& step) {
    step.by_initiator = talk.step == 0;
    send(step, step.by_initiator ? kTcpSyn : kTcpRst | kTcpAck, 0);
    step.wait_ns = talk.far_us * kNsPerUs;
    step.last = talk.step + 1u >= talk.segments;
}

uint8_t protocol_of(ConversationKind kind) {
    switch (kind) {
        case ConversationKind::kTcp:
        case ConversationKind::kScan:
            return kProtocolTcp;
        case ConversationKind::kPing:
            return kProtocolIcmp;
        case ConversationKind::kDns:
        case ConversationKind::kQuic:
        case ConversationKind::kLeaked:
            return kProtocolUdp;
    }
    return kProtocolUdp;
}

ConversationKind draw_kind(Random& random) {
    const uint32_t percent = random.below32(100);
    if (percent < 62) return ConversationKind::kTcp;
    if (percent < 80) return ConversationKind::kDns;
    return percent < 95 ? ConversationKind::kQuic : ConversationKind::kPing;
}

uint16_t draw_port(ConversationKind kind, Random& random) {
    if (kind == ConversationKind::kDns) return 53;
    if (kind == ConversationKind::kQuic) return 443;
    const uint32_t percent = random.below32(100);
    if (percent < 72) return 443;
    if (percent < 90) return 80;
    return percent < 95 ? 993 : 22;
}

void begin_common(Conversation& talk, Random& random) {
    talk.dice = random.next();
    talk.from_luck = random.unit();
    talk.to_luck = random.unit();
    const uint64_t numbers = random.next();
    talk.from_sequence = static_cast<uint32_t>(numbers);
    talk.to_sequence = static_cast<uint32_t>(numbers >> 32);
    talk.near_us = random.between(kMinHopUs, kMaxHopUs);
    talk.far_us = random.between(kMinHopUs, kMaxHopUs);
    talk.from_port = static_cast<uint16_t>(random.between(32'768, 60'999));
    talk.step = 0;
    talk.requests = 0;
    talk.vlan = random.unit() < kTaggedShare ? static_cast<uint16_t>(random.between(100, 119)) : 0;
}

}  // namespace

void begin_conversation(Conversation& talk, Random& random) {
    begin_common(talk, random);
    talk.kind = draw_kind(random);
    talk.to_port = draw_port(talk.kind, random);
    // 1, 2 or 3 segments in 55, 30 and 15 of a hundred: 1.6 on average, see kMeanPackets.
    const uint32_t percent = random.below32(100);
    talk.segments = percent < 55 ? 1 : percent < 85 ? 2 : 3;
}

void begin_scan(Conversation& talk, Random& random) {
    constexpr std::array<uint16_t, 8> kScanned{23, 22, 445, 3389, 80, 8080, 5555, 2323};
    begin_common(talk, random);
    talk.kind = ConversationKind::kScan;
    talk.to_port = kScanned[random.below(kScanned.size())];
    talk.segments = random.unit() < kScanAnsweredShare ? 2 : 1;
}

void begin_leaked(Conversation& talk, Random& random) {
    begin_common(talk, random);
    talk.kind = ConversationKind::kLeaked;
    talk.to_port = 53;
    talk.segments = 1;
}

Step step_of(const Conversation& talk) {
    Step step;
    switch (talk.kind) {
        case ConversationKind::kTcp:
            play_tcp(talk, step);
            break;
        case ConversationKind::kQuic:
            play_quic(talk, step);
            break;
        case ConversationKind::kDns:
        case ConversationKind::kPing:
            play_pair(talk, step);
            break;
        case ConversationKind::kScan:
            play_scan(talk, step);
            break;
        case ConversationKind::kLeaked:
            step.packet.payload = Payload::kDnsQuery;
            send(step, 0, 33);
            step.last = true;
            break;
    }
    PacketSpec& packet = step.packet;
    const bool begins = step.by_initiator;
    packet.from = begins ? &talk.from : &talk.to;
    packet.to = begins ? &talk.to : &talk.from;
    packet.protocol = protocol_of(talk.kind);
    packet.from_port = begins ? talk.from_port : talk.to_port;
    packet.to_port = begins ? talk.to_port : talk.from_port;
    if (talk.kind == ConversationKind::kPing) {
        packet.from_port = talk.from_port;
        packet.to_port = 1;
    }
    packet.sequence = begins ? talk.from_sequence : talk.to_sequence;
    packet.acknowledged = (packet.flags & kTcpAck) == 0 ? 0
                          : begins                      ? talk.to_sequence
                                                        : talk.from_sequence;
    packet.ttl = static_cast<uint8_t>(48 + (begins ? talk.near_us : talk.far_us) % 16);
    packet.ip_id =
        static_cast<uint16_t>((talk.dice >> 16 ^ talk.step) + (uint64_t{talk.requests} << 8));
    packet.vlan = talk.vlan;
    return step;
}

void advance(Conversation& talk, const Step& step) {
    uint32_t used = step.packet.payload_bytes;
    if ((step.packet.flags & (kTcpSyn | kTcpFin)) != 0) ++used;
    (step.by_initiator ? talk.from_sequence : talk.to_sequence) += used;
    ++talk.step;
}

}  // namespace lull
