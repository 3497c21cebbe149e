// Makes what the systems of tests/bench/peers are compared over: a capture of conversations drawn
// from an origin table, and that table as pmacct's list of networks. The same words give the same
// bytes; a longer capture begins with the shorter one. Prints what it wrote, as JSON.
//
//   make_capture TABLE --networks FILE
//   make_capture TABLE --pcap FILE PACKETS FLOWS 64|imix IPV6_SHARE
#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "control/bench_flows.h"
#include "control/drill/frames.h"
#include "control/drill/random.h"
#include "control/drill/sink.h"
#include "control/origins/table_file.h"

namespace lull {

namespace {

constexpr uint64_t kSeed = 3;
constexpr int64_t kStart_ns = 1'767'225'600'000'000'000;  // 2026-01-01
constexpr int64_t kStep_ns = 1'000;                       // a million packets a second
constexpr uint32_t kFcsBytes = 4, kEthernetBytes = 14;
// With FCS. The large one is as large as the drill's frames get, 20 bytes below the usual 1,518.
constexpr std::array<uint32_t, 12> kImix{64, 594, 64, 64, 594, 64, 1498, 64, 594, 64, 594, 64};

struct Totals {
    uint64_t packets = 0, ipv6_packets = 0, ip_bytes = 0, frame_bytes = 0;
};

Endpoint endpoint(const BenchFlow& flow, bool from) {
    Endpoint end;
    end.family = flow.family;
    if (flow.family == Family::kIpv4) {
        const uint32_t address = htonl(from ? flow.from4 : flow.to4);
        std::memcpy(end.address.data(), &address, sizeof(address));
    } else {
        end.address = from ? flow.from6 : flow.to6;
    }
    return end;
}

// TCP over IPv4, UDP over IPv6: its smallest frames have 62 bytes.
PacketSpec packet_of(const BenchFlow& flow, const Endpoint& from, const Endpoint& to, bool back) {
    PacketSpec packet;
    packet.from = back ? &to : &from;
    packet.to = back ? &from : &to;
    packet.protocol = flow.family == Family::kIpv4 ? kProtocolTcp : kProtocolUdp;
    packet.from_port = back ? flow.to_port : flow.from_port;
    packet.to_port = back ? flow.from_port : flow.to_port;
    packet.flags = kTcpAck | kTcpPsh;
    return packet;
}

Result<Totals> write_capture(const OriginTable& table, const std::string& path, uint64_t packets,
                             uint32_t flow_count, double ipv6_share,
                             std::span<const uint32_t> sizes) {
    auto sink = PcapSink::open(path);
    if (!sink) {
        return tl::unexpected(sink.error());
    }
    const auto flows = draw_bench_flows(table, flow_count, ipv6_share, kSeed);
    Random random(kSeed + 1);
    Totals totals;
    for (uint64_t i = 0; i < packets; ++i) {
        const BenchFlow& flow = flows[random.below(flows.size())];
        const Endpoint from = endpoint(flow, true), to = endpoint(flow, false);
        PacketSpec packet = packet_of(flow, from, to, random.below(2) == 1);
        const uint32_t headers = kEthernetBytes + ip_bytes(packet);
        const uint32_t wanted = sizes[random.below(sizes.size())] - kFcsBytes;
        packet.payload_bytes = static_cast<uint16_t>(
            std::min(wanted > headers ? wanted - headers : 0, kMaxPayloadBytes));
        packet.sequence = static_cast<uint32_t>(i) * kMaxPayloadBytes;
        const auto frame =
            (*sink)->next(frame_bytes(packet), kStart_ns + static_cast<int64_t>(i) * kStep_ns);
        if (frame.empty()) {
            break;  // finish() says why
        }
        write_frame(packet, frame);
        ++totals.packets;
        totals.ipv6_packets += flow.family == Family::kIpv6 ? 1 : 0;
        totals.ip_bytes += ip_bytes(packet);
        totals.frame_bytes += frame.size();
    }
    if (auto done = (*sink)->finish(); !done) {
        return tl::unexpected(done.error());
    }
    return totals;
}

// pmacct: ASN,prefix/len. An address whose most specific prefix has no AS has none there either.
Result<std::size_t> write_networks(const OriginTable& table, const std::string& path) {
    std::ofstream out(path);
    std::array<char, INET6_ADDRSTRLEN> text{};
    for (const Route4& route : table.routes4) {
        const uint32_t address = htonl(route.address);
        inet_ntop(AF_INET, &address, text.data(), text.size());
        out << fmt::format("{},{}/{}\n", table.origins[index_of(route.origin)].asn, text.data(),
                           route.length);
    }
    for (const Route6& route : table.routes6) {
        inet_ntop(AF_INET6, route.address.data(), text.data(), text.size());
        out << fmt::format("{},{}/{}\n", table.origins[index_of(route.origin)].asn, text.data(),
                           route.length);
    }
    if (!out.flush()) {
        return failed("{}: cannot be written", path);
    }
    return table.routes4.size() + table.routes6.size();
}

int complain(const std::string& what) {
    fmt::print(stderr, "make_capture: {}\n", what);
    return 1;
}

int run(std::span<char*> words) {
    const std::string_view task = words.size() > 3 ? words[2] : "";
    if (!(task == "--networks" && words.size() == 4) && !(task == "--pcap" && words.size() == 8)) {
        return complain(
            "TABLE --networks FILE, or TABLE --pcap FILE PACKETS FLOWS 64|imix IPV6_SHARE");
    }
    const auto table = read_table(words[1]);
    if (!table) {
        return complain(table.error().message);
    }
    if (task == "--networks") {
        const auto networks = write_networks(*table, words[3]);
        if (!networks) {
            return complain(networks.error().message);
        }
        fmt::print("{{\"networks\": {}}}\n", *networks);
        return 0;
    }
    const std::array<uint32_t, 1> small{64};
    const std::span<const uint32_t> sizes =
        std::string_view(words[6]) == "imix" ? std::span<const uint32_t>(kImix) : small;
    const auto totals = write_capture(*table, words[3], std::strtoull(words[4], nullptr, 10),
                                      static_cast<uint32_t>(std::strtoul(words[5], nullptr, 10)),
                                      std::strtod(words[7], nullptr), sizes);
    if (!totals) {
        return complain(totals.error().message);
    }
    fmt::print("{{\"packets\": {}, \"ipv6_packets\": {}, \"ip_bytes\": {}, \"frame_bytes\": {}}}\n",
               totals->packets, totals->ipv6_packets, totals->ip_bytes, totals->frame_bytes);
    return 0;
}

}  // namespace

}  // namespace lull

int main(int argc, char** argv) {
    return lull::run({argv, static_cast<std::size_t>(argc)});
}
