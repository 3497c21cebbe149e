// Inspection inside a worker: off, it reads no payload byte; on, labels stick to a conversation and
// what is hostile tells nothing of people.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_mbuf.h>
#include <sys/mman.h>

#include <memory>

#include "dataplane/worker.h"
#include "tests/support/engine_bench.h"
#include "tests/support/inspected.h"

namespace lull::testing {
namespace {

using namespace std::string_literals;

constexpr LabelId kAttackLabel{1}, kWebLabel{2}, kScanLabel{3};
constexpr SiteId kSite{1};

std::unique_ptr<InspectSet> a_set() {
    std::vector<Signature> signatures(3);
    signatures[0].name = "attack";
    signatures[0].label = kAttackLabel;
    signatures[0].sort = SignatureClass::kAttack;
    signatures[0].context = Context::kUdp;
    signatures[0].pattern = "^evil";
    signatures[1].name = "web";
    signatures[1].label = kWebLabel;
    signatures[1].context = Context::kHttp;
    signatures[2].name = "scan";
    signatures[2].label = kScanLabel;
    signatures[2].sort = SignatureClass::kScan;
    signatures[2].mark = Mark::kSynScan;
    return std::move(
        *InspectSet::build({.signatures = signatures, .sites = {{"kcna.kp", true, kSite}}}));
}

/// A frame that ends where a page does which nobody may read from `readable` bytes on.
class Guarded {
  public:
    Guarded(const Bytes& frame, std::size_t readable) : bytes_(frame.size()) {
        raw_ = static_cast<uint8_t*>(
            mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        start_ = raw_ + kPage - readable;
        std::copy(frame.begin(), frame.end(), start_);
        mprotect(raw_ + kPage, kPage, PROT_NONE);
    }
    ~Guarded() { munmap(raw_, 2 * kPage); }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;
    [[nodiscard]] rte_mbuf packet() const {
        rte_mbuf packet{};
        packet.buf_addr = start_;
        packet.data_len = static_cast<uint16_t>(bytes_);
        packet.pkt_len = static_cast<uint32_t>(bytes_);
        packet.nb_segs = 1;
        return packet;
    }

  private:
    static constexpr std::size_t kPage = 4096;
    std::size_t bytes_;
    uint8_t* raw_ = nullptr;
    uint8_t* start_ = nullptr;
};

class InspectingWorker {
  public:
    explicit InspectingWorker(std::unique_ptr<InspectSet> set)
        : table_(small_table(1)), set_(std::move(set)) {
        shared_.table.store(table_.get());
        shared_.inspect.store(set_.get());
        shared_.sketch_seed = 1;
        shared_.flows.flows = 1024;
        shared_.offline = true;
        worker_ = std::make_unique<Worker>(0, 0, std::vector<WorkerQueue>{{0, 0, 0, {}, &exclude_}},
                                           shared_);
    }
    void process(rte_mbuf packet) {
        rte_mbuf* one = &packet;
        worker_->process(0, {&one, 1});
    }
    void send(const Sent& sent) {
        const Bytes frame = frame_of(sent);
        rte_mbuf packet{};
        packet.buf_addr = const_cast<uint8_t*>(frame.data());
        packet.data_len = static_cast<uint16_t>(frame.size());
        packet.pkt_len = static_cast<uint32_t>(frame.size());
        packet.nb_segs = 1;
        process(packet);
    }
    Bank& flip() {
        worker_->flip();
        return worker_->idle_bank();
    }

  private:
    std::unique_ptr<TableSet> table_;
    std::unique_ptr<InspectSet> set_;
    Exclude exclude_;
    Worker::Shared shared_;
    std::unique_ptr<Worker> worker_;
};

Sent request(const std::string& payload) {
    return {.payload = payload};
}
Sent answer(const std::string& payload, uint8_t flags = 0x18) {
    Sent sent{.source_port = 80, .destination_port = 40000, .payload = payload, .flags = flags};
    sent.back = true;
    return sent;
}

TEST(InspectOff, no_byte_beyond_the_headers_is_read) {
    // Sixteen bytes of payload, none of which may be touched.
    const Sent sent{.destination_port = 80, .payload = "GET / HTTP/1.1\r\n"};
    const Bytes frame = frame_of(sent);
    const Guarded guarded(frame, frame.size() - sent.payload.size());
    InspectingWorker off(nullptr);
    off.process(guarded.packet());
    Bank& bank = off.flip();
    EXPECT_EQ(bank.ports[0].counted_packets, 1U);
    EXPECT_EQ(bank.inspected.looks, 0U);
    EXPECT_FALSE(bank.inspected.written);
}

TEST(InspectOffDeathTest, the_same_frame_with_inspection_on_would_be_read) {
    const Sent sent{.destination_port = 80, .payload = "GET / HTTP/1.1\r\n"};
    const Bytes frame = frame_of(sent);
    const Guarded guarded(frame, frame.size() - sent.payload.size());
    EXPECT_DEATH(
        {
            InspectingWorker on(a_set());
            on.process(guarded.packet());
        },
        "");
}

TEST(InspectWorker, a_label_is_the_whole_conversations) {
    InspectingWorker worker(a_set());
    worker.send({.payload = "", .flags = kTcpSyn});
    worker.send(answer("", kTcpSyn | kTcpAck));
    worker.send(request("GET / HTTP/1.1\r\nHost: www.kcna.kp\r\n\r\n"));
    worker.send(answer("HTTP/1.1 200 OK\r\n\r\n"));
    Bank& first = worker.flip();
    EXPECT_EQ(first.inspected.labels[index_of(kWebLabel)].flows, 1U);
    EXPECT_EQ(first.inspected.labels[index_of(kWebLabel)].packets, 4U);
    EXPECT_EQ(first.inspected.sites[index_of(kSite)].flows, 1U);
    EXPECT_EQ(first.inspected.sites[index_of(kSite)].answered_flows, 1U);
    EXPECT_EQ(first.inspected.sites[index_of(kSite)].asked_flows, 0U);
    worker.send(request("more"));
    Bank& second = worker.flip();
    EXPECT_EQ(second.inspected.labels[index_of(kWebLabel)].flows, 0U);
    EXPECT_EQ(second.inspected.labels[index_of(kWebLabel)].packets, 1U);
    EXPECT_GT(second.inspected.sites[index_of(kSite)].bytes, 0U);
}

TEST(InspectWorker, what_came_in_an_earlier_bank_is_the_labels_too) {
    InspectingWorker worker(a_set());
    worker.send({.payload = "", .flags = kTcpSyn});
    EXPECT_EQ(worker.flip().inspected.labels[index_of(kWebLabel)].packets, 0U);
    worker.send(request("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_EQ(worker.flip().inspected.labels[index_of(kWebLabel)].packets, 2U);
}

TEST(InspectWorker, hostile_conversations_are_counted_and_tell_nothing_of_people) {
    const auto talk = [](InspectingWorker& worker, const std::string& first) {
        Sent to{.protocol = kProtocolUdp, .destination_port = 5000, .payload = first};
        Sent from{.protocol = kProtocolUdp,
                  .source_port = 5000,
                  .destination_port = 40000,
                  .payload = "answer"};
        from.back = true;
        for (int i = 0; i < 8; ++i) {
            worker.send(to);
            worker.send(from);
        }
    };
    InspectingWorker plain(a_set()), attacked(a_set());
    talk(plain, "good");
    talk(attacked, "evil");
    Bank& with_people = plain.flip();
    Bank& without = attacked.flip();
    uint64_t people = 0, none = 0;
    for (std::size_t area = 0; area < kMaxAreas; ++area) {
        people += with_people.areas[area].answered_flows + with_people.areas[area].living_flows;
        none += without.areas[area].answered_flows + without.areas[area].living_flows;
    }
    EXPECT_GT(people, 0U);
    EXPECT_EQ(none, 0U);
    EXPECT_EQ(without.ports[0].counted_packets, 16U);
    EXPECT_EQ(without.inspected.labels[index_of(kAttackLabel)].packets, 16U);
    uint64_t pairs = 0;
    without.inspected.pairs.drain(
        [&](uint64_t, const LabelCounts& pair) { pairs += pair.packets; });
    EXPECT_EQ(pairs, 16U) << "by the areas at both ends as well";
}

TEST(InspectWorker, three_payloads_are_looked_into_and_no_more) {
    InspectingWorker worker(a_set());
    for (int i = 0; i < 10; ++i) {
        worker.send({.protocol = kProtocolUdp, .destination_port = 5000, .payload = "quiet"});
    }
    EXPECT_EQ(worker.flip().inspected.looks, kInspectedPackets);
}

TEST(InspectWorker, a_site_that_only_resolvers_ask_for_is_told_apart) {
    InspectingWorker worker(a_set());
    Sent query{
        .protocol = kProtocolUdp, .destination_port = 53, .payload = dns_query(qname("kcna.kp"))};
    worker.send(query);
    Bank& bank = worker.flip();
    EXPECT_EQ(bank.inspected.sites[index_of(kSite)].asked_flows, 1U);
    EXPECT_EQ(bank.inspected.sites[index_of(kSite)].told_flows, 0U);
    EXPECT_EQ(bank.inspected.sites[index_of(kSite)].flows, 0U);
}

TEST(InspectWorker, a_label_by_numbers_falls_when_somebody_follows_up) {
    InspectingWorker worker(a_set());
    for (uint16_t port = 1; port <= 1000; ++port) {
        worker.send({.source_port = port, .destination_port = 80, .payload = "", .flags = kTcpSyn});
    }
    Bank& flood = worker.flip();
    const uint64_t labelled = flood.inspected.labels[index_of(kScanLabel)].packets;
    EXPECT_GT(labelled, 500U);
    // The last of them turns out to be a person's, with a label of its own.
    worker.send({.source_port = 1000, .destination_port = 80, .payload = "GET / HTTP/1.1\r\n\r\n"});
    worker.send({.source_port = 1000, .destination_port = 80, .payload = "more"});
    Bank& after = worker.flip();
    EXPECT_EQ(after.inspected.labels[index_of(kScanLabel)].packets, 0U);
    EXPECT_EQ(after.inspected.labels[index_of(kWebLabel)].flows, 1U);
    EXPECT_EQ(after.inspected.labels[index_of(kWebLabel)].packets, 3U) << "its SYN as well";
}

TEST(InspectWorker, who_asks_again_is_no_flood_also_after_a_flip) {
    const auto labelled = [](bool again) {
        InspectingWorker worker(a_set());
        uint64_t packets = 0;
        for (uint16_t port = 1; port <= 1000; ++port) {
            const Sent syn{
                .source_port = port, .destination_port = 80, .payload = "", .flags = kTcpSyn};
            worker.send(syn);
            packets += worker.flip().inspected.labels[index_of(kScanLabel)].packets;
            if (again) {
                worker.send(syn);
                packets += worker.flip().inspected.labels[index_of(kScanLabel)].packets;
            }
        }
        return packets;
    };
    EXPECT_GT(labelled(false), 500U);
    EXPECT_EQ(labelled(true), 0U);
}

}  // namespace
}  // namespace lull::testing
