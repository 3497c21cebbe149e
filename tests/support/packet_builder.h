// Frames for tests, written as they read on the wire:
//
//   const Bytes frame = PacketBuilder().ethernet().vlan(0x8100, 5).ipv4("192.0.2.1",
//   "198.51.100.2")
//                           .tcp(49152, 443, kTcpSyn).payload(100).build();
//
// Each layer names itself in the type field of the one before; lengths are filled in by build().
// Checksums are left zero: nothing here reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/types.h"

namespace lull::testing {

using Bytes = std::vector<uint8_t>;

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpAck = 0x10;

enum class PppField : uint8_t { kWhole, kCompressed };
enum class MoreFragments : uint8_t { kNo, kYes };

/// Fields of an IPv4 header beyond the addresses.
struct Ipv4Fields {
    uint32_t option_words = 0;  // of four bytes each, all no-operation
    uint16_t fragment = 0;      // flags and offset, as the header has them
    int32_t total_length = -1;  // -1: what follows decides
};

struct Ipv6Fields {
    int32_t payload_length = -1;  // -1: what follows decides
};

class PacketBuilder {
  public:
    // ---- link ----
    PacketBuilder& ethernet(const std::string& source = "02:00:00:00:00:01",
                            const std::string& destination = "02:00:00:00:00:02");
    /// Turns the pending type field into a length and adds an LLC and SNAP header.
    PacketBuilder& llc_snap(uint32_t oui = 0);
    /// LLC with the SAP of IP on both ends.
    PacketBuilder& llc_ip();
    PacketBuilder& vlan(uint16_t tpid, uint16_t id);
    PacketBuilder& etag();
    PacketBuilder& vntag();
    /// Stands after ethernet(); the inner ethernet() follows.
    PacketBuilder& fabric_path();
    /// A label is the bottom of its stack until another one follows.
    PacketBuilder& mpls(uint32_t label, uint16_t type = 0x8847);
    PacketBuilder& control_word();
    PacketBuilder& pppoe(PppField field = PppField::kWhole);

    // ---- IP ----
    PacketBuilder& ipv4(const std::string& source, const std::string& destination,
                        const Ipv4Fields& fields = {});
    PacketBuilder& ipv6(const std::string& source, const std::string& destination,
                        const Ipv6Fields& fields = {});
    /// An extension header of kind `kind`, 8 + 8 * `more_words` bytes (AH: 8 + 4 * `more_words`).
    PacketBuilder& extension(uint8_t kind, uint8_t more_words = 0);
    PacketBuilder& jumbogram(uint32_t length, uint8_t paddings_before = 0);
    PacketBuilder& fragment6(uint16_t offset_words, MoreFragments more);
    /// No layer 4 that the builder knows: names `protocol` and nothing more.
    PacketBuilder& protocol(uint8_t protocol);

    // ---- layer 4 ----
    PacketBuilder& tcp(uint16_t source, uint16_t destination, uint8_t flags,
                       uint32_t option_words = 0);
    PacketBuilder& udp(uint16_t source, uint16_t destination);
    PacketBuilder& sctp(uint16_t source, uint16_t destination);
    PacketBuilder& icmp();
    PacketBuilder& icmpv6();
    PacketBuilder& gre(uint16_t flags = 0);
    PacketBuilder& erspan1();
    PacketBuilder& erspan2();
    PacketBuilder& erspan3(uint8_t last_byte = 0);
    PacketBuilder& vxlan(uint16_t port = 4789);

    // ---- the rest ----
    PacketBuilder& payload(std::size_t bytes);
    PacketBuilder& raw(const Bytes& bytes);
    /// A type that lull does not know, in the pending type field.
    PacketBuilder& type(uint16_t type);
    /// Everything so far, lengths filled in.
    [[nodiscard]] Bytes build();
    /// As build(), then zeros up to `bytes` in all: Ethernet padding.
    [[nodiscard]] Bytes build_padded(std::size_t bytes);

  private:
    enum class Slot : uint8_t { kNone, kEtherType, kPpp, kPppCompressed, kIpProtocol };
    /// A length field that build() fills.
    struct Pending {
        std::size_t at;    // of the length field
        std::size_t from;  // where counting begins
    };

    void put8(uint64_t value) { bytes_.push_back(static_cast<uint8_t>(value)); }
    void put16(uint64_t value);
    void put32(uint64_t value);
    void put_mac(const std::string& text);
    void open(Slot slot);
    void name_ether_type(uint16_t type);
    void name_ip(uint16_t ether_type, uint16_t ppp, uint8_t protocol);
    void name_protocol(uint8_t protocol);

    Bytes bytes_;
    Slot slot_ = Slot::kNone;
    std::size_t slot_at_ = 0;
    std::size_t last_label_at_ = SIZE_MAX;
    std::vector<Pending> lengths_;
};

/// "192.0.2.1" in host order; a typing mistake ends the test.
uint32_t address4(const std::string& text);
Ipv6Bytes address6(const std::string& text);

}  // namespace lull::testing
