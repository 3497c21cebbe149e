// `lull completion`: scripts for shells and the manual page, made from the command line itself, so
// that they name what this lull knows. Hidden: packages call it, and who installs by hand.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace lull {

/// Adds it below `app`, of which all is read when the command runs.
void add_completion_command(CLI::App& app, std::function<int()>& action);

}  // namespace lull
