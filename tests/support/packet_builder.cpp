// Each layer is appended as bytes; the type field it leaves open is filled by the next layer, and
// length fields by build(). Addresses are read by inet_pton.
#include "tests/support/packet_builder.h"

#include <arpa/inet.h>

#include <cstdio>
#include <stdexcept>

namespace lull::testing {

uint32_t address4(const std::string& text) {
    in_addr address{};
    if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
        throw std::invalid_argument("not an IPv4 address: " + text);
    }
    return ntohl(address.s_addr);
}

Ipv6Bytes address6(const std::string& text) {
    Ipv6Bytes address{};
    if (inet_pton(AF_INET6, text.c_str(), address.data()) != 1) {
        throw std::invalid_argument("not an IPv6 address: " + text);
    }
    return address;
}

void PacketBuilder::put16(uint64_t value) {
    put8(value >> 8 & 0xff);
    put8(value & 0xff);
}

void PacketBuilder::put32(uint64_t value) {
    put16(value >> 16 & 0xffff);
    put16(value & 0xffff);
}

void PacketBuilder::put_mac(const std::string& text) {
    unsigned part[6] = {};
    if (std::sscanf(text.c_str(), "%2x:%2x:%2x:%2x:%2x:%2x", &part[0], &part[1], &part[2], &part[3],
                    &part[4], &part[5]) != 6) {
        throw std::invalid_argument("not a MAC address: " + text);
    }
    for (const unsigned byte : part) {
        put8(byte);
    }
}

void PacketBuilder::open(Slot slot) {
    slot_ = slot;
    slot_at_ = bytes_.size();
    for (int i = 0; i < (slot == Slot::kEtherType || slot == Slot::kPpp ? 2 : 1); ++i) {
        put8(0);
    }
}

void PacketBuilder::name_ether_type(uint16_t type) {
    if (slot_ == Slot::kEtherType) {
        bytes_[slot_at_] = static_cast<uint8_t>(type >> 8);
        bytes_[slot_at_ + 1] = static_cast<uint8_t>(type & 0xff);
    }
    slot_ = Slot::kNone;
}

void PacketBuilder::name_protocol(uint8_t protocol) {
    if (slot_ == Slot::kIpProtocol) {
        bytes_[slot_at_] = protocol;
    }
    slot_ = Slot::kNone;
}

void PacketBuilder::name_ip(uint16_t ether_type, uint16_t ppp, uint8_t protocol) {
    switch (slot_) {
        case Slot::kNone:
            break;
        case Slot::kEtherType:
            return name_ether_type(ether_type);
        case Slot::kIpProtocol:
            return name_protocol(protocol);
        case Slot::kPpp:
            bytes_[slot_at_ + 1] = static_cast<uint8_t>(ppp);
            break;
        case Slot::kPppCompressed:
            bytes_[slot_at_] = static_cast<uint8_t>(ppp);
            break;
    }
    slot_ = Slot::kNone;
}

PacketBuilder& PacketBuilder::ethernet(const std::string& source, const std::string& destination) {
    name_ether_type(0x6558);  // only a GRE header before it has a field to fill
    put_mac(destination);
    put_mac(source);
    open(Slot::kEtherType);
    return *this;
}

PacketBuilder& PacketBuilder::llc_snap(uint32_t oui) {
    lengths_.push_back({slot_at_, bytes_.size()});
    put16(0xaaaa);
    put8(0x03);
    put8(oui >> 16 & 0xff);
    put16(oui & 0xffff);
    open(Slot::kEtherType);
    return *this;
}

PacketBuilder& PacketBuilder::llc_ip() {
    lengths_.push_back({slot_at_, bytes_.size()});
    put16(0x0606);
    put8(0x03);
    slot_ = Slot::kNone;
    return *this;
}

PacketBuilder& PacketBuilder::vlan(uint16_t tpid, uint16_t id) {
    name_ether_type(tpid);
    put16(id);
    open(Slot::kEtherType);
    return *this;
}

PacketBuilder& PacketBuilder::etag() {
    name_ether_type(0x893f);
    put32(0x00010064);
    put16(0);
    open(Slot::kEtherType);
    return *this;
}

PacketBuilder& PacketBuilder::vntag() {
    name_ether_type(0x8926);
    put32(0x80010002);
    open(Slot::kEtherType);
    return *this;
}

PacketBuilder& PacketBuilder::fabric_path() {
    name_ether_type(0x8903);
    put16(0x0060);
    return *this;
}

PacketBuilder& PacketBuilder::mpls(uint32_t label, uint16_t type) {
    name_ether_type(type);
    if (last_label_at_ + 4 == bytes_.size()) {
        bytes_[last_label_at_ + 2] &= 0xfe;
    }
    last_label_at_ = bytes_.size();
    put32(label << 12 | 0x100 | 64);
    return *this;
}

PacketBuilder& PacketBuilder::control_word() {
    put32(7);
    return *this;
}

PacketBuilder& PacketBuilder::pppoe(PppField field) {
    name_ether_type(0x8864);
    put16(0x1100);
    put16(1);
    lengths_.push_back({bytes_.size(), bytes_.size() + 2});
    put16(0);
    open(field == PppField::kWhole ? Slot::kPpp : Slot::kPppCompressed);
    return *this;
}

PacketBuilder& PacketBuilder::ipv4(const std::string& source, const std::string& destination,
                                   const Ipv4Fields& fields) {
    name_ip(0x0800, 0x21, 4);
    const std::size_t start = bytes_.size();
    put8(0x45 + fields.option_words);
    put8(0);
    if (fields.total_length < 0) {
        lengths_.push_back({start + 2, start});
        put16(0);
    } else {
        put16(static_cast<uint64_t>(fields.total_length));
    }
    put16(0x1234);
    put16(fields.fragment);
    put8(64);
    const std::size_t protocol_at = bytes_.size();
    put8(253);
    put16(0);
    put32(address4(source));
    put32(address4(destination));
    bytes_.insert(bytes_.end(), fields.option_words * std::size_t{4}, uint8_t{1});
    slot_ = Slot::kIpProtocol;
    slot_at_ = protocol_at;
    return *this;
}

PacketBuilder& PacketBuilder::ipv6(const std::string& source, const std::string& destination,
                                   const Ipv6Fields& fields) {
    name_ip(0x86dd, 0x57, 41);
    const std::size_t start = bytes_.size();
    put32(0x60000000);
    if (fields.payload_length < 0) {
        lengths_.push_back({start + 4, start + 40});
        put16(0);
    } else {
        put16(static_cast<uint64_t>(fields.payload_length));
    }
    put8(59);
    put8(64);
    for (const std::string& text : {source, destination}) {
        const Ipv6Bytes address = address6(text);
        bytes_.insert(bytes_.end(), address.begin(), address.end());
    }
    slot_ = Slot::kIpProtocol;
    slot_at_ = start + 6;
    return *this;
}

PacketBuilder& PacketBuilder::extension(uint8_t kind, uint8_t more_words) {
    name_protocol(kind);
    const std::size_t start = bytes_.size();
    put8(59);
    put8(more_words);
    constexpr uint8_t kAuthentication = 51;
    bytes_.resize(start + 8 + more_words * (kind == kAuthentication ? 4u : 8u));
    slot_ = Slot::kIpProtocol;
    slot_at_ = start;
    return *this;
}

PacketBuilder& PacketBuilder::jumbogram(uint32_t length, uint8_t paddings_before) {
    name_protocol(0);
    const std::size_t start = bytes_.size();
    const std::size_t size = (2u + paddings_before + 6u + 7u) / 8u * 8u;
    put8(59);
    put8(size / 8 - 1);
    bytes_.insert(bytes_.end(), paddings_before, uint8_t{0});
    put16(0xc204);
    put32(length);
    bytes_.resize(start + size);
    slot_ = Slot::kIpProtocol;
    slot_at_ = start;
    return *this;
}

PacketBuilder& PacketBuilder::fragment6(uint16_t offset_words, MoreFragments more) {
    name_protocol(44);
    const std::size_t start = bytes_.size();
    put16(59 << 8);
    put16(static_cast<uint64_t>(offset_words << 3 | (more == MoreFragments::kYes ? 1 : 0)));
    put32(0xabcdef01);
    slot_ = Slot::kIpProtocol;
    slot_at_ = start;
    return *this;
}

PacketBuilder& PacketBuilder::protocol(uint8_t protocol) {
    name_protocol(protocol);
    return *this;
}

PacketBuilder& PacketBuilder::tcp(uint16_t source, uint16_t destination, uint8_t flags,
                                  uint32_t option_words) {
    name_protocol(6);
    put16(source);
    put16(destination);
    put32(1000);
    put32(2000);
    put8((5 + option_words) << 4);
    put8(flags);
    put32(0xffff0000);
    put16(0);
    bytes_.insert(bytes_.end(), option_words * std::size_t{4}, uint8_t{1});
    return *this;
}

PacketBuilder& PacketBuilder::udp(uint16_t source, uint16_t destination) {
    name_protocol(17);
    put16(source);
    put16(destination);
    lengths_.push_back({bytes_.size(), bytes_.size() - 4});
    put32(0);
    return *this;
}

PacketBuilder& PacketBuilder::sctp(uint16_t source, uint16_t destination) {
    name_protocol(132);
    put16(source);
    put16(destination);
    put32(7);
    put32(0);
    return *this;
}

PacketBuilder& PacketBuilder::icmp() {
    name_protocol(1);
    put32(0x08000000);
    put32(1);
    return *this;
}

PacketBuilder& PacketBuilder::icmpv6() {
    name_protocol(58);
    put32(0x80000000);
    put32(1);
    return *this;
}

PacketBuilder& PacketBuilder::gre(uint16_t flags) {
    name_protocol(47);
    put16(flags);
    open(Slot::kEtherType);
    for (const unsigned bit : {0x8000u, 0x2000u, 0x1000u}) {
        if ((flags & bit) != 0) {
            put32(bit);
        }
    }
    return *this;
}

PacketBuilder& PacketBuilder::erspan1() {
    gre();
    name_ether_type(0x88be);
    return *this;
}

PacketBuilder& PacketBuilder::erspan2() {
    gre(0x1000);
    name_ether_type(0x88be);
    put32(0x10640000);
    put32(0);
    return *this;
}

PacketBuilder& PacketBuilder::erspan3(uint8_t last_byte) {
    gre(0x1000);
    name_ether_type(0x22eb);
    put32(0x20640000);
    put32(0);
    put16(0);
    put8(0);
    put8(last_byte);
    if ((last_byte & 1) != 0) {
        put32(0);
        put32(0);
    }
    return *this;
}

PacketBuilder& PacketBuilder::vxlan(uint16_t port) {
    udp(50000, port);
    put32(0x08000000);
    put32(42 << 8);
    return *this;
}

PacketBuilder& PacketBuilder::payload(std::size_t bytes) {
    bytes_.insert(bytes_.end(), bytes, uint8_t{0x50});
    return *this;
}

PacketBuilder& PacketBuilder::raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
}

PacketBuilder& PacketBuilder::type(uint16_t type) {
    name_ether_type(type);
    return *this;
}

Bytes PacketBuilder::build() {
    Bytes built = bytes_;
    for (const Pending& pending : lengths_) {
        const std::size_t length = built.size() - pending.from;
        // What 16 bits cannot hold is 0, as segmentation offload leaves it.
        const std::size_t value = length > 0xffff ? 0 : length;
        built[pending.at] = static_cast<uint8_t>(value >> 8);
        built[pending.at + 1] = static_cast<uint8_t>(value & 0xff);
    }
    return built;
}

Bytes PacketBuilder::build_padded(std::size_t bytes) {
    Bytes built = build();
    if (built.size() < bytes) {
        built.resize(bytes);
    }
    return built;
}

}  // namespace lull::testing
