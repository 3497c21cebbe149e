// The commands by which an operator tells a running monitor something.
#pragma once

#include <functional>
#include <string>

#include "control/http/client.h"

namespace CLI {
class App;
}

namespace lull {

/// Where the monitor is: --url, or --config and its http.listen; --user, --cacert.
struct Where {
    ClientOptions client{};
    std::string config{};
    /// The client with its address; an error names what is wrong with the config.
    [[nodiscard]] Result<ClientOptions> resolve() const;
};
void add_where(CLI::App* command, Where& where);

/// Adds `incident` and `maintenance`; a chosen command is left in `action`.
void add_operator_commands(CLI::App& app, std::function<int()>& action);

}  // namespace lull
