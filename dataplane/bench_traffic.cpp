// See bench_traffic.h. Frames are as plain as can be: Ethernet, IP, TCP (IPv6: UDP, to stay small).
#include "dataplane/bench_traffic.h"

#include <rte_errno.h>

#include <algorithm>
#include <cstring>

#include "dataplane/bench_payloads.h"
#include "dataplane/headers.h"
#include "dataplane/sources.h"

namespace lull {

namespace {

constexpr uint32_t kFcsBytes = 4;
constexpr uint32_t kMinFrame6 = kEthernetBytes + kIpv6Bytes + kUdpBytes + 4;
constexpr uint8_t kAckPush = 0x18;

void put16(uint8_t* at, uint32_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

}  // namespace

Result<std::unique_ptr<BenchTraffic>> BenchTraffic::create(const BenchWorkload& workload,
                                                           std::span<const BenchFlow> flows,
                                                           uint64_t seed) {
    std::unique_ptr<BenchTraffic> traffic(new BenchTraffic());
    traffic->workload_ = workload;
    traffic->flows_ = flows;
    traffic->random_ = seed;
    const std::string name = "lull_bench" + std::to_string(seed);
    traffic->pool_.reset(rte_pktmbuf_pool_create(name.c_str(), kPackets, 0, 0,
                                                 RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY));
    traffic->packets_.resize(kPackets);
    if (!traffic->pool_ ||
        rte_pktmbuf_alloc_bulk(traffic->pool_.get(), traffic->packets_.data(), kPackets) != 0) {
        traffic->packets_.clear();
        return failed("no memory for {} packets: {}", kPackets, rte_strerror(rte_errno));
    }
    return traffic;
}

BenchTraffic::~BenchTraffic() {
    rte_pktmbuf_free_bulk(packets_.data(), static_cast<unsigned>(packets_.size()));
}

uint64_t BenchTraffic::next_random() {
    return mix(++random_, 0x5851F42D4C957F2Dull);
}

void BenchTraffic::write(rte_mbuf* packet, const BenchFlow& flow, bool back) {
    uint8_t* const frame = rte_pktmbuf_mtod(packet, uint8_t*);
    const bool ipv4 = flow.family == Family::kIpv4;
    uint32_t bytes = std::max(workload_.frame_bytes[turn_] - kFcsBytes, 60u);
    turn_ = (turn_ + 1) % workload_.frame_bytes.size();
    bytes = ipv4 ? bytes : std::max(bytes, kMinFrame6);
    packet->data_len = static_cast<uint16_t>(bytes);
    packet->pkt_len = bytes;
    put16(frame + kEthernetTypeOffset, ipv4 ? kEtherTypeIpv4 : kEtherTypeIpv6);
    uint8_t* const ip = frame + kEthernetBytes;
    const uint32_t ip_bytes = bytes - kEthernetBytes;
    uint8_t* layer4 = nullptr;
    if (ipv4) {
        ip[0] = 0x45;
        put16(ip + 2, ip_bytes);
        put16(ip + 6, 0);
        ip[9] = kProtocolTcp;
        put32(ip + 12, back ? flow.to4 : flow.from4);
        put32(ip + 16, back ? flow.from4 : flow.to4);
        layer4 = ip + kIpv4Bytes;
        put32(layer4 + 4, sequence_);
        layer4[12] = 0x50;
        layer4[13] = kAckPush;
    } else {
        ip[0] = 0x60;
        put16(ip + 4, ip_bytes - kIpv6Bytes);
        ip[6] = kProtocolUdp;
        std::memcpy(ip + 8, (back ? flow.to6 : flow.from6).data(), 16);
        std::memcpy(ip + 24, (back ? flow.from6 : flow.to6).data(), 16);
        layer4 = ip + kIpv6Bytes;
        put16(layer4 + 4, ip_bytes - kIpv6Bytes);
    }
    put16(layer4, back ? flow.to_port : flow.from_port);
    put16(layer4 + 2, back ? flow.from_port : flow.to_port);
}

// A conversation that begins with a payload of everyday traffic; IPv4, so that both of its kinds of
// layer 4 fit.
void BenchTraffic::write_first(rte_mbuf* packet, BenchFlow flow) {
    const BenchPayload& payload = bench_payloads()[payload_];
    payload_ = (payload_ + 1) % bench_payloads().size();
    uint8_t* const frame = rte_pktmbuf_mtod(packet, uint8_t*);
    const uint32_t header = payload.tcp ? kTcpBytes : kUdpBytes;
    const auto ip_bytes = static_cast<uint32_t>(kIpv4Bytes + header + payload.bytes.size());
    packet->data_len = static_cast<uint16_t>(kEthernetBytes + ip_bytes);
    packet->pkt_len = packet->data_len;
    put16(frame + kEthernetTypeOffset, kEtherTypeIpv4);
    uint8_t* const ip = frame + kEthernetBytes;
    ip[0] = 0x45;
    put16(ip + 2, ip_bytes);
    put16(ip + 4, 0);
    put16(ip + 6, 0);
    ip[9] = payload.tcp ? kProtocolTcp : kProtocolUdp;
    put32(ip + 12, flow.from4);
    put32(ip + 16, flow.to4);
    uint8_t* const layer4 = ip + kIpv4Bytes;
    put16(layer4, 32'768 + flow.from_port);
    put16(layer4 + 2, payload.port);
    if (payload.tcp) {
        put32(layer4 + 4, sequence_);
        layer4[12] = 0x50;
        layer4[13] = kAckPush;
    } else {
        put16(layer4 + 4, ip_bytes - kIpv4Bytes);
    }
    std::memcpy(layer4 + header, payload.bytes.data(), payload.bytes.size());
}

void BenchTraffic::refill() {
    sequence_ += 64;
    const auto new_bound = static_cast<uint32_t>(workload_.new_share * 65536);
    for (rte_mbuf* packet : packets_) {
        const uint64_t bits = next_random();
        BenchFlow flow = flows_[static_cast<std::size_t>((bits >> 32) * flows_.size() >> 32)];
        if ((bits & 0xffff) < new_bound) {
            // Ports below those of the set: of four billion, none comes twice.
            ++unseen_;
            flow.from_port = static_cast<uint16_t>(unseen_ & 0x3fff);
            flow.to_port = static_cast<uint16_t>(unseen_ >> 14);
            if (workload_.inspect != nullptr && flow.family == Family::kIpv4) {
                flow.from4 ^= unseen_ >> 14 << 8;  // the port is the payload's
                write_first(packet, flow);
                continue;
            }
        }
        write(packet, flow, (bits >> 16 & 1) != 0);
    }
}

void BenchTraffic::refill_in_order(std::size_t from) {
    sequence_ += 64;
    for (std::size_t i = 0; i < packets_.size(); ++i) {
        write(packets_[i], flows_[(from + i / 2) % flows_.size()], i % 2 != 0);
    }
}

}  // namespace lull
