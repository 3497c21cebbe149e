// Captures, over and over, onto a DPDK port: the fastest sender that still knows what it sent.
//   lull_sender DEVICE CAPTURE…
// Each line on standard input, "WHICH PACKETS RATE PATIENCE", is a round: it plays the capture of
// that number (from 0) until so many packets were offered (0: until SIGTERM), at so many a second
// (0: as fast as the device takes them); what the device has no room for is offered again until the
// patience, in seconds, is over. Each round answers {"offered","sent","refused","bytes","seconds"};
// offered = sent + refused, bytes are of what was sent. The device stays open until standard input
// ends, so that whoever asks can first see the last packet arrive. Frames longer than one buffer
// are sent as chains, as a NIC gives jumbo frames.
#include <fmt/core.h>
#include <pcap/pcap.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/driver_guard.h"
#include "dataplane/eal.h"
#include "dataplane/limits.h"
#include "dataplane/port.h"

namespace lull {
namespace {

constexpr auto kPause = std::chrono::microseconds(20);

std::atomic<bool> stopped{false};

using Frames = std::vector<std::vector<uint8_t>>;

struct Round {
    std::size_t which = 0;
    uint64_t packets = 0;
    double rate_pps = 0;
    double patience_s = 0;
};

struct Counts {
    uint64_t offered = 0, sent = 0, refused = 0, bytes = 0;
};

[[noreturn]] void die(const std::string& why) {
    fmt::print(stderr, "lull_sender: {}\n", why);
    std::_Exit(1);
}

Frames frames_of(const std::string& path) {
    std::array<char, PCAP_ERRBUF_SIZE> why{};
    pcap_t* file = pcap_open_offline(path.c_str(), why.data());
    if (file == nullptr) {
        die(why.data());
    }
    Frames frames;
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    while (pcap_next_ex(file, &header, &data) == 1) {
        frames.emplace_back(data, data + header->caplen);
    }
    pcap_close(file);
    if (frames.empty()) {
        die(path + " holds no frame");
    }
    return frames;
}

/// The frames as mbufs that are sent again and again: each keeps a reference of its own.
std::vector<rte_mbuf*> load(const Frames& frames, const std::string& name) {
    constexpr std::size_t kRoom = RTE_MBUF_DEFAULT_DATAROOM;
    std::size_t longest = 0, segments = 0;
    for (const auto& frame : frames) {
        longest = std::max(longest, frame.size());
        segments += frame.size() / kRoom + 1;
    }
    const std::size_t room = std::min(kRoom, RTE_ALIGN(longest, std::size_t{64}));
    rte_mempool* pool = rte_pktmbuf_pool_create(name.c_str(), static_cast<unsigned>(segments), 0, 0,
                                                static_cast<uint16_t>(room + RTE_PKTMBUF_HEADROOM),
                                                static_cast<int>(rte_socket_id()));
    if (pool == nullptr) {
        die("no memory for the capture's frames");
    }
    std::vector<rte_mbuf*> packets;
    for (const auto& frame : frames) {
        rte_mbuf* whole = nullptr;
        for (std::size_t at = 0; at < frame.size(); at += room) {
            const auto length = static_cast<uint16_t>(std::min(room, frame.size() - at));
            rte_mbuf* part = rte_pktmbuf_alloc(pool);
            std::memcpy(rte_pktmbuf_append(part, length), frame.data() + at, length);
            if (whole == nullptr) {
                whole = part;
            } else if (rte_pktmbuf_chain(whole, part) != 0) {
                die("a frame needs too many buffers");
            }
        }
        packets.push_back(whole);
    }
    return packets;
}

/// Offers one burst until it is taken or the patience is over.
void send(uint16_t port, std::span<rte_mbuf* const> packets, const Round& round,
          DriverVisits& visits, Counts& counts) {
    std::array<rte_mbuf*, kBurstPackets> burst;
    std::copy(packets.begin(), packets.end(), burst.begin());
    for (rte_mbuf* packet : packets) {
        rte_pktmbuf_refcnt_update(packet, 1);
    }
    const auto count = static_cast<uint16_t>(packets.size());
    uint16_t done = 0;
    std::optional<uint64_t> deadline;
    while (true) {
        visits.enter();
        const uint16_t taken =
            rte_eth_tx_burst(port, 0, burst.data() + done, static_cast<uint16_t>(count - done));
        visits.leave();
        done = static_cast<uint16_t>(done + taken);
        if (done == count) {
            break;
        }
        const uint64_t now = rte_rdtsc();
        if (taken != 0 || !deadline) {
            deadline = now + static_cast<uint64_t>(round.patience_s *
                                                   static_cast<double>(rte_get_tsc_hz()));
        }
        if (now >= *deadline || stopped) {
            break;
        }
        std::this_thread::sleep_for(kPause);
    }
    rte_pktmbuf_free_bulk(burst.data() + done, static_cast<unsigned>(count - done));
    counts.offered += count;
    counts.sent += done;
    counts.refused += static_cast<uint64_t>(count - done);
    for (rte_mbuf* packet : packets.first(done)) {
        counts.bytes += packet->pkt_len;
    }
}

/// How many packets are due now.
uint64_t due(const Round& round, const Counts& counts, double elapsed_s) {
    uint64_t most = kBurstPackets;
    if (round.packets != 0) {
        most = std::min(most, round.packets - counts.offered);
    }
    if (round.rate_pps > 0) {
        const auto until_now = static_cast<uint64_t>(round.rate_pps * elapsed_s);
        most = std::min(most, until_now - std::min(until_now, counts.offered));
    }
    return most;
}

Counts play(uint16_t port, const std::vector<rte_mbuf*>& packets, const Round& round) {
    Counts counts;
    DriverVisits visits;
    std::size_t at = 0;
    const auto begun = std::chrono::steady_clock::now();
    while (!stopped && (round.packets == 0 || counts.offered < round.packets)) {
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun;
        const auto count =
            std::min<std::size_t>(due(round, counts, elapsed.count()), packets.size() - at);
        if (count == 0) {
            std::this_thread::sleep_for(kPause);
            continue;
        }
        send(port, std::span(packets).subspan(at, count), round, visits, counts);
        at = (at + count) % packets.size();
    }
    return counts;
}

std::unique_ptr<Port> open(const std::string& device) {
    auto port = Port::open({.device = device});
    if (!port) {
        die(port.error().message);
    }
    if (!(*port)->started()) {
        die(device + " cannot be started");
    }
    return std::move(*port);
}

int run(int argc, char** argv) {
    if (argc < 3) {
        die("usage: lull_sender DEVICE CAPTURE…");
    }
    std::signal(SIGTERM, [](int) { stopped = true; });
    std::vector<Frames> captures;
    std::size_t bytes = 0;
    for (int i = 2; i < argc; ++i) {
        captures.push_back(frames_of(argv[i]));
        for (const auto& frame : captures.back()) {
            bytes += frame.size() + 1024;
        }
    }
    EalConfig eal;
    eal.memory_mb = static_cast<uint32_t>(kDefaultMemoryMb + (bytes >> 20) * 2);
    if (auto ok = start_eal(eal); !ok) {
        die(ok.error().message);
    }
    std::vector<std::vector<rte_mbuf*>> packets;
    for (const Frames& frames : captures) {
        packets.push_back(load(frames, "frames" + std::to_string(packets.size())));
    }
    const auto port = open(argv[1]);
    Round round;
    while (std::cin >> round.which >> round.packets >> round.rate_pps >> round.patience_s) {
        stopped = false;
        const auto begun = std::chrono::steady_clock::now();
        const Counts counts = play(port->id(), packets.at(round.which), round);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
        fmt::print(
            "{{\"offered\":{},\"sent\":{},\"refused\":{},\"bytes\":{},\"seconds\":{:.3f}}}\n",
            counts.offered, counts.sent, counts.refused, counts.bytes, took.count());
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace
}  // namespace lull

int main(int argc, char** argv) {
    return lull::run(argc, argv);
}
