// Address text is read and written by the C library (inet_pton, inet_ntop) and nothing else.
#include "control/origins/prefix.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include "dataplane/tables.h"

namespace lull {
namespace {

constexpr uint64_t top_bits(unsigned count) {
    return count == 0 ? 0 : ~uint64_t{0} << (64 - std::min(count, 64U));
}

uint64_t load_big_endian(const uint8_t* bytes) {
    uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
    return value;
}

void store_big_endian(uint64_t value, uint8_t* bytes) {
    for (int i = 7; i >= 0; --i) {
        bytes[i] = static_cast<uint8_t>(value & 0xff);
        value >>= 8;
    }
}

std::vector<IpPrefix> special_prefixes() {
    std::vector<IpPrefix> all;
    for (const Route4& route : special_routes4()) all.push_back(to_prefix(route));
    for (const Route6& route : special_routes6()) all.push_back(to_prefix(route));
    return all;  // sorted and disjoint, as both lists are
}

}  // namespace

IpPrefix shortened(const IpPrefix& prefix, uint8_t length) {
    const unsigned bits = length;
    return {prefix.family, prefix.high & top_bits(bits),
            prefix.low & top_bits(bits > 64 ? bits - 64 : 0), length};
}

bool contains(const IpPrefix& outer, const IpPrefix& inner) {
    return outer.family == inner.family && outer.length <= inner.length &&
           shortened(inner, outer.length) == outer;
}

bool is_special(const IpPrefix& prefix) {
    static const std::vector<IpPrefix> kSpecial = special_prefixes();
    const auto after = std::upper_bound(kSpecial.begin(), kSpecial.end(), prefix);
    return after != kSpecial.begin() && contains(*std::prev(after), prefix);
}

std::optional<IpPrefix> parse_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};  // inet_pton wants a terminated string
    if (text.empty() || text.size() >= buffer.size()) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    std::copy(text.begin(), text.end(), buffer.begin());
    std::array<uint8_t, 16> bytes{};
    if (text.find(':') == std::string_view::npos) {
        if (inet_pton(AF_INET, buffer.data(), bytes.data()) != 1) return std::nullopt;
        return IpPrefix{Family::kIpv4, load_big_endian(bytes.data()), 0, 32};
    }
    if (inet_pton(AF_INET6, buffer.data(), bytes.data()) != 1) return std::nullopt;
    return IpPrefix{Family::kIpv6, load_big_endian(bytes.data()), load_big_endian(bytes.data() + 8),
                    128};
}

Result<IpPrefix> parse_prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return refused("no prefix length: write 192.0.2.0/24");
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return refused("not an IP prefix: write 192.0.2.0/24 or 2001:db8::/32");
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.size() > 3 ||
        length > address->length) {
        return refused("the prefix length is not 0 to {}", address->length);
    }
    const IpPrefix prefix = shortened(*address, static_cast<uint8_t>(length));
    if (prefix.high != address->high || prefix.low != address->low) {
        return refused("bits are set beyond the prefix length; did you mean {}?",
                       format_prefix(prefix));
    }
    return prefix;
}

std::string format_prefix(const IpPrefix& prefix) {
    return fmt::format("{}/{}", format_address(prefix), prefix.length);
}

std::string format_address(const IpPrefix& prefix) {
    std::array<uint8_t, 16> bytes{};
    store_big_endian(prefix.high, bytes.data());
    store_big_endian(prefix.low, bytes.data() + 8);
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    const int family = prefix.family == Family::kIpv4 ? AF_INET : AF_INET6;
    inet_ntop(family, bytes.data(), buffer.data(), static_cast<socklen_t>(buffer.size()));
    return buffer.data();
}

IpPrefix to_prefix(const Route4& route) {
    return {Family::kIpv4, uint64_t{route.address} << 32, 0, route.length};
}

IpPrefix to_prefix(const Route6& route) {
    return {Family::kIpv6, load_big_endian(route.address.data()),
            load_big_endian(route.address.data() + 8), route.length};
}

Route4 to_route4(const IpPrefix& prefix, OriginId origin) {
    return {static_cast<uint32_t>(prefix.high >> 32), prefix.length, origin};
}

Route6 to_route6(const IpPrefix& prefix, OriginId origin) {
    Route6 route{{}, prefix.length, origin};
    store_big_endian(prefix.high, route.address.data());
    store_big_endian(prefix.low, route.address.data() + 8);
    return route;
}

}  // namespace lull
