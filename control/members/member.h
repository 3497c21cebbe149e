// A member of an exchange: the AS that a port of the peering LAN belongs to, or, where members are
// learned from the wire, the MAC address itself.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/members.h"

namespace lull {

/// Who a member is, in any process and after any restart.
struct MemberKey {
    uint32_t asn = 0;   // 0: told by its address alone
    MacNumber mac = 0;  // then
    auto operator<=>(const MemberKey&) const = default;
    void fields(auto& archive) { archive(asn, mac); }
};

/// "AS64500" or "02:00:00:00:00:01": the label of its metrics.
std::string member_label(const MemberKey& key);

/// A member as the exchange lists it.
struct Member {
    uint32_t asn = 0;
    std::string name;
    struct Port {
        MacNumber mac = 0;
        uint16_t vlan = 0;  // 0: on any
        auto operator<=>(const Port&) const = default;
    };
    std::vector<Port> ports;             // sorted, each once; empty: no address is known
    std::vector<std::string> addresses;  // IP addresses on the peering LAN, sorted
    bool operator==(const Member&) const = default;
};
using MemberList = std::vector<Member>;  // by AS number

/// "02:00:00:00:00:01", "02-00-00-00-00-01" or "0200.0000.0001", of one interface.
std::optional<MacNumber> parse_mac(std::string_view text);

}  // namespace lull
