// A listening address as text: "127.0.0.1:9464", "[::1]:9464". Numbers only: a name may mean
// another interface tomorrow. Read here alone, by `check`, the reload and the HTTP server.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace lull {

struct ListenAddress {
    sockaddr_storage socket{};  // ready for bind(): sockaddr_in or sockaddr_in6
    socklen_t socket_bytes = 0;
    uint16_t port = 0;      // 0: any free one
    bool loopback = false;  // reached from this machine alone

    [[nodiscard]] int family() const { return socket.ss_family; }  // AF_INET, AF_INET6
    [[nodiscard]] const sockaddr* socket_address() const {
        return reinterpret_cast<const sockaddr*>(&socket);
    }
};

std::optional<ListenAddress> parse_listen(std::string_view text);

}  // namespace lull
