// A listening address as text: "127.0.0.1:9464", "[::1]:9464". Numbers only: a name may mean
// another interface tomorrow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataplane/types.h"

namespace lull {

struct ListenEndpoint {
    Family family = Family::kIpv4;
    std::string host;   // without brackets
    uint16_t port = 0;  // 0: any free one
    bool loopback = false;
};

std::optional<ListenEndpoint> parse_listen(std::string_view text);

}  // namespace lull
