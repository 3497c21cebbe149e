// See listen.h.
#include "control/config/listen.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace lull {

std::optional<ListenEndpoint> parse_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view port = text.substr(colon + 1);
    std::string_view host = text.substr(0, colon);
    ListenEndpoint address;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;

    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        address.family = Family::kIpv6;
        host = host.substr(1, host.size() - 2);
    }
    address.host = host;
    std::array<uint8_t, 16> bytes{};
    const int family = address.family == Family::kIpv6 ? AF_INET6 : AF_INET;
    if (inet_pton(family, address.host.c_str(), bytes.data()) != 1) return std::nullopt;
    address.loopback = family == AF_INET
                           ? bytes[0] == 127
                           : bytes == Ipv6Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return address;
}

}  // namespace lull
