// `lull table …`: the commands that build an origin table and look into one.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace lull {

/// A chosen command is left in `action`.
void add_table_commands(CLI::App& app, std::function<int()>& action);

}  // namespace lull
