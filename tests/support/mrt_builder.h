// BGP messages and MRT files for tests, written as they read:
//
//   MrtBuilder file;
//   file.peers({{"192.0.2.1", 64500}});
//   file.rib("175.45.176.0/24", {{0, sequence({64500, 4837, 131279})}});
//   read(file.bytes());
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/bgp/as_path.h"
#include "control/mrt/stream.h"

namespace lull::testing {

using Octetstring = std::vector<uint8_t>;

/// Numbers in network order, one after the other.
class OctetWriter {
  public:
    OctetWriter& u8(unsigned value) { return number(value, 1); }
    OctetWriter& u16(unsigned value) { return number(value, 2); }
    OctetWriter& u32(uint32_t value) { return number(value, 4); }
    OctetWriter& octets(const Octetstring& more);
    /// "192.0.2.1", "2001:db8::1": 4 or 16 octets.
    OctetWriter& address(std::string_view text);
    [[nodiscard]] const Octetstring& bytes() const { return bytes_; }

  private:
    OctetWriter& number(uint64_t value, int width);
    Octetstring bytes_;
};

struct PathSegment {
    AsPath::SegmentType type = AsPath::SegmentType::kSequence;
    std::vector<uint32_t> asns;
};
using Path = std::vector<PathSegment>;
Path sequence(std::vector<uint32_t> asns);

// ---- pieces of a BGP message ----
Octetstring as_path(const Path& path, AsWidth width);
Octetstring attribute(unsigned type, const Octetstring& content, unsigned flags = 0x40);
/// An AS_PATH attribute, whole.
Octetstring path_attribute(const Path& path, AsWidth width = AsWidth::kFour);
Octetstring nlri(std::string_view prefix, std::optional<uint32_t> path_id = std::nullopt);
Octetstring mp_reach(unsigned afi, unsigned safi, const Octetstring& routes);
Octetstring mp_unreach(unsigned afi, unsigned safi, const Octetstring& routes);
Octetstring operator+(Octetstring a, const Octetstring& b);
/// The body of an UPDATE.
Octetstring update(const Octetstring& withdrawn, const Octetstring& attributes,
                   const Octetstring& announced);
/// With marker and header; type 2 is UPDATE.
Octetstring message(const Octetstring& body, unsigned type = 2);

struct BuiltPeer {
    std::string address;
    uint32_t asn = 0;
};
struct BuiltEntry {
    unsigned peer = 0;
    Path path;
    std::optional<uint32_t> path_id;
};

inline constexpr uint32_t kBuiltTime_s = 1'419'264'900;  // 2014-12-22 16:15 UTC

class MrtBuilder {
  public:
    /// Of the records that follow; before that 2014-12-22 16:15 UTC.
    MrtBuilder& at(uint32_t time_s);
    MrtBuilder& record(unsigned type, unsigned subtype, const Octetstring& body);
    // ---- TABLE_DUMP_V2 ----
    MrtBuilder& peers(const std::vector<BuiltPeer>& peers);
    /// ADD-PATH when the entries have path identifiers.
    MrtBuilder& rib(std::string_view prefix, const std::vector<BuiltEntry>& entries);
    // ---- TABLE_DUMP ----
    MrtBuilder& table_dump(std::string_view prefix, const BuiltPeer& peer, const Path& path);
    // ---- BGP4MP ----
    /// `subtype` 4: MESSAGE_AS4; `type` 17 is BGP4MP_ET.
    MrtBuilder& bgp4mp(const BuiltPeer& peer, const Octetstring& bgp_message, unsigned subtype = 4,
                       unsigned type = 16);
    /// STATE_CHANGE_AS4; 6 is Established.
    MrtBuilder& state_change(const BuiltPeer& peer, unsigned before, unsigned after);
    // ---- BGP of 1999 ----
    MrtBuilder& old_update(const BuiltPeer& peer, const Octetstring& body);

    [[nodiscard]] const Octetstring& bytes() const { return bytes_; }
    [[nodiscard]] std::string text() const { return {bytes_.begin(), bytes_.end()}; }

  private:
    Octetstring bytes_;
    uint32_t time_s_ = kBuiltTime_s;
};

/// The entries of a RIB record, their count before them.
Octetstring rib_entries(const std::vector<BuiltEntry>& entries);

/// A file with a record of every kind, of which some hold several routes.
MrtBuilder one_of_everything();

}  // namespace lull::testing
