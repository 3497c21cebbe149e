// See listen.h.
#include "control/config/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>
#include <string>

namespace lull {

namespace {

template <typename Socket>
void hold(ListenAddress& address, const Socket& socket) {
    std::memcpy(&address.socket, &socket, sizeof socket);
    address.socket_bytes = sizeof socket;
}

}  // namespace

std::optional<ListenAddress> parse_listen(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view port = text.substr(colon + 1);
    ListenAddress address;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc{} || end != port.data() + port.size()) return std::nullopt;

    std::string host(text.substr(0, colon));
    if (host.find('\0') != std::string::npos) return std::nullopt;  // inet_pton would stop there
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        sockaddr_in6 socket{};
        socket.sin6_family = AF_INET6;
        socket.sin6_port = htons(address.port);
        if (inet_pton(AF_INET6, host.c_str(), &socket.sin6_addr) != 1) return std::nullopt;
        address.loopback = IN6_IS_ADDR_LOOPBACK(&socket.sin6_addr);
        hold(address, socket);
    } else {
        sockaddr_in socket{};
        socket.sin_family = AF_INET;
        socket.sin_port = htons(address.port);
        if (inet_pton(AF_INET, host.c_str(), &socket.sin_addr) != 1) return std::nullopt;
        address.loopback = ntohl(socket.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        hold(address, socket);
    }
    return address;
}

}  // namespace lull
