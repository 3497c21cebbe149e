// Listening sockets from texts such as "127.0.0.1:9464". Apart from who serves on them, so that an
// address that cannot be bound is explained by name before anything is served.
#pragma once

#include <string>
#include <vector>

#include "dataplane/error.h"

namespace lull {

/// A bound, listening, non-blocking socket; whoever holds the value closes `fd`.
struct Listener {
    int fd = -1;
    std::string address;  // with the real port number
};
/// Opens all or none. Errors name the address and the mend, and `setting`, where the address
/// stands: "http.listen".
Result<std::vector<Listener>> open_listeners(const std::string& setting,
                                             const std::vector<std::string>& texts);

}  // namespace lull
