// The commands by which an operator tells a running monitor something.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/http/client.h"

namespace CLI {
class App;
class Option;
class Validator;
}  // namespace CLI

namespace lull {

/// Where the monitor is: --url, or --config and its http.listen; --user and certificates.
struct Where {
    ClientOptions client{};
    std::string config{};
    /// The client with its address; an error names what is wrong with the config.
    [[nodiscard]] Result<ClientOptions> resolve() const;
};
/// Gives the options back, for what else is to be said of them.
std::vector<CLI::Option*> add_where(CLI::App* command, Where& where);
/// Of an address: messages and logs repeat it.
CLI::Validator without_password();
/// --cacert, --cert and --key, as curl calls them.
std::vector<CLI::Option*> add_certificates(CLI::App* command, ClientOptions& client);

/// Adds `incident` and `maintenance`; a chosen command is left in `action`.
void add_operator_commands(CLI::App& app, std::function<int()>& action);

}  // namespace lull
