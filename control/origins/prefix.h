// A prefix of either family as the table's builder handles it: 128 bits from the top, so that one
// sorted order and one containment test serve IPv4 and IPv6 alike.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/error.h"
#include "dataplane/types.h"

namespace lull {

/// Invariant: bits beyond `length` are zero, length <= 32 or 128. An IPv4 address fills the top 32
/// bits of `high`. Ordered by family, address, length: a prefix comes before all it contains.
struct IpPrefix {
    Family family = Family::kIpv4;
    uint64_t high = 0;
    uint64_t low = 0;
    uint8_t length = 0;
    auto operator<=>(const IpPrefix&) const = default;
};

constexpr uint8_t address_bits(Family family) {
    return family == Family::kIpv4 ? 32 : 128;
}

/// Whether `inner` equals `outer` or lies inside it.
bool contains(const IpPrefix& outer, const IpPrefix& inner);
/// Whether the prefix lies wholly inside special space (special_routes4/6).
bool is_special(const IpPrefix& prefix);
/// `prefix` cut to `length` bits; `length` is at most its own.
IpPrefix shortened(const IpPrefix& prefix, uint8_t length);

/// "1.0.0.0/24", "2001:db8::/32". Refuses a missing or too long length and host bits that are set.
Result<IpPrefix> parse_prefix(std::string_view text);
/// "1.0.0.1" as a /32, "2001:db8::1" as a /128.
std::optional<IpPrefix> parse_address(std::string_view text);
std::string format_prefix(const IpPrefix& prefix);
/// Without its length.
std::string format_address(const IpPrefix& prefix);

IpPrefix to_prefix(const Route4& route);
IpPrefix to_prefix(const Route6& route);
Route4 to_route4(const IpPrefix& prefix, OriginId origin);
Route6 to_route6(const IpPrefix& prefix, OriginId origin);

}  // namespace lull
