// The flow stage: its totals against a plain count of the same packets, whatever happens to the
// table; and what it tells of life.
#include "dataplane/flow.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "control/drill/random.h"
#include "dataplane/headers.h"
#include "tests/support/engine_bench.h"

namespace lull {
namespace {

using testing::small_table;

constexpr FlowHashKeys kKeys{{11, 22, 33, 44, 55, 66}};
constexpr uint8_t kSyn = 0x02, kSynAck = 0x12, kAck = 0x10, kPushAck = 0x18, kRst = 0x04;
constexpr uint32_t kHere = 0xc6330101;   // 198.51.1.1: origin 2, area 1
constexpr uint32_t kThere = 0xcb000707;  // 203.0.7.7: origin 3, area 2
constexpr uint32_t kNowhere = 0x09090909;
constexpr uint8_t kInput = 7;

PacketView packet(uint32_t from, uint32_t to, uint8_t flags, uint32_t payload, uint32_t sequence,
                  uint8_t protocol = kProtocolTcp) {
    PacketView view{};
    view.family = Family::kIpv4;
    view.source4 = from;
    view.destination4 = to;
    // The higher port is the client's, whoever it is.
    view.source_port = from < to ? 40000 : 443;
    view.destination_port = from < to ? 443 : 40000;
    view.protocol = protocol;
    view.tcp_flags = flags;
    view.payload_bytes = payload;
    view.tcp_sequence = sequence;
    view.ip_bytes = 40 + payload;
    return view;
}

/// A stage with a bank and tables of its own; flip() as the worker does it.
class Stage {
  public:
    explicit Stage(uint32_t flows = 1024, RecordQueue* records = nullptr)
        : Stage(FlowLimits{.flows = flows}, records) {}
    Stage(const FlowLimits& limits, RecordQueue* records)
        : stage_(limits, kKeys, 1, FlowStage::Shedding::kUnderPressure, 0, records),
          table_(small_table(1)) {}

    void add(const std::vector<PacketView>& views) {
        for (std::size_t done = 0; done < views.size(); done += kBurstPackets) {
            FlowBatch batch;
            batch.input = kInput;
            batch.count =
                static_cast<uint32_t>(std::min<std::size_t>(kBurstPackets, views.size() - done));
            std::copy_n(views.begin() + static_cast<std::ptrdiff_t>(done), batch.count,
                        batch.views.begin());
            for (uint32_t i = 0; i < batch.count; ++i) {
                stage_.prepare(batch, i);
            }
            stage_.process(batch, *table_, bank());
        }
    }
    Bank& bank() { return *banks_[active_]; }
    /// Everything into the bank, which is returned; the next one begins.
    Bank& flip() {
        stage_.begin_settling();
        while (!stage_.settle(*table_, bank())) {
        }
        Bank& full = bank();
        stage_.end_settling(full);
        active_ ^= 1;
        *banks_[active_] = Bank{};
        return full;
    }
    void swap_table(uint64_t generation) {
        table_ = small_table(generation);
        stage_.adopt();
    }
    FlowStage& stage() { return stage_; }
    const TableSet& table() { return *table_; }

  private:
    FlowStage stage_;
    std::unique_ptr<TableSet> table_;
    std::array<std::unique_ptr<Bank>, 2> banks_{std::make_unique<Bank>(), std::make_unique<Bank>()};
    std::size_t active_ = 0;
};

struct Totals {
    std::map<uint32_t, std::array<uint64_t, 4>> by_origin;
    void add(const Bank& bank) {
        for (uint32_t id = 0; id < 8; ++id) {
            const OriginCounts& counts = bank.origins[id];
            auto& sum = by_origin[id];
            sum[0] += counts.sent_packets;
            sum[1] += counts.sent_bytes;
            sum[2] += counts.received_packets;
            sum[3] += counts.received_bytes;
        }
    }
};

uint32_t origin_of(uint32_t address) {
    return address >> 16 == 0xc633 ? 2 : address >> 16 == 0xcb00 ? 3 : address >> 24 == 10 ? 1 : 0;
}

// Few slots, many flows, fragments, packets as large as a deltas' field, table swaps, ageing: each
// bank's totals are exactly those of the packets between its flips.
TEST(Flow, totals_are_exact_through_eviction_overflow_ageing_and_table_swaps) {
    Stage stage(16);
    Random random(7);
    Totals seen, wanted;
    uint32_t beat = 0;
    for (int round = 0; round < 400; ++round) {
        std::vector<PacketView> views;
        const uint32_t hosts = round % 3 == 0 ? 2 : 400;
        for (uint32_t n = random.below32(300); n > 0; --n) {
            const std::array<uint32_t, 4> ends{kHere + random.below32(hosts),
                                               kThere + random.below32(hosts), kNowhere,
                                               0x0a000001};
            PacketView view = packet(ends[random.below32(4)], ends[random.below32(4)], kPushAck,
                                     random.below32(1400), random.below32(0x7fffffff));
            view.ip_bytes = random.below32(50) == 0 ? 0x7fffffff : view.ip_bytes;
            view.later_fragment = random.below32(20) == 0;
            views.push_back(view);
            auto& sent = wanted.by_origin[origin_of(view.source4)];
            sent[0] += 1;
            sent[1] += view.ip_bytes;
            auto& received = wanted.by_origin[origin_of(view.destination4)];
            received[2] += 1;
            received[3] += view.ip_bytes;
        }
        stage.add(views);
        stage.stage().set_beat(beat += random.below32(40));
        seen.add(stage.flip());
        ASSERT_EQ(seen.by_origin, ([&] {
                      for (uint32_t id = 0; id < 8; ++id) {
                          wanted.by_origin[id];
                      }
                      return wanted.by_origin;
                  }()))
            << round;
        if (round % 5 == 0) {
            stage.swap_table(static_cast<uint64_t>(round) + 2);
        }
    }
}

std::vector<FlowRecord> all_of(RecordQueue& queue) {
    std::vector<FlowRecord> found(4096);
    found.resize(queue.take(found));
    return found;
}

// The same for records: each packet is in one, or in a count of those that were left out.
TEST(FlowRecords, packets_and_bytes_add_up_through_eviction_sampling_and_table_swaps) {
    RecordQueue queue({.queue_records = 60, .one_in = {1, 3, 1}});
    Stage stage(16, &queue);
    Random random(8);
    uint64_t packets = 0, bytes = 0;
    RecordSum told;
    const auto take = [&] {
        for (const FlowRecord& record : all_of(queue)) {
            told.add({1, uint64_t{record.packets[0]} + record.packets[1],
                      record.bytes[0] + record.bytes[1]});
            for (std::size_t end = 0; end < 2; ++end) {
                EXPECT_EQ(index_of(record.origins[end]),
                          origin_of(static_cast<uint32_t>(record.addresses[end * 2 + 1])));
                if (record.packets[end] != 0) {
                    EXPECT_EQ(record.inputs[end], kInput);
                }
            }
            EXPECT_EQ(record.generation, stage.table().generation());
        }
    };
    uint32_t beat = 0;
    for (int round = 0; round < 100; ++round) {
        std::vector<PacketView> views;
        const uint32_t hosts = round % 3 == 0 ? 2 : 400;
        for (uint32_t n = random.below32(300); n > 0; --n) {
            const std::array<uint32_t, 3> ends{kHere + random.below32(hosts),
                                               kThere + random.below32(hosts), kNowhere};
            const std::array<uint8_t, 4> flags{kSyn, kSynAck, kRst, kPushAck};
            PacketView view =
                packet(ends[random.below32(3)], ends[random.below32(3)], flags[random.below32(4)],
                       random.below32(1400), random.below32(0x7fffffff));
            view.later_fragment = random.below32(20) == 0;
            views.push_back(view);
            packets += 1;
            bytes += view.ip_bytes;
        }
        if (round % 5 == 0) {
            take();
            stage.swap_table(static_cast<uint64_t>(round) + 2);
        }
        stage.add(views);
        stage.stage().set_beat(beat += random.below32(40));
        stage.flip();
        if (round % 2 == 0) {
            take();  // so that at times it is full
        }
    }
    while (!stage.stage().end_flows(stage.table(), 10)) {
        take();
    }
    take();
    const RecordCounts counts = queue.counts();
    RecordSum sum = counts.unfollowed;
    sum.add(counts.dropped);
    for (const RecordSum& left_out : counts.unsampled) {
        sum.add(left_out);
    }
    EXPECT_GT(counts.dropped.flows, 0u);
    EXPECT_GT(counts.unsampled[1].flows, 0u);
    EXPECT_GT(counts.unfollowed.packets, 0u);
    EXPECT_EQ(sum.packets + told.packets, packets);
    EXPECT_EQ(sum.bytes + told.bytes, bytes);
    EXPECT_EQ(sum.flows + told.flows, counts.ended[0].flows + counts.ended[1].flows);
    EXPECT_EQ(stage.stage().occupied(), 0u);
}

TEST(FlowRecords, a_long_conversation_is_cut_and_says_who_began_and_when) {
    RecordQueue queue({});
    Stage stage(1024, &queue);
    constexpr uint32_t kActive = 1800 * 4;
    stage.stage().set_beat(100);
    stage.add({packet(kThere, kHere, kSyn, 0, 1), packet(kHere, kThere, kSynAck, 0, 9),
               packet(kThere, kHere, kAck, 10, 2)});
    uint32_t beat = 100;
    while (beat <= 100 + kActive) {
        stage.stage().set_beat(beat += 100);
        stage.add({packet(kHere, kThere, kPushAck, 60, beat)});
        stage.flip();
    }
    const std::vector<FlowRecord> cut = all_of(queue);
    ASSERT_EQ(cut.size(), 1u);
    EXPECT_EQ(cut[0].end, FlowEnd::kActive);
    EXPECT_EQ(cut[0].first_beat, 100u);
    EXPECT_EQ(cut[0].last_beat, beat);
    EXPECT_EQ(cut[0].initiator, 1);  // the higher address
    EXPECT_EQ(cut[0].packets, (std::array<uint32_t, 2>{74, 2}));
    EXPECT_EQ(cut[0].bytes, (std::array<uint64_t, 2>{40 + 73 * 100, 90}));
    EXPECT_EQ(cut[0].flow_class, FlowClass::kAnswered);
    EXPECT_EQ(cut[0].tcp_flags, kSyn | kSynAck | kAck | kPushAck);
    // Nothing was said since: it ends without a word. Something was: that, and no more.
    stage.stage().set_beat(beat + 20);
    stage.add({packet(kThere, kHere, kAck, 0, 12)});
    stage.flip();
    stage.stage().end_flows(stage.table(), 10);
    const std::vector<FlowRecord> rest = all_of(queue);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].end, FlowEnd::kForced);
    EXPECT_EQ(rest[0].first_beat, beat);
    EXPECT_EQ(rest[0].last_beat, beat + 20);
    EXPECT_EQ(rest[0].packets, (std::array<uint32_t, 2>{0, 1}));
}

TEST(FlowRecords, a_conversation_is_cut_before_its_packets_overflow_a_record) {
    RecordQueue queue({});
    Stage stage(FlowLimits{.flows = 1024, .record_packets = 3}, &queue);
    for (uint32_t i = 0; i < 7; ++i) {
        stage.add({packet(kThere, kHere, kAck, 10, i), packet(kHere, kThere, kAck, 10, i)});
        stage.flip();
    }
    const std::vector<FlowRecord> cut = all_of(queue);
    ASSERT_EQ(cut.size(), 2u);
    for (const FlowRecord& record : cut) {
        EXPECT_EQ(record.end, FlowEnd::kActive);
        EXPECT_EQ(record.packets, (std::array<uint32_t, 2>{3, 3}));
        EXPECT_EQ(record.bytes, (std::array<uint64_t, 2>{150, 150}));
    }
    stage.stage().end_flows(stage.table(), 10);
    const std::vector<FlowRecord> rest = all_of(queue);
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].packets, (std::array<uint32_t, 2>{1, 1}));
}

TEST(Flow, seventy_thousand_packets_of_one_flow_in_one_bank_are_all_counted) {
    Stage stage;
    stage.add(std::vector<PacketView>(70'000, packet(kHere, kThere, kAck, 0, 1)));
    Bank& bank = stage.flip();
    EXPECT_EQ(bank.origins[2].sent_packets, 70'000u);
    EXPECT_EQ(bank.origins[3].received_bytes, 70'000u * 40);
    EXPECT_EQ(bank.flows.created, 1u);
}

// While a bank is being settled packets go on; they are counted into the same bank.
TEST(Flow, packets_between_two_slices_of_settling_belong_to_the_bank_that_is_settled) {
    Stage stage;
    stage.add({packet(kHere, kThere, kAck, 0, 1)});
    stage.stage().begin_settling();
    stage.add({packet(kHere, kThere, kAck, 0, 1), packet(kThere, kHere, kAck, 0, 1)});
    Bank& bank = stage.flip();
    EXPECT_EQ(bank.origins[2].sent_packets, 2u);
    EXPECT_EQ(bank.origins[3].sent_packets, 1u);
    EXPECT_EQ(stage.flip().origins[2].sent_packets, 0u);
}

const AreaCounts& area(const Bank& bank, std::size_t id) {
    return bank.areas[id];
}

TEST(Flow, a_conversation_is_answered_once_for_both_ends) {
    Stage stage;
    stage.add({packet(kHere, kThere, kSyn, 0, 1), packet(kThere, kHere, kSynAck, 0, 9),
               packet(kHere, kThere, kAck, 0, 2)});
    EXPECT_EQ(area(stage.bank(), 1).answered_flows, 0u);
    stage.add({packet(kHere, kThere, kPushAck, 100, 2), packet(kThere, kHere, kAck, 0, 10)});
    Bank& bank = stage.flip();
    EXPECT_EQ(area(bank, 1).answered_flows, 1u);
    EXPECT_EQ(area(bank, 2).answered_flows, 1u);
    EXPECT_EQ(area(bank, 1).two_way_flows, 1u);
    EXPECT_EQ(std::lround(area(bank, 2).demand.estimate()), 1);
    stage.add({packet(kHere, kThere, kPushAck, 100, 200)});
    Bank& next = stage.flip();
    EXPECT_EQ(area(next, 1).answered_flows, 0u);               // counted already
    EXPECT_EQ(std::lround(area(next, 1).life.estimate()), 1);  // and alive still
    EXPECT_EQ(std::lround(area(next, 1).answered.estimate()), 1);
}

TEST(Flow, answered_conversations_over_ipv6_are_told_apart) {
    const auto over_ipv6 = [](PacketView view) {
        std::swap(view.source_port, view.destination_port);  // no flow of IPv4 is meant
        view.family = Family::kIpv6;
        view.source6 = view.destination6 = Ipv6Bytes{};
        view.source6[0] = view.source_port == 443 ? 0x2b : 0x2c;
        view.destination6[0] = view.source_port == 443 ? 0x2c : 0x2b;
        return view;
    };
    const PacketView ask = packet(kHere, kThere, kPushAck, 100, 2);
    const PacketView answer = packet(kThere, kHere, kAck, 0, 10);
    Stage stage;
    stage.add({ask, answer, over_ipv6(ask), over_ipv6(answer)});
    Bank& bank = stage.flip();
    for (const std::size_t id : {1u, 2u}) {
        EXPECT_EQ(area(bank, id).answered_flows, 2u);
        EXPECT_EQ(area(bank, id).answered_flows6, 1u);
        EXPECT_EQ(std::lround(area(bank, id).life.estimate()), 2);
        EXPECT_EQ(std::lround(area(bank, id).life6.estimate()), 1);
    }
}

TEST(Flow, scans_and_backscatter_are_neither_answered_nor_life) {
    Stage stage;
    stage.add({packet(kHere, kThere, kSyn, 0, 1), packet(kThere, kHere, kRst | kAck, 0, 0)});
    stage.add({packet(kHere, kThere + 1, kSyn, 0, 1), packet(kThere + 1, kHere, kSynAck, 0, 0),
               packet(kHere, kThere + 1, kRst, 0, 1)});
    stage.add({packet(kThere + 2, kHere, kSynAck, 0, 1), packet(kThere + 2, kHere, kAck, 0, 1)});
    Bank& bank = stage.flip();
    for (const std::size_t id : {1u, 2u}) {
        EXPECT_EQ(area(bank, id).answered_flows, 0u);
        EXPECT_EQ(area(bank, id).life.estimate(), 0);
        EXPECT_EQ(area(bank, id).living_flows, 0u);
    }
    EXPECT_EQ(std::lround(area(bank, 2).sources.estimate()), 1);  // it sends all the same
}

TEST(Flow, one_way_life_needs_data_of_advancing_sequence) {
    Stage stage;
    for (int i = 0; i < 5; ++i) {
        stage.add({packet(kThere, kHere, kPushAck, 100, 1000)});  // the same again and again
    }
    EXPECT_EQ(area(stage.bank(), 2).life.estimate(), 0);
    stage.add({packet(kThere, kHere, kPushAck, 100, 1100)});
    Bank& bank = stage.flip();
    EXPECT_EQ(std::lround(area(bank, 2).life.estimate()), 1);
    EXPECT_EQ(area(bank, 2).living_flows, 1u);
    EXPECT_EQ(area(bank, 2).two_way_flows, 0u);
    EXPECT_EQ(area(bank, 2).answered_flows, 0u);
}

TEST(Flow, udp_is_answered_by_a_packet_each_way_and_alive_after_several) {
    Stage stage;
    stage.add({packet(kHere, kThere, 0, 50, 0, kProtocolUdp)});
    EXPECT_EQ(area(stage.bank(), 1).life.estimate(), 0);
    stage.add({packet(kHere, kThere, 0, 50, 0, kProtocolUdp),
               packet(kHere, kThere, 0, 50, 0, kProtocolUdp)});
    EXPECT_EQ(std::lround(area(stage.bank(), 1).life.estimate()), 1);
    stage.add({packet(kThere, kHere, 0, 50, 0, kProtocolUdp)});
    EXPECT_EQ(area(stage.bank(), 1).answered_flows, 1u);
}

TEST(Flow, what_comes_from_a_reflector_proves_nothing) {
    Stage stage;
    for (int i = 0; i < 10; ++i) {
        PacketView view = packet(kThere, kHere, 0, 400, 0, kProtocolUdp);
        view.source_port = 123;
        stage.add({view});
        PacketView asks = packet(kHere, kThere, 0, 8, 0, kProtocolUdp);
        asks.destination_port = 123;
        asks.source_port = 40000;
        view.destination_port = 40000;
        stage.add({asks, view});
    }
    Bank& bank = stage.flip();
    EXPECT_EQ(area(bank, 2).life.estimate(), 0);
    EXPECT_EQ(area(bank, 2).answered_flows, 0u);
}

TEST(Flow, domestic_conversations_say_nothing) {
    Stage stage;
    stage.add({packet(kHere, kHere + 0x100, kPushAck, 10, 1),
               packet(kHere + 0x100, kHere, kPushAck, 10, 1)});
    EXPECT_EQ(area(stage.flip(), 1).answered_flows, 0u);
}

TEST(Flow, idle_and_ended_flows_leave_the_table_and_are_counted) {
    Stage stage;
    stage.stage().set_beat(1000);
    stage.add({packet(kHere, kThere, kAck, 0, 1), packet(kThere, kHere, kAck, 0, 1)});
    stage.add({packet(kHere + 1, kThere, kSyn, 0, 1)});
    stage.add({packet(kHere + 2, kThere, kRst, 0, 1)});
    stage.flip();
    EXPECT_EQ(stage.stage().occupied(), 3u);
    stage.stage().set_beat(1000 + 17 * 4);
    Bank& first = stage.flip();
    EXPECT_EQ(first.flows.ended, 1u);
    EXPECT_EQ(first.flows.idle, 1u);  // the unanswered one
    EXPECT_EQ(first.flows.occupied, 1u);
    stage.stage().set_beat(1000 + 61 * 4);
    EXPECT_EQ(stage.flip().flows.idle, 1u);
    EXPECT_EQ(stage.stage().occupied(), 0u);
}

TEST(Flow, a_flood_of_new_flows_is_shed_in_order_and_counted_all_the_same) {
    Stage stage;
    Random random(3);
    uint64_t sent = 0;
    const auto flood = [&](int bursts) {
        for (int i = 0; i < bursts; ++i) {
            std::vector<PacketView> views;
            for (uint32_t n = 0; n < kBurstPackets; ++n) {
                views.push_back(packet(kHere + random.below32(200), kThere + random.below32(25'000),
                                       kSyn, 0, 1));
                views.back().source_port = static_cast<uint16_t>(random.below32(0x10000));
            }
            sent += views.size();
            stage.add(views);
        }
    };
    flood(512);
    EXPECT_EQ(stage.bank().flows.shed_stage, ShedStage::kFlows);
    EXPECT_GT(stage.bank().flows.shed_flow_packets, 0u);
    EXPECT_EQ(stage.bank().flows.shed_source_packets, 0u);
    flood(3000);
    Bank& bank = stage.flip();
    EXPECT_EQ(bank.flows.shed_stage, ShedStage::kSources);
    EXPECT_EQ(bank.origins[2].sent_packets, sent);
    EXPECT_EQ(bank.origins[3].received_packets, sent);
    // It ends with the flood.
    for (int i = 0; i < 300; ++i) {
        stage.add({packet(kHere, kThere, kAck, 0, 1)});
    }
    stage.flip();
    stage.add({packet(kHere, kThere, kAck, 0, 1)});
    EXPECT_EQ(stage.flip().flows.shed_stage, ShedStage::kNone);
}

}  // namespace
}  // namespace lull
