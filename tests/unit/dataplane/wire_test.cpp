// What a conversation tells of packets that never came, and of those that came twice.
#include "dataplane/wire.h"

#include <gtest/gtest.h>

#include <memory>

#include "control/drill/random.h"
#include "tests/support/packet_builder.h"

namespace lull {
namespace {

using testing::Bytes;
using testing::Ipv4Fields;
using testing::PacketBuilder;

constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;
constexpr FlowHashKeys kKeys{{11, 22, 33, 44, 55, 66}};

enum class End : uint8_t { kClient, kServer };

struct Sent {
    uint32_t sequence = 0;
    uint32_t data = 0;
    uint32_t acknowledged = 0;
    uint8_t flags = kAck;
    uint16_t id = 0;  // of the IPv4 header
    uint8_t ttl = 64;
    uint16_t vlan = 0;
    uint16_t fragment = 0;
};

void put16(Bytes& bytes, std::size_t at, uint32_t value) {
    bytes[at] = static_cast<uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<uint8_t>(value);
}

void put32(Bytes& bytes, std::size_t at, uint32_t value) {
    put16(bytes, at, value >> 16);
    put16(bytes, at + 2, value);
}

/// One worker's probe, and conversations of 198.51.100.1 with 203.0.113.9 over it.
class Wire {
  public:
    Wire() { probe_.set_time_us(now_us_); }
    void send(End end, const Sent& sent, uint32_t slot = 0, uint16_t conversation = 1) {
        see(frame(end, sent, conversation), slot);
    }
    Bytes frame(End end, const Sent& sent, uint16_t conversation = 1) const {
        const bool client = end == End::kClient;
        const std::string here = ipv6_ ? "2001:db8::1" : "198.51.100.1";
        const std::string there = ipv6_ ? "2001:db8::9" : "203.0.113.9";
        const auto port = static_cast<uint16_t>(40000 + conversation);
        PacketBuilder builder;
        builder.ethernet();
        if (sent.vlan != 0) builder.vlan(0x8100, sent.vlan);
        if (ipv6_) {
            builder.ipv6(client ? here : there, client ? there : here);
        } else {
            builder.ipv4(client ? here : there, client ? there : here,
                         Ipv4Fields{.fragment = sent.fragment});
        }
        builder.tcp(client ? port : 443, client ? 443 : port, sent.flags);
        Bytes bytes = builder.payload(sent.data).build();
        const std::size_t ip = sent.vlan != 0 ? 18 : 14, tcp = ip + (ipv6_ ? 40 : 20);
        if (!ipv6_) {
            put16(bytes, ip + 4, sent.id);
            bytes[ip + 8] = sent.ttl;
        }
        put32(bytes, tcp + 4, sent.sequence);
        put32(bytes, tcp + 8, sent.acknowledged);
        return bytes;
    }
    void see(const Bytes& frame, uint32_t slot = 0, std::size_t kept = SIZE_MAX) {
        const std::span<const uint8_t> bytes(frame.data(), std::min(kept, frame.size()));
        PacketView view{};
        ASSERT_EQ(parse_frame(bytes, static_cast<uint32_t>(bytes.size()), ParseRules{}, view),
                  Reject::kNone);
        const FlowKey key = flow_key_of(view);
        const uint64_t hash = hash_of(key, kKeys);
        if (probe_.samples(hash)) {
            probe_.look(bytes, view, key.direction, hash, slot, *bank_);
        }
    }
    void open(uint32_t client = 1000, uint32_t server = 9000) {
        send(End::kClient, {.sequence = client, .flags = kSyn});
        send(End::kServer, {.sequence = server, .acknowledged = client + 1, .flags = kSyn | kAck});
        send(End::kClient, {.sequence = client + 1, .acknowledged = server + 1});
    }
    void wait_us(uint64_t us) { probe_.set_time_us(now_us_ += us); }
    void speak_ipv6() { ipv6_ = true; }
    [[nodiscard]] const WireCounts& counts(uint32_t slot = 0) const { return bank_->wire[slot]; }
    [[nodiscard]] WireProbe& probe() { return probe_; }

  private:
    WireProbe probe_;
    std::unique_ptr<Bank> bank_ = std::make_unique<Bank>();
    uint64_t now_us_ = 1'000'000;
    bool ipv6_ = false;
};

TEST(WireProbe, a_whole_conversation_has_no_loss) {
    Wire wire;
    wire.open();
    wire.send(End::kClient, {.sequence = 1001, .data = 300, .acknowledged = 9001});
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1301});
    wire.send(End::kServer, {.sequence = 10401, .data = 600, .acknowledged = 1301});
    wire.send(End::kClient, {.sequence = 1301, .acknowledged = 11001});
    wire.send(End::kClient, {.sequence = 1301, .acknowledged = 11001, .flags = kFin | kAck});
    wire.send(End::kServer, {.sequence = 11001, .acknowledged = 1302, .flags = kFin | kAck});
    wire.send(End::kClient, {.sequence = 1302, .acknowledged = 11002});
    EXPECT_EQ(wire.counts().seen, 3u);
    EXPECT_EQ(wire.counts().lost, 0u);
    EXPECT_EQ(wire.counts().duplicates, 0u);
}

TEST(WireProbe, data_that_was_acknowledged_and_never_seen_is_lost) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    // Two segments of 1,400 are missing here.
    wire.send(End::kServer, {.sequence = 13201, .data = 1400, .acknowledged = 1001});
    EXPECT_EQ(wire.counts().lost, 0u) << "nobody has acknowledged it: it may still come";
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 14601});
    EXPECT_EQ(wire.counts().lost, 2u);
    EXPECT_EQ(wire.counts().seen, 2u);
}

TEST(WireProbe, a_tail_is_lost_only_when_its_sender_is_seen_again) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 11801});
    EXPECT_EQ(wire.counts().lost, 0u) << "its way may have changed";
    wire.send(End::kServer, {.sequence = 11801, .acknowledged = 1001, .flags = kFin | kAck});
    EXPECT_EQ(wire.counts().lost, 1u);
}

TEST(WireProbe, what_is_sent_again_or_comes_out_of_order_was_lost_elsewhere_or_not_at_all) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 10401, .data = 1400, .acknowledged = 1001});
    wire.send(End::kServer, {.sequence = 13201, .data = 1400, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 9001});
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    wire.send(End::kServer, {.sequence = 11801, .data = 700, .acknowledged = 1001});
    wire.send(End::kServer, {.sequence = 12501, .data = 700, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 14601});
    EXPECT_EQ(wire.counts().lost, 0u);
    EXPECT_EQ(wire.counts().seen, 5u);
}

TEST(WireProbe, a_retransmission_is_no_new_data_and_no_duplicate) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001, .id = 7});
    // A fast one, within the time of twins: stacks give it another identification.
    wire.wait_us(1000);
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001, .id = 8});
    // A slow one, with the same.
    wire.wait_us(200'000);
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001, .id = 8});
    EXPECT_EQ(wire.counts().seen, 1u);
    EXPECT_EQ(wire.counts().compared, 3u);
    EXPECT_EQ(wire.counts().duplicates, 0u);
}

TEST(WireProbe, a_copy_is_known_through_another_hop_and_vlan_and_is_no_loss) {
    Wire wire;
    wire.open();
    for (uint32_t i = 0; i < 10; ++i) {
        Sent sent{.sequence = 9001 + i * 100, .data = 100, .acknowledged = 1001};
        sent.id = static_cast<uint16_t>(i);
        wire.send(End::kServer, sent);
        sent.ttl = 63;
        sent.vlan = 200;
        wire.wait_us(30);
        wire.send(End::kServer, sent);
    }
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 10001});
    EXPECT_EQ(wire.counts().compared, 20u);
    EXPECT_EQ(wire.counts().duplicates, 10u);
    EXPECT_EQ(wire.counts().seen, 10u);
    EXPECT_EQ(wire.counts().lost, 0u);
}

TEST(WireProbe, the_two_directions_on_two_ports_are_no_copies_of_each_other) {
    Wire wire;
    wire.open(5000, 5000);
    for (uint32_t i = 0; i < 10; ++i) {
        const Sent sent{
            .sequence = 5001 + i * 10, .data = 10, .acknowledged = 5001 + i * 10, .id = 3};
        wire.send(End::kClient, sent, 0);
        wire.send(End::kServer, sent, 1);
    }
    EXPECT_EQ(wire.counts(0).compared, 10u);
    EXPECT_EQ(wire.counts(1).compared, 10u);
    EXPECT_EQ(wire.counts(0).duplicates + wire.counts(1).duplicates, 0u);
}

TEST(WireProbe, keepalives_and_probes_of_a_closed_window_are_no_loss_and_no_data) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 10401});
    for (int i = 0; i < 3; ++i) {
        wire.wait_us(75'000'000);
        // One byte behind, with and without garbage in it.
        wire.send(End::kServer, {.sequence = 10400, .data = 1, .acknowledged = 1001});
        wire.send(End::kServer, {.sequence = 10400, .acknowledged = 1001});
        wire.send(End::kClient, {.sequence = 1001, .acknowledged = 10401});
        // One byte of new data that is not taken.
        wire.send(End::kServer, {.sequence = 10401, .data = 1, .acknowledged = 1001});
        wire.send(End::kClient, {.sequence = 1001, .acknowledged = 10401});
    }
    wire.send(End::kServer, {.sequence = 10401, .data = 1000, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 11401});
    EXPECT_EQ(wire.counts().lost, 0u);
    EXPECT_EQ(wire.counts().duplicates, 0u);
    EXPECT_EQ(wire.counts().seen, 3u);  // 1,400, the probe's byte, 1,000
}

TEST(WireProbe, sequence_numbers_go_round) {
    Wire wire;
    wire.open(0xfffffffe, 0xffffff00);
    wire.send(End::kClient, {.sequence = 0xffffffff, .data = 1000, .acknowledged = 0xffffff01});
    wire.send(End::kClient, {.sequence = 1999, .data = 1000, .acknowledged = 0xffffff01});
    wire.send(End::kServer, {.sequence = 0xffffff01, .data = 500, .acknowledged = 2999});
    EXPECT_EQ(wire.counts().lost, 1u);
    wire.send(End::kClient, {.sequence = 2999, .acknowledged = 245});
    wire.send(End::kServer, {.sequence = 245, .data = 500, .acknowledged = 2999});
    wire.send(End::kClient, {.sequence = 2999, .acknowledged = 745});
    EXPECT_EQ(wire.counts().lost, 1u);
    EXPECT_EQ(wire.counts().seen, 4u);
}

TEST(WireProbe, a_conversation_met_in_its_middle_has_no_gap_before_that) {
    Wire wire;
    // The first packet seen is an old one; what was on its way is acknowledged.
    wire.send(End::kServer, {.sequence = 50'000, .data = 1000, .acknowledged = 777});
    wire.send(End::kClient, {.sequence = 777, .acknowledged = 90'000});
    wire.send(End::kServer, {.sequence = 90'000, .data = 1000, .acknowledged = 777});
    wire.send(End::kClient, {.sequence = 777, .acknowledged = 91'000});
    EXPECT_EQ(wire.counts().lost, 0u);
    wire.send(End::kServer, {.sequence = 92'000, .data = 1000, .acknowledged = 777});
    wire.send(End::kClient, {.sequence = 777, .acknowledged = 93'000});
    EXPECT_EQ(wire.counts().lost, 1u) << "from here on it is followed";
}

TEST(WireProbe, a_direction_that_never_comes_says_nothing) {
    Wire wire;
    for (uint32_t i = 0; i < 100; ++i) {
        wire.send(End::kClient, {.sequence = 1000 + i, .data = 1, .acknowledged = 9000 + i * 1400});
    }
    EXPECT_EQ(wire.counts().seen, 0u);
    EXPECT_EQ(wire.counts().lost, 0u);
    EXPECT_EQ(wire.counts().compared, 0u);
}

TEST(WireProbe, a_way_that_leaves_in_mid_conversation_is_no_loss) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    for (uint32_t i = 1; i < 100; ++i) {
        wire.send(End::kClient, {.sequence = 1001, .acknowledged = 9001 + i * 1400});
    }
    EXPECT_EQ(wire.counts().lost, 0u);
}

TEST(WireProbe, a_reset_and_ports_used_again_begin_anew) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001});
    wire.send(End::kServer, {.sequence = 0x7fff0000, .acknowledged = 0x7fff0000, .flags = kRst});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 10401});
    wire.open(0x40000000, 0x50000000);
    wire.send(End::kClient, {.sequence = 0x40000001, .data = 10, .acknowledged = 0x50000001});
    wire.send(End::kServer, {.sequence = 0x50000001, .data = 10, .acknowledged = 0x4000000b});
    wire.open(0x10000, 0x20000);
    wire.send(End::kClient, {.sequence = 0x10001, .data = 10, .acknowledged = 0x20001});
    wire.send(End::kServer, {.sequence = 0x20001, .data = 10, .acknowledged = 0x1000b});
    EXPECT_EQ(wire.counts().lost, 0u);
    EXPECT_EQ(wire.counts().seen, 5u);
}

TEST(WireProbe, made_up_numbers_weigh_no_more_than_the_packets_that_carry_them) {
    Wire wire;
    wire.open();
    for (uint32_t i = 1; i <= 100; ++i) {
        const uint32_t next = 9001 + i * 1'000'000;
        wire.send(End::kServer, {.sequence = next, .data = 1, .acknowledged = 1001});
        wire.send(End::kClient, {.sequence = 1001, .acknowledged = next + 1});
    }
    EXPECT_LE(wire.counts().lost, 101u);
    // A leap no window allows is another conversation.
    wire.send(End::kServer, {.sequence = 0xc0000000, .data = 1, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 0xc0000001});
    EXPECT_LE(wire.counts().lost, 101u);
}

TEST(WireProbe, sliced_frames_and_fragments_are_no_loss) {
    Wire wire;
    wire.open();
    for (uint32_t i = 0; i < 10; ++i) {
        wire.see(wire.frame(End::kServer, {.sequence = 9001 + i * 1400,
                                           .data = 1400,
                                           .acknowledged = 1001,
                                           .id = static_cast<uint16_t>(i)}),
                 0, 60);
    }
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 23001});
    EXPECT_EQ(wire.counts().seen, 10u);
    EXPECT_EQ(wire.counts().lost, 0u);
    // The first of two fragments; what follows it has no port.
    wire.send(End::kServer,
              {.sequence = 23001, .data = 700, .acknowledged = 1001, .fragment = 0x2000});
    wire.send(End::kServer, {.sequence = 24401, .data = 1400, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 25801});
    EXPECT_EQ(wire.counts().lost, 0u);
    // Too short for a TCP header: nothing is known.
    wire.see(wire.frame(End::kServer, {.sequence = 99'999, .data = 100, .acknowledged = 1}), 0, 40);
    EXPECT_EQ(wire.counts().lost, 0u);
}

TEST(WireProbe, loss_belongs_to_the_port_that_should_have_brought_the_data) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1400, .acknowledged = 1001}, 1);
    wire.send(End::kServer, {.sequence = 11801, .data = 1400, .acknowledged = 1001}, 1);
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 13201}, 0);
    EXPECT_EQ(wire.counts(0).lost, 0u);
    EXPECT_EQ(wire.counts(1).lost, 1u);
}

TEST(WireProbe, ipv6_is_followed_too) {
    Wire wire;
    wire.speak_ipv6();
    wire.open();
    const Bytes first =
        wire.frame(End::kServer, {.sequence = 9001, .data = 1000, .acknowledged = 1001});
    wire.see(first);
    wire.see(first);
    wire.send(End::kServer, {.sequence = 11001, .data = 1000, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 12001});
    EXPECT_EQ(wire.counts().seen, 2u);
    EXPECT_EQ(wire.counts().lost, 1u);
    EXPECT_EQ(wire.counts().duplicates, 1u);
}

// Many conversations of ten segments each way, of which a share of the packets never comes.
void talk(Wire& wire, double share, uint64_t seed, uint16_t conversations) {
    Random random(seed);
    const auto send = [&](End end, const Sent& sent, uint16_t number) {
        if (random.unit() >= share) wire.send(end, sent, 0, number);
    };
    for (uint16_t number = 0; number < conversations; ++number) {
        uint32_t here = static_cast<uint32_t>(random.next()), there = here * 3;
        send(End::kClient, {.sequence = here++, .flags = kSyn}, number);
        send(End::kServer, {.sequence = there++, .acknowledged = here, .flags = kSyn | kAck},
             number);
        send(End::kClient, {.sequence = here, .acknowledged = there}, number);
        for (int turn = 0; turn < 5; ++turn) {
            send(End::kClient, {.sequence = here, .data = 500, .acknowledged = there}, number);
            here += 500;
            for (int part = 0; part < 4; ++part) {
                send(End::kServer, {.sequence = there, .data = 1400, .acknowledged = here}, number);
                there += 1400;
            }
            send(End::kClient, {.sequence = here, .acknowledged = there}, number);
        }
        send(End::kClient, {.sequence = here, .acknowledged = there, .flags = kFin | kAck}, number);
        send(End::kServer, {.sequence = there, .acknowledged = here + 1, .flags = kFin | kAck},
             number);
    }
}

TEST(WireProbe, the_share_is_measured_at_every_rate_of_loss) {
    for (const double share : {0.0, 0.01, 0.05, 0.1, 0.3, 0.5}) {
        Wire wire;
        for (uint64_t round = 0; round < 20; ++round) {
            talk(wire, share, 7 + round, 100);
            wire.wait_us(1'000'000);
        }
        const WireCounts& counts = wire.counts();
        ASSERT_GT(counts.seen, 5000u) << share;
        const double measured =
            static_cast<double>(counts.lost) / static_cast<double>(counts.lost + counts.seen);
        // What makes it smaller: runs of loss at a conversation's end say nothing.
        EXPECT_NEAR(measured, share, 0.12 * share + 0.002) << share;
        EXPECT_EQ(counts.duplicates, 0u);
    }
}

TEST(WireProbe, a_fast_wire_is_sampled_and_a_quiet_one_is_followed_whole) {
    Wire wire;
    EXPECT_EQ(wire.probe().sample_bits(), 0u);
    talk(wire, 0.1, 1, 2000);  // at one instant
    const uint32_t bits = wire.probe().sample_bits();
    EXPECT_GE(bits, 3u);
    EXPECT_GT(wire.counts().seen, 1000u);
    EXPECT_NEAR(static_cast<double>(wire.counts().lost) /
                    static_cast<double>(wire.counts().lost + wire.counts().seen),
                0.1, 0.03);
    for (uint32_t i = 0; i < bits; ++i) {
        wire.wait_us(300'000);
    }
    EXPECT_EQ(wire.probe().sample_bits(), 0u);
}

TEST(WireProbe, a_sample_that_grows_again_finds_no_gaps) {
    Wire wire;
    for (int round = 0; round < 50; ++round) {
        talk(wire, 0, static_cast<uint64_t>(round), round % 10 == 0 ? 1000 : 20);
        wire.wait_us(300'000);
    }
    // One conversation that goes on through all of it.
    uint32_t there = 1;
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 10; ++i) {
            wire.send(End::kServer, {.sequence = there, .data = 1000, .acknowledged = 5}, 0, 9999);
            there += 1000;
            wire.send(End::kClient, {.sequence = 5, .acknowledged = there}, 0, 9999);
        }
        talk(wire, 0, static_cast<uint64_t>(round), round % 10 == 0 ? 1000 : 20);
        wire.wait_us(300'000);
    }
    EXPECT_EQ(wire.counts().lost, 0u);
}

TEST(WireProbe, a_flood_of_half_conversations_displaces_no_whole_one) {
    Wire wire;
    wire.open();
    wire.send(End::kServer, {.sequence = 9001, .data = 1000, .acknowledged = 1001});
    for (uint32_t i = 0; i < 4000; ++i) {
        wire.send(End::kClient, {.sequence = i, .flags = kSyn}, 0, static_cast<uint16_t>(2 + i));
    }
    ASSERT_EQ(wire.probe().sample_bits(), 0u);
    wire.send(End::kServer, {.sequence = 11001, .data = 1000, .acknowledged = 1001});
    wire.send(End::kClient, {.sequence = 1001, .acknowledged = 12001});
    EXPECT_EQ(wire.counts().lost, 1u);
}

}  // namespace
}  // namespace lull
