// `lull top`: the countries of a running monitor in a terminal, likeliest lost first. Where nobody
// could watch (a pipe, TERM=dumb) it is one plain table.
#pragma once

#include <chrono>

#include "control/http/client.h"
#include "control/top/order.h"
#include "control/top/text.h"

namespace lull {

struct TopOptions {
    enum class Output : uint8_t {
        kLive,
        kOnce,  // one plain table
        kJson   // one document
    };
    Output output = Output::kLive;
    Choice choice{};
    std::optional<Charset> charset{};  // by the locale unless given
    std::chrono::milliseconds every{2'000};
    ClientOptions client{};
};

/// Until "q", SIGINT or SIGTERM, or the terminal's end; the terminal is then as it was. Error:
/// kFailed when the monitor's first answer does not come or is none of lull's. Later the screen
/// stays, says how old it is, and goes on when the monitor does.
Result<void> run_top(const TopOptions& options);

}  // namespace lull
