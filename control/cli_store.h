// The commands that read or write a store's file, without asking a running monitor.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace lull {

/// Adds `pack` to `incident`.
void add_incident_pack(CLI::App& incident, std::function<int()>& action);
/// Adds `baseline` and `export`; a chosen command is left in `action`.
void add_store_commands(CLI::App& app, std::function<int()>& action);

}  // namespace lull
