// The commands about members of an exchange that ask no running monitor.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace lull {

/// Adds `members`; a chosen command is left in `action`.
void add_member_commands(CLI::App& app, std::function<int()>& action);

}  // namespace lull
