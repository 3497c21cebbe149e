// Sums are ones' complement (RFC 1071) over big-endian words. A text's partial sums are kept by
// length; the sum over its first n bytes is then one load.
#include "control/drill/frames.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "control/drill/random.h"

namespace lull {
namespace {

constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherArp = 0x0806;
constexpr uint16_t kEtherLldp = 0x88cc;
constexpr uint16_t kEtherVlan = 0x8100;
constexpr uint32_t kEthernetBytes = 14;
constexpr uint32_t kVlanBytes = 4;

// ---- ClientHello (RFC 8446 §4.1.2): what depends on its length and country is put in later ----
constexpr uint32_t kHelloName = 63;       // "www.drill."
constexpr uint32_t kHelloNameBytes = 12;  // with the country's two letters
constexpr uint32_t kHelloPadding = 75;    // the extension of RFC 7685, up to the end
constexpr uint32_t kHelloHeadBytes = 80;  // what is written anew for each; even
static_assert(kHelloHeadBytes <= kMinHelloBytes);

std::string_view hello_head() {
    using namespace std::string_view_literals;
    return "\x16\x03\x01\0\0"                      // record, its length
           "\x01\0\0\0"                            // ClientHello, its length
           "\x03\x03"                              // version
           "0123456789abcdef0123456789abcdef"      // random
           "\0"                                    // no session
           "\0\x04\x13\x01\x13\x02\x01\0"          // suites, no compression
           "\0\0"                                  // extensions' length
           "\0\0\0\x11\0\x0f\0\0\x0cwww.drill.zz"  // server_name
           "\0\x15\0\0\0"sv;                       // padding, its length
}

/// The first payload bytes of a protocol, enough for a dissector to name it.
std::string_view head_of(Payload payload) {
    using namespace std::string_view_literals;
    switch (payload) {
        case Payload::kTls:  // application data, TLS 1.2 record
            return "\x17\x03\x03\x05\x60"sv;
        case Payload::kHello:
            return hello_head();
        case Payload::kDnsQuery:
            return "\x1a\x2b\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                   "\x07"
                   "example\x03"
                   "com\x00\x00\x01\x00\x01"sv;
        case Payload::kDnsAnswer:
            return "\x1a\x2b\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
                   "\x07"
                   "example\x03"
                   "com\x00\x00\x01\x00\x01\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04"
                   "\xc0\x00\x02\x01"sv;
        case Payload::kDnsAny:  // answer to a question of type 255, as floods are made of
            return "\x1a\x2b\x81\x80\x00\x01\x00\x14\x00\x00\x00\x00"
                   "\x07"
                   "example\x03"
                   "com\x00\x00\xff\x00\x01"sv;
        case Payload::kQuic:  // long header, version 1, eight bytes of connection id
            return "\xc3\x00\x00\x00\x01\x08"sv;
        case Payload::kNtp:  // answer to monlist, RFC 5905 mode 7
            return "\xd7\x00\x03\x2a\x00\x06\x00\x48"sv;
        case Payload::kSsdp:
            return "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\nST: upnp:rootdevice\r\n"sv;
        case Payload::kNoise:
            return ""sv;
    }
    return "";
}

struct Text {
    std::array<uint8_t, kMaxPayloadBytes> bytes{};
    std::array<uint32_t, kMaxPayloadBytes + 1> sums{};  // over the first n bytes
};

const Text& text_of(Payload payload) {
    static const std::array<Text, kPayloadCount> texts = [] {
        std::array<Text, kPayloadCount> made;
        for (std::size_t kind = 0; kind < kPayloadCount; ++kind) {
            Random random(kind);
            const std::string_view head = head_of(static_cast<Payload>(kind));
            Text& text = made[kind];
            for (std::size_t i = 0; i < text.bytes.size(); ++i) {
                const auto noise = static_cast<uint8_t>(random.next());
                const bool is_hello = static_cast<Payload>(kind) == Payload::kHello;
                const uint8_t rest = is_hello ? 0 : noise;  // RFC 7685: padding is zero
                text.bytes[i] = i < head.size() ? static_cast<uint8_t>(head[i]) : rest;
                const uint32_t word = i % 2 == 0 ? uint32_t{text.bytes[i]} << 8 : text.bytes[i];
                text.sums[i + 1] = text.sums[i] + word;
            }
        }
        return made;
    }();
    return texts[static_cast<std::size_t>(payload)];
}

void put16(uint8_t* at, uint32_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value);
}

uint32_t sum_of(const uint8_t* bytes, uint32_t even_size) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < even_size; i += 2) sum += uint32_t{bytes[i]} << 8 | bytes[i + 1];
    return sum;
}

/// Its lengths, so that it ends where the payload does, and whom it asks for.
void fit_hello(const PacketSpec& packet, uint8_t* payload) {
    const uint32_t bytes = packet.payload_bytes;
    put16(payload + 3, bytes - 5);
    put16(payload + 7, bytes - 9);
    put16(payload + 52, bytes - 54);
    put16(payload + kHelloPadding + 2, bytes - kHelloPadding - 4);
    const std::size_t id = index_of(packet.to->country);
    const std::string_view code = id < countries().size() ? country(packet.to->country).code : "ZZ";
    for (uint32_t i = 0; i < 2; ++i) {
        payload[kHelloName + kHelloNameBytes - 2 + i] = static_cast<uint8_t>(code[i] | 0x20);
    }
}

uint16_t folded(uint32_t sum) {
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
}

uint32_t header_bytes(const PacketSpec& packet) {
    if (packet.protocol != kProtocolTcp) return 8;
    // A SYN says its segment size, as every stack's does.
    return (packet.flags & kTcpSyn) != 0 ? 24 : 20;
}

/// The router of the member that an AS sends through: fixed, locally administered.
void put_mac(uint8_t* at, const Endpoint& end) {
    put16(at, 0x024c);
    put32(at + 2, 0x00010000 + drill_member(end.asn) - kFirstDrillMember);
}

uint8_t* put_ethernet(const PacketSpec& packet, uint8_t* at) {
    put_mac(at, *packet.to);
    put_mac(at + 6, *packet.from);
    at += 12;
    if (packet.vlan != 0) {
        put16(at, kEtherVlan);
        put16(at + 2, packet.vlan);
        at += kVlanBytes;
    }
    put16(at, packet.from->family == Family::kIpv4 ? kEtherIpv4 : kEtherIpv6);
    return at + 2;
}

/// Writes the IP header and gives the sum of the pseudo header in `pseudo`.
uint8_t* put_ip(const PacketSpec& packet, uint8_t* at, uint32_t& pseudo) {
    const uint32_t l4_bytes = header_bytes(packet) + packet.payload_bytes;
    if (packet.from->family == Family::kIpv4) {
        put16(at, 0x4500);
        put16(at + 2, 20 + l4_bytes);
        put16(at + 4, packet.ip_id);
        put16(at + 6, 0x4000);  // don't fragment
        at[8] = packet.ttl;
        at[9] = packet.protocol;
        put16(at + 10, 0);
        std::memcpy(at + 12, packet.from->address.data(), 4);
        std::memcpy(at + 16, packet.to->address.data(), 4);
        put16(at + 10, folded(sum_of(at, 20)));
        pseudo = sum_of(at + 12, 8) + packet.protocol + l4_bytes;
        return at + 20;
    }
    const uint8_t next = packet.protocol == kProtocolIcmp ? kProtocolIcmp6 : packet.protocol;
    put32(at, 0x60000000);
    put16(at + 4, l4_bytes);
    at[6] = next;
    at[7] = packet.ttl;
    std::memcpy(at + 8, packet.from->address.data(), 16);
    std::memcpy(at + 24, packet.to->address.data(), 16);
    pseudo = sum_of(at + 8, 32) + next + l4_bytes;
    return at + 40;
}

void put_tcp(const PacketSpec& packet, uint8_t* at, uint32_t sum) {
    const uint32_t size = header_bytes(packet);
    put16(at, packet.from_port);
    put16(at + 2, packet.to_port);
    put32(at + 4, packet.sequence);
    put32(at + 8, packet.acknowledged);
    at[12] = static_cast<uint8_t>(size / 4 << 4);
    at[13] = packet.flags;
    put16(at + 14, 64'240);
    put32(at + 16, 0);
    if (size == 24) put32(at + 20, 0x02040000 | kMaxPayloadBytes);
    put16(at + 16, folded(sum + sum_of(at, size)));
}

void put_udp(const PacketSpec& packet, uint8_t* at, uint32_t sum) {
    put16(at, packet.from_port);
    put16(at + 2, packet.to_port);
    put16(at + 4, 8u + packet.payload_bytes);
    put16(at + 6, 0);
    const uint16_t check = folded(sum + sum_of(at, 8));
    put16(at + 6, check == 0 ? 0xffff : check);  // RFC 768: 0 would say "none"
}

void put_echo(const PacketSpec& packet, uint8_t* at, uint32_t sum) {
    const bool is_v4 = packet.from->family == Family::kIpv4;
    const bool is_reply = packet.flags != 0;
    at[0] = is_v4 ? (is_reply ? 0 : 8) : (is_reply ? 129 : 128);
    at[1] = 0;
    put16(at + 2, 0);
    put16(at + 4, packet.from_port);
    put16(at + 6, packet.to_port);
    put16(at + 2, folded(sum + sum_of(at, 8)));
}

}  // namespace

uint32_t ip_bytes(const PacketSpec& packet) {
    const uint32_t ip = packet.from->family == Family::kIpv4 ? 20 : 40;
    return ip + header_bytes(packet) + packet.payload_bytes;
}

uint32_t frame_bytes(const PacketSpec& packet) {
    const uint32_t tag = packet.vlan != 0 ? kVlanBytes : 0;
    return std::max(kMinFrameBytes, kEthernetBytes + tag + ip_bytes(packet));
}

void write_frame(const PacketSpec& packet, std::span<uint8_t> frame) {
    uint32_t pseudo = 0;
    uint8_t* at = put_ip(packet, put_ethernet(packet, frame.data()), pseudo);
    const Text& text = text_of(packet.payload);
    uint8_t* payload = at + header_bytes(packet);
    std::memcpy(payload, text.bytes.data(), packet.payload_bytes);
    uint32_t payload_sum = text.sums[packet.payload_bytes];
    if (packet.payload == Payload::kHello) {
        fit_hello(packet, payload);
        payload_sum += sum_of(payload, kHelloHeadBytes) - text.sums[kHelloHeadBytes];
    }
    switch (packet.protocol) {
        case kProtocolTcp:
            put_tcp(packet, at, pseudo + payload_sum);
            break;
        case kProtocolUdp:
            put_udp(packet, at, pseudo + payload_sum);
            break;
        default:
            // ICMP sums no pseudo header over IPv4.
            put_echo(packet, at, payload_sum + (packet.from->family == Family::kIpv4 ? 0 : pseudo));
            break;
    }
    uint8_t* end = payload + packet.payload_bytes;
    std::fill(end, frame.data() + frame.size(), uint8_t{0});
}

void write_arp(uint32_t sender, std::span<uint8_t> frame) {
    std::fill(frame.begin(), frame.end(), uint8_t{0});
    uint8_t* at = frame.data();
    const Endpoint router{.asn = sender};
    std::fill_n(at, 6, uint8_t{0xff});
    put_mac(at + 6, router);
    put16(at + 12, kEtherArp);
    put32(at + 14, 0x00010800);
    put32(at + 18, 0x06040001);
    put_mac(at + 22, router);
    put32(at + 28, 0xc6120100 + sender % 200 + 1);  // 198.18.1.x, a lab's peering LAN
    put32(at + 38, 0xc6120100 + (sender * 7) % 200 + 1);
}

void write_lldp(std::span<uint8_t> frame) {
    constexpr std::array<uint8_t, 36> kFrame{
        0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e, 0x02, 0x4c, 0x00, 0x02, 0x00, 0x00,
        0x88, 0xcc, 0x02, 0x07, 0x04, 0x02, 0x4c, 0x00, 0x02, 0x00, 0x00,  // chassis: MAC
        0x04, 0x05, 0x05, 't',  'a',  'p',  '0',                           // port: name
        0x06, 0x02, 0x00, 0x78,                                            // 120 s to live
        0x00, 0x00};
    static_assert(kEtherLldp == (kFrame[12] << 8 | kFrame[13]));
    std::fill(frame.begin(), frame.end(), uint8_t{0});
    std::copy(kFrame.begin(), kFrame.end(), frame.begin());
}

}  // namespace lull
