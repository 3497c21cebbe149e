// `lull show`: asks a running monitor over HTTP and prints what it says, as a table for people or
// as the API's own JSON document.
#pragma once

#include <optional>
#include <string>

#include "control/http/client.h"
#include "dataplane/error.h"

namespace lull {

enum class ShowFormat : uint8_t { kText, kJson };
enum class ShowDetail : uint8_t { kPlain, kExplain, kDiff };

struct ShowOptions {
    /// countries, country, origins, members, incidents, health, signatures, sites, config
    std::string what{};
    std::string country{};  // for `country`: "KP"
    ShowDetail detail = ShowDetail::kPlain;
    std::optional<std::string> since{};  // for `incidents`: "7d" or a time
    std::optional<std::string> at{};     // for `country`: "3h" back, or a time
    std::string config_path{};           // for `config` with kDiff: the file to compare with
    ShowFormat format = ShowFormat::kText;
    ClientOptions client{};
};

/// What to print on stdout. Errors: kFailed (1) when there is no answer, kRefused (3) for a country
/// that does not exist and for what the monitor turns down, kUsage (2) for an unknown `what`.
Result<std::string> show(const ShowOptions& options);

}  // namespace lull
