// What never came: a close look at a sample of TCP conversations, chosen by the secret hash, so
// that both directions are in it and nobody can aim at it. An ACK of data that no port has seen
// tells that the mirror, the tap or the NIC lost it; a segment that comes again within some
// milliseconds was copied twice. Nothing is removed: counts are those of what came.
//
// Loss is said only between two things seen of one direction, in a conversation of which both ends
// were heard: a hole in the sequence that the other end has acknowledged. A route that leaves this
// tap in mid-conversation, a last segment, or a direction that never comes says nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/bank.h"
#include "dataplane/flow_key.h"
#include "dataplane/huge_array.h"
#include "dataplane/parse.h"

namespace lull {

class WireProbe {
  public:
    /// All conversations of a quiet wire are looked at; above kPeriodPackets of TCP a quarter of a
    /// second the share is halved, down to one in 2^kMaxSampleBits.
    static constexpr uint32_t kPeriodPackets = 4096;
    static constexpr uint32_t kMaxSampleBits = 16;
    /// Twins come microseconds apart; a retransmission takes a round trip and more.
    static constexpr uint64_t kTwinUs = 4000;

    /// One mask and one comparison a packet: whether to call look().
    [[nodiscard]] bool samples(uint64_t hash) const { return (hash & sample_mask_) == 0; }
    /// `bytes` is the head of the frame that `view` was parsed from; `slot` the port's place in
    /// Bank::wire. Only TCP is looked at.
    void look(std::span<const uint8_t> bytes, const PacketView& view, FlowDirection direction,
              uint64_t hash, uint32_t slot, Bank& bank);

    /// Scenario or capture time; never goes back.
    void set_time_us(uint64_t now_us) {
        now_us_ = now_us;
        if (now_us >> kPeriodShift != period_) [[unlikely]] {
            begin_period();
        }
    }
    [[nodiscard]] uint32_t sample_bits() const { return sample_bits_; }

  private:
    /// Of one packet, read from the frame.
    struct Segment {
        uint32_t sequence = 0;
        uint32_t acknowledged = 0;
        uint32_t data_bytes = 0;
        uint32_t digest = 0;  // of what a copy of the packet has in common with it
        uint8_t flags = 0;
        bool fragmented = false;  // the rest of the segment comes in packets without a port
    };
    /// Bytes that were passed over: [begin, end) in sequence space.
    struct Hole {
        uint32_t begin;
        uint32_t end;
    };
    struct Twin {
        uint32_t digest;
        uint32_t time_us;
    };
    static constexpr uint32_t kHoles = 8;
    static constexpr uint32_t kTwins = 8;

    /// What one end sends.
    struct Side {
        uint32_t first = 0;    // sequence number of its SYN
        uint32_t end = 0;      // behind the last byte seen
        uint32_t acked = 0;    // by the other end
        uint32_t segment = 0;  // largest seen, bytes
        uint32_t packets = 0;  // seen
        uint32_t lost = 0;     // segments said to be lost: never more than packets
        uint8_t slot = 0;      // it came on last
        bool heard = false;
        bool begun = false;  // by a SYN
        bool based = false;  // `acked` is known: what follows is judged
        uint8_t holes = 0;
        uint8_t next_twin = 0;
        std::array<Hole, kHoles> hole{};  // ordered
        std::array<Twin, kTwins> twin{};
    };
    struct Flow {
        uint64_t hash = 0;
        uint64_t last_seen_us = 0;  // 0: free
        std::array<Side, 2> sides{};
        [[nodiscard]] bool two_way() const { return sides[0].heard && sides[1].heard; }
    };

    static constexpr uint32_t kSetFlows = 4, kSets = 256;
    static constexpr uint32_t kPeriodShift = 18;  // 262 ms
    static constexpr uint32_t kSetShift = 32, kSampleShift = 40;

    static bool read(std::span<const uint8_t> bytes, const PacketView& view, Segment& segment);
    void begin_period();
    void halve_sample();
    Flow& flow_of(uint64_t hash);
    static void hear(Side& mine, Side& theirs, const Segment& segment, uint32_t slot);
    static void compare(Side& mine, const Segment& segment, uint64_t now_us, WireCounts& counts);
    static bool extend(Side& mine, const Segment& segment);
    static bool fill(Side& side, uint32_t begin, uint32_t end);
    static void acknowledge(Side& theirs, uint32_t acknowledged);
    static void settle(Side& side, Bank& bank);

    HugeArray<Flow> flows_{std::size_t{kSetFlows} * kSets};
    uint64_t sample_mask_ = 0;
    uint32_t sample_bits_ = 0;
    uint64_t now_us_ = 1;
    uint64_t period_ = 0;
    uint32_t looked_ = 0;     // packets in this period
    uint32_t displaced_ = 0;  // flows that gave way in this period although they were alive
};

}  // namespace lull
