// `lull incident` and `lull maintenance`: an operator's word to a running monitor, over HTTP.
#pragma once

#include <string>

#include "control/http/client.h"
#include "control/show.h"
#include "dataplane/error.h"

namespace lull {

struct IncidentOptions {
    std::string verb{};  // ack, note, close
    uint64_t id = 0;
    std::string by{};
    std::string text{};  // the note, or why
    ShowFormat format = ShowFormat::kText;
    ClientOptions client{};
};

struct MaintenanceOptions {
    std::string verb{};  // add, list, remove
    uint64_t id = 0;     // remove
    std::string group{};
    std::string country{};
    std::string from{};
    std::string for_text{};
    std::string note{};
    std::string by{};
    ShowFormat format = ShowFormat::kText;
    ClientOptions client{};
};

/// What to print on stdout. Errors: kRefused (3) for what the monitor turns down, kFailed (1) when
/// there is no answer or it does not take words (403).
Result<std::string> tell_incident(const IncidentOptions& options);
Result<std::string> tell_maintenance(const MaintenanceOptions& options);

}  // namespace lull
