// See wire.h. Sequence numbers are compared as RFC 9293 §3.4 says: by the sign of their difference.
#include "dataplane/wire.h"

#include <algorithm>
#include <limits>

#include "dataplane/cursor.h"
#include "dataplane/headers.h"
#include "dataplane/sources.h"

namespace lull {

namespace {

// No window is larger (RFC 7323 §2.3): who jumps further is not the conversation that was followed.
constexpr uint32_t kMaxWindow = 1u << 30;
// For holes of a direction of which no data was seen: a full frame's.
constexpr uint32_t kUsualSegment = 1460;
// A flow that gave way within this time may have been alive.
constexpr uint64_t kAliveUs = 2'000'000;
constexpr uint32_t kDisplacedAlive = 64;  // in a period: the sample is too large for the table
// The sample is doubled when a period has a quarter of what it may.
constexpr uint32_t kQuietShare = 4;
constexpr uint16_t kIpv4MoreFragments = 0x2000;

constexpr bool is_after(uint32_t a, uint32_t b) {
    return static_cast<int32_t>(a - b) > 0;
}

}  // namespace

bool WireProbe::read(std::span<const uint8_t> bytes, const PacketView& view, Segment& segment) {
    if (view.protocol != kProtocolTcp || view.later_fragment || view.ip_offset == 0) {
        return false;
    }
    Cursor packet(bytes, 0);
    packet.take(view.ip_offset);
    uint32_t identification = 0, layer4_bytes = 0;
    if (view.family == Family::kIpv4) {
        if (!packet.has(kIpv4Bytes)) {
            return false;
        }
        const uint8_t* header = packet.data();
        const uint32_t header_bytes = (header[0] & 0x0f) * 4u;
        const uint32_t total = load_be16(header + 2);
        // The header's word, not the frame's: a sliced frame is no hole.
        layer4_bytes = std::max(total != 0 ? total : view.ip_bytes, header_bytes) - header_bytes;
        identification = load_be16(header + 4);
        segment.fragmented = (load_be16(header + 6) & kIpv4MoreFragments) != 0;
        packet.take(header_bytes);
    } else {
        // Behind extension headers TCP is rare: not looked for.
        if (!packet.has(kIpv6Bytes) || packet.data()[6] != kProtocolTcp) {
            return false;
        }
        const uint32_t payload = load_be16(packet.data() + 4);
        layer4_bytes = payload != 0 ? payload : std::max(view.ip_bytes, kIpv6Bytes) - kIpv6Bytes;
        packet.take(kIpv6Bytes);
    }
    const uint8_t* tcp = packet.take(kTcpBytes);
    if (tcp == nullptr) {
        return false;
    }
    segment.sequence = load_be32(tcp + 4);
    segment.acknowledged = load_be32(tcp + 8);
    segment.flags = tcp[13];
    const uint32_t tcp_bytes = std::max<uint32_t>((tcp[12] >> 4) * 4u, kTcpBytes);
    segment.data_bytes = layer4_bytes > tcp_bytes ? layer4_bytes - tcp_bytes : 0;
    // Offset, flags, window and checksum, which sums up the payload; not what a hop may change.
    const uint64_t rest =
        uint64_t{load_be32(tcp + 12)} << 32 | uint64_t{load_be16(tcp + 16)} << 16 | identification;
    segment.digest = static_cast<uint32_t>(
        mix(uint64_t{segment.sequence} << 32 | segment.acknowledged, rest + segment.data_bytes));
    return true;
}

void WireProbe::look(std::span<const uint8_t> bytes, const PacketView& view,
                     FlowDirection direction, uint64_t hash, uint32_t slot, Bank& bank) {
    Segment segment;
    if (!read(bytes, view, segment)) {
        return;
    }
    if (++looked_ > kPeriodPackets || displaced_ > kDisplacedAlive) {
        halve_sample();
        if (!samples(hash)) {
            return;
        }
    }
    Flow& flow = flow_of(hash);
    flow.last_seen_us = now_us_;
    if ((segment.flags & kTcpRst) != 0 || segment.fragmented) {
        // The numbers of a reset are often made up; and bytes that cannot be seen are not lost.
        flow.sides = {};
        return;
    }
    Side& mine = flow.sides[direction];
    Side& theirs = flow.sides[direction ^ 1];
    WireCounts& counts = bank.wire[slot];
    hear(mine, theirs, segment, slot);
    if (segment.data_bytes != 0 && theirs.heard) {
        compare(mine, segment, now_us_, counts);
    }
    if (extend(mine, segment) && theirs.heard && mine.based) {
        counts.seen += 1;
    }
    if ((segment.flags & kTcpAck) != 0) {
        acknowledge(theirs, segment.acknowledged);
        settle(theirs, bank);
    }
    settle(mine, bank);
}

void WireProbe::hear(Side& mine, Side& theirs, const Segment& segment, uint32_t slot) {
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    const bool repeats_syn = mine.begun && mine.first == segment.sequence;
    const uint32_t ahead = segment.sequence - mine.end;
    if (is_syn && !repeats_syn) {
        if ((segment.flags & kTcpAck) == 0) {
            theirs = {};  // the ports are used again
        }
        mine = {};
        mine.heard = mine.begun = mine.based = true;
        mine.first = segment.sequence;
        mine.end = mine.acked = segment.sequence + 1;
    } else if (!mine.heard || (ahead > kMaxWindow && ahead < 0u - kMaxWindow)) {
        mine = {};
        mine.heard = true;  // in mid-conversation: nothing before this is judged
        mine.end = segment.sequence;
    }
    mine.packets += mine.packets < std::numeric_limits<uint32_t>::max() ? 1 : 0;
    mine.segment = std::max(mine.segment, segment.data_bytes);
    mine.slot = static_cast<uint8_t>(slot);
}

void WireProbe::compare(Side& mine, const Segment& segment, uint64_t now_us, WireCounts& counts) {
    const auto now = static_cast<uint32_t>(now_us);
    counts.compared += 1;
    for (const Twin& twin : mine.twin) {
        if (twin.digest == segment.digest && now - twin.time_us < kTwinUs) {
            counts.duplicates += 1;
            return;
        }
    }
    mine.twin[mine.next_twin++ % kTwins] = {segment.digest, now};
}

// Whether the segment brought data that was not seen before.
bool WireProbe::extend(Side& mine, const Segment& segment) {
    const uint32_t begin = segment.sequence + ((segment.flags & kTcpSyn) != 0 ? 1 : 0);
    const uint32_t end = begin + segment.data_bytes;
    const uint32_t end_with_fin = end + ((segment.flags & kTcpFin) != 0 ? 1 : 0);
    bool is_new = is_after(end, mine.end);
    if (mine.based && is_after(begin, mine.end) && mine.holes < kHoles) {
        mine.hole[mine.holes++] = {mine.end, begin};
    } else if (mine.holes != 0) {
        is_new |= fill(mine, begin, end);
    }
    if (is_after(end_with_fin, mine.end)) {
        mine.end = end_with_fin;
    }
    return is_new && segment.data_bytes != 0;
}

// Takes [begin, end) from the holes; of a hole that would fall in two the first part goes too.
bool WireProbe::fill(Side& side, uint32_t begin, uint32_t end) {
    bool filled = false;
    uint8_t kept = 0;
    for (uint8_t i = 0; i < side.holes; ++i) {
        Hole hole = side.hole[i];
        if (is_after(end, hole.begin) && is_after(hole.end, begin)) {
            filled = true;
            if (!is_after(hole.end, end)) {
                hole.end = is_after(begin, hole.begin) ? begin : hole.begin;
            } else {
                hole.begin = end;
            }
        }
        if (is_after(hole.end, hole.begin)) {
            side.hole[kept++] = hole;
        }
    }
    side.holes = kept;
    return filled;
}

void WireProbe::acknowledge(Side& theirs, uint32_t acknowledged) {
    if (!theirs.heard) {
        return;
    }
    if (!theirs.based) {
        // What was on its way when the first packet was seen may be acknowledged: wait until the
        // other end speaks of what was seen.
        if (!is_after(acknowledged, theirs.end) && theirs.end - acknowledged < kMaxWindow) {
            theirs.based = true;
            theirs.acked = acknowledged;
        }
    } else if (acknowledged - theirs.acked < kMaxWindow) {
        theirs.acked = acknowledged;
    }
}

// Holes that the other end does not have are lost. A side never has more lost than it has shown
// packets: one conversation with made-up numbers does not blind a port.
void WireProbe::settle(Side& side, Bank& bank) {
    if (side.holes == 0 || !side.based) {
        return;
    }
    uint8_t kept = 0;
    for (uint8_t i = 0; i < side.holes; ++i) {
        const Hole hole = side.hole[i];
        if (is_after(hole.end, side.acked)) {
            side.hole[kept++] = hole;
            continue;
        }
        const uint32_t size = side.segment != 0 ? side.segment : kUsualSegment;
        const uint32_t segments = (hole.end - hole.begin + size - 1) / size;
        const uint32_t counted = std::min(segments, side.packets - side.lost);
        side.lost += counted;
        bank.wire[side.slot].lost += counted;
    }
    side.holes = kept;
}

WireProbe::Flow& WireProbe::flow_of(uint64_t hash) {
    Flow* const set = &flows_[(hash >> kSetShift) % kSets * kSetFlows];
    Flow* victim = set;
    for (Flow* flow = set; flow != set + kSetFlows; ++flow) {
        if (flow->last_seen_us != 0 && flow->hash == hash) {
            return *flow;
        }
        // A conversation heard one way gives way before one heard both ways.
        const bool is_lesser = flow->two_way() != victim->two_way()
                                   ? victim->two_way()
                                   : flow->last_seen_us < victim->last_seen_us;
        victim = is_lesser ? flow : victim;
    }
    displaced_ += victim->two_way() && now_us_ - victim->last_seen_us < kAliveUs ? 1 : 0;
    *victim = Flow{};
    victim->hash = hash;
    return *victim;
}

void WireProbe::begin_period() {
    period_ = now_us_ >> kPeriodShift;
    if (looked_ < kPeriodPackets / kQuietShare && displaced_ == 0 && sample_bits_ > 0) {
        --sample_bits_;
        sample_mask_ = ((uint64_t{1} << sample_bits_) - 1) << kSampleShift;
    }
    looked_ = displaced_ = 0;
}

void WireProbe::halve_sample() {
    looked_ = displaced_ = 0;
    if (sample_bits_ == kMaxSampleBits) {
        return;
    }
    ++sample_bits_;
    sample_mask_ = ((uint64_t{1} << sample_bits_) - 1) << kSampleShift;
    // Who is no longer looked at must be forgotten: when the sample grows again there are gaps.
    for (uint32_t i = 0; i < kSetFlows * kSets; ++i) {
        if (!samples(flows_[i].hash)) {
            flows_[i] = Flow{};
        }
    }
}

}  // namespace lull
