// The command line of `lull top`.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace lull {

/// Adds `top`; a chosen command is left in `action`.
void add_top_command(CLI::App& app, std::function<int()>& action);

}  // namespace lull
