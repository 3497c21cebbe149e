// parse_frame against tshark's truth over real captures: per address for every file, and frame by
// frame (addresses, lengths, ports, fragments) where only one IP header leaves no doubt which one
// a column means. Malformed captures are judged by the slow reference and the sanitizer alone.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/parse.h"
#include "tests/support/reference_parse.h"
#include "tests/support/shared_data.h"

namespace lull {
namespace {

using testing::read_tsv;
using testing::shared_data;

struct Frame {
    std::vector<uint8_t> bytes;  // of exact size
    uint32_t wire_bytes = 0;
};

using Row = std::vector<std::string>;

/// Columns of MANIFEST.tsv, per-ip.tsv.gz and truth/*.tsv.gz, as their README names them.
enum ManifestColumn : std::size_t { kManifestFile = 0, kManifestCategory = 1, kManifestIp = 7 };
enum PerIpColumn : std::size_t {
    kPerIpFile,
    kPerIpLayer,
    kPerIpAddress,
    kPerIpSent,
    kPerIpReceived = 5
};
enum TruthColumn : std::size_t {
    kTruthProtocols = 4,
    kTruthVersion = 8,
    kTruthSource4 = 9,
    kTruthDestination4 = 10,
    kTruthLength4 = 11,
    kTruthSource6 = 12,
    kTruthDestination6 = 13,
    kTruthProtocol4 = 14,
    kTruthUdpSource = 16,
    kTruthUdpDestination = 17,
    kTruthTcpSource = 18,
    kTruthTcpDestination = 19,
    kTruthOffset = 20,
    kTruthColumns = 24,
};

/// Empty when the capture is not Ethernet.
std::vector<Frame> read_capture(const std::string& file) {
    char error[PCAP_ERRBUF_SIZE] = {};
    const std::string path = shared_data() / "pcap" / file;
    const std::unique_ptr<pcap_t, decltype(&pcap_close)> capture(
        pcap_open_offline(path.c_str(), error), pcap_close);
    if (!capture) {
        ADD_FAILURE() << file << ": " << error;
        return {};
    }
    std::vector<Frame> frames;
    if (pcap_datalink(capture.get()) != DLT_EN10MB) {
        return frames;
    }
    pcap_pkthdr* header = nullptr;
    const u_char* data = nullptr;
    while (pcap_next_ex(capture.get(), &header, &data) == 1) {
        frames.push_back({{data, data + header->caplen}, header->len});
        frames.back().bytes.shrink_to_fit();
    }
    return frames;
}

std::string text_of(const PacketView& view, const Ipv6Bytes& address6, uint32_t address4) {
    char text[INET6_ADDRSTRLEN] = {};
    const uint32_t network_order = htonl(address4);
    if (view.family == Family::kIpv4) {
        inet_ntop(AF_INET, &network_order, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, address6.data(), text, sizeof text);
    }
    return text;
}

std::string source_of(const PacketView& view) {
    return text_of(view, view.source6, view.source4);
}
std::string destination_of(const PacketView& view) {
    return text_of(view, view.destination6, view.destination4);
}

/// The truth's spelling of an IPv6 address may differ from ours: compare the canonical one.
std::string canonical(const std::string& text) {
    Ipv6Bytes bytes{};
    char canonical_text[INET6_ADDRSTRLEN] = {};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) {
        return text;
    }
    return inet_ntop(AF_INET6, bytes.data(), canonical_text, sizeof canonical_text);
}

Reject parse_and_compare(const Frame& frame, PacketView& view) {
    const Reject reject = parse_frame(frame.bytes, frame.wire_bytes, {}, view);
    EXPECT_EQ(
        reference::difference(reference::parse(frame.bytes, frame.wire_bytes, {}), reject, view),
        "");
    return reject;
}

/// Calls `judge` for every row of the manifest; skips loudly when there is none.
void for_each_capture(const std::function<void(const std::string& file, const Row& row)>& judge) {
    const auto manifest = shared_data() / "pcap" / "MANIFEST.tsv";
    if (!std::filesystem::exists(manifest)) {
        GTEST_SKIP() << "SKIPPED: no captures at " << manifest
                     << "; set LULL_SHARED_DATA to the folder that holds pcap/";
    }
    const auto rows = read_tsv(manifest);
    ASSERT_GT(rows.size(), 1u);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        SCOPED_TRACE(rows[i].at(kManifestFile));
        judge(rows[i].at(kManifestFile), rows[i]);
    }
}

// Two places where the truth is wrong about the world, found by reading the bytes:
// In eight FabricPath frames of exactly an IPv6 header, tshark takes the last four bytes for an
// Ethernet FCS, which the capture does not have, and loses the destination address: 5678::.
constexpr std::string_view kFabricPath = "non-ip-l2__zeek__cisco-fabric-path.pcap";
constexpr const char* kFabricPathLost = "5678::";
// One IPv4 packet has a security option of a wrong length. tshark stops there; the header length
// and the UDP length behind it (72 = 104 - 32) agree, so the ports are what they are: 5060.
constexpr std::string_view kBadOption = "v4-options__suricata-verify__ip_secopt.pcap";

bool is_malformed(const Row& row) {
    return row.at(kManifestCategory) == "malformed-fuzz";
}

using Counts = std::map<std::string, std::pair<uint64_t, uint64_t>>;  // sent, received frames

TEST(ParseCaptures, frames_per_address_equal_the_truth) {
    std::map<std::string, Counts> truth;
    int compared = 0;
    for_each_capture([&](const std::string& file, const Row& row) {
        if (truth.empty()) {
            for (const Row& each : read_tsv(shared_data() / "pcap" / "per-ip.tsv.gz")) {
                if (each.at(kPerIpLayer) == "outermost") {
                    truth[each.at(kPerIpFile)][canonical(each.at(kPerIpAddress))] = {
                        std::stoull(each.at(kPerIpSent)), std::stoull(each.at(kPerIpReceived))};
                }
            }
        }
        const auto frames = read_capture(file);
        if (is_malformed(row) || frames.empty()) {
            return;
        }
        if (file == kFabricPath) {
            auto& lost = truth[file][""];
            EXPECT_EQ(lost.second, 8u);
            truth[file][kFabricPathLost].second += lost.second;
            truth[file].erase("");
        }
        Counts counts;
        uint64_t with_ip = 0;
        for (const Frame& frame : frames) {
            PacketView view;
            if (parse_and_compare(frame, view) == Reject::kNone) {
                ++with_ip;
                ++counts[source_of(view)].first;
                ++counts[destination_of(view)].second;
            }
        }
        EXPECT_EQ(with_ip, std::stoull(row.at(kManifestIp)));
        EXPECT_EQ(counts, truth[file]);
        ++compared;
    });
    if (!IsSkipped()) {
        EXPECT_GE(compared, 60);
    }
}

/// The one port column that is not empty; an empty pair for other protocols.
std::pair<std::string, std::string> ports_of(const Row& row) {
    return row[kTruthTcpSource].empty()
               ? std::pair(row[kTruthUdpSource], row[kTruthUdpDestination])
               : std::pair(row[kTruthTcpSource], row[kTruthTcpDestination]);
}

/// A row whose only IP header is an IPv4 or IPv6 one.
void compare_with_row(const Row& row, const PacketView& view) {
    const bool is_v4 = row[kTruthVersion] == "4";
    EXPECT_EQ(source_of(view), canonical(row[is_v4 ? kTruthSource4 : kTruthSource6]));
    EXPECT_EQ(destination_of(view),
              canonical(row[is_v4 ? kTruthDestination4 : kTruthDestination6]));
    if (is_v4) {
        EXPECT_EQ(std::to_string(view.protocol), row[kTruthProtocol4]);
        EXPECT_EQ(view.later_fragment, row[kTruthOffset] != "0");
        if (!view.truncated) {
            EXPECT_EQ(std::to_string(view.ip_bytes), row[kTruthLength4]);
        }
    }
    const auto [source, destination] = ports_of(row);
    if ((view.protocol == 6 || view.protocol == 17) && !view.later_fragment) {
        EXPECT_EQ(std::to_string(view.source_port), source);
        EXPECT_EQ(std::to_string(view.destination_port), destination);
    }
}

TEST(ParseCaptures, each_frame_with_one_ip_header_equals_its_row_of_truth) {
    int compared = 0;
    for_each_capture([&compared](const std::string& file, const Row& row) {
        const auto frames = read_capture(file);
        if (is_malformed(row) || frames.empty()) {
            return;
        }
        const auto rows = read_tsv(shared_data() / "pcap" / "truth" / (file + ".tsv.gz"));
        ASSERT_EQ(rows.size(), frames.size() + 1);
        for (std::size_t i = 0; i < frames.size(); ++i) {
            SCOPED_TRACE(::testing::Message() << "frame " << i + 1);
            Row truth = rows[i + 1];
            truth.resize(kTruthColumns);
            PacketView view;
            const Reject reject = parse_frame(frames[i].bytes, frames[i].wire_bytes, {}, view);
            if (file == kFabricPath && !truth[kTruthSource6].empty()) {
                truth[kTruthDestination6] = kFabricPathLost;
            }
            if (file == kBadOption && ports_of(truth).first.empty()) {
                truth[kTruthUdpSource] = truth[kTruthUdpDestination] = "5060";
            }
            const bool has_ip = !truth[kTruthSource4].empty() || !truth[kTruthSource6].empty();
            EXPECT_EQ(reject == Reject::kNone, has_ip) << reject_name(reject);
            if (reject == Reject::kNone && truth[kTruthVersion].size() == 1) {
                compare_with_row(truth, view);
                ++compared;
            }
        }
    });
    if (!IsSkipped()) {
        EXPECT_GE(compared, 8000);
    }
}

TEST(ParseCaptures, malformed_captures_agree_with_the_reference_under_every_rule) {
    for_each_capture([](const std::string& file, const Row&) {
        ParseRules all;
        all.decap_gre = all.decap_erspan = all.decap_vxlan = true;
        ParseRules sliced = all;
        sliced.trust_ip_length = true;
        for (const Frame& frame : read_capture(file)) {
            for (const ParseRules& rules : {ParseRules{}, all, sliced}) {
                PacketView view;
                const Reject reject = parse_frame(frame.bytes, frame.wire_bytes, rules, view);
                EXPECT_EQ(reference::difference(
                              reference::parse(frame.bytes, frame.wire_bytes, rules), reject, view),
                          "");
            }
        }
    });
}

TEST(ParseCaptures, mirrored_packets_are_the_innermost_ones_of_the_truth) {
    constexpr std::string_view kMirrors[] = {
        "gre-erspan__zeek__erspanII.pcap",
        "vxlan-geneve__ndpi__pcap__vxlan.pcap",
        "jumbo-gso__tcpdump__gso-ipv4-vxlan-ipv4.pcap",
    };
    if (!std::filesystem::exists(shared_data() / "pcap" / "MANIFEST.tsv")) {
        GTEST_SKIP() << "SKIPPED: no captures at " << shared_data();
    }
    std::map<std::string, Counts> truth;
    for (const Row& each : read_tsv(shared_data() / "pcap" / "per-ip.tsv.gz")) {
        if (each.at(kPerIpLayer) == "innermost") {
            truth[each.at(kPerIpFile)][canonical(each.at(kPerIpAddress))] = {
                std::stoull(each.at(kPerIpSent)), std::stoull(each.at(kPerIpReceived))};
        }
    }
    ParseRules rules;
    rules.decap_erspan = rules.decap_vxlan = true;
    for (const std::string_view file : kMirrors) {
        Counts counts;
        for (const Frame& frame : read_capture(std::string(file))) {
            PacketView view;
            ASSERT_EQ(parse_frame(frame.bytes, frame.wire_bytes, rules, view), Reject::kNone);
            ++counts[source_of(view)].first;
            ++counts[destination_of(view)].second;
        }
        EXPECT_EQ(counts, truth[std::string(file)]) << file;
    }
}

}  // namespace
}  // namespace lull
