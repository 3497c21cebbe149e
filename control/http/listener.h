// Listening sockets from "host:port" texts. Apart from the server, so that an address that cannot
// be bound is explained by name before anything is served.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/error.h"

namespace lull {

/// "127.0.0.1:9464", "[::1]:9464", "localhost:9464", ":9464".
struct ListenAddress {
    std::string host;  // "" for all addresses
    std::string port;  // decimal, 0 to 65535
};
Result<ListenAddress> parse_listen_address(std::string_view text);

/// A bound, listening, non-blocking socket; whoever holds the value closes `fd`.
struct Listener {
    int fd = -1;
    std::string address;  // with the real port number
};
/// Opens all or none. Errors name the address and the mend.
Result<std::vector<Listener>> open_listeners(const std::vector<std::string>& texts);

}  // namespace lull
