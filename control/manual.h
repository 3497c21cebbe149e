// lull(1): what a manual page says beside --help, and all that --help says, as man(7).
#pragma once

#include <string>

#include "control/command_words.h"

namespace lull {

std::string manual_page(const CommandWords& lull, const std::string& version);

}  // namespace lull
